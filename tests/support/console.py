"""A person at the console: the system's Chromium, steered by Playwright, and what must never happen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, expect

from support.processes import Gateway, Sandbox

PASSWORD: Final = "the console's password"
CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
WIDE: Final = (1280, 800)
NARROW: Final = (360, 740)
PICTURES: Final = os.environ.get("CONSOLE_PICTURES", "")
"""Where pictures of the pages are to be put; none are made if it is empty."""
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WATCH_POLICY: Final = """
window.refusedByPolicy = [];
addEventListener("securitypolicyviolation", (event) =>
  window.refusedByPolicy.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

_GRAVE: Final = """async (coloursOnly) => (await axe.run({
    resultTypes: ["violations"], ...(coloursOnly ? {runOnly: ["color-contrast", "link-in-text-block"]} : {}),
  })).violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .flatMap((each) => each.nodes.map((node) =>
    `${each.id}: ${node.html.slice(0, 160)} ${JSON.stringify(node.any[0]?.message ?? "")}`))"""
_STILL: Final = """() => document.getAnimations().every((each) =>
  each.playState !== "running" || each.effect.getComputedTiming().iterations === Infinity)"""
"""Looked at again and again: who waits for the end of one that is broken off meanwhile may wait for ever."""
_OPEN_OR_GONE: Final = """() => !document.querySelector("[data-aria-hidden]")
  || document.querySelector(":is([role=dialog], [role=alertdialog], [role=menu]):not([data-state=closed])")"""
"""A window that closes hides the page for as long as it is seen to go."""
_GO: Final = """path => {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate", {state: null}));
}"""


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium with a profile of its own, quiet towards the outside."""
    expect.set_options(timeout=15_000)
    return playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(_FLAGS))


@dataclass
class Window:
    """A window of a browser that shows the console."""

    page: Page
    url: str
    elsewhere: str = ""
    """Another server that it may go to."""
    complaints: list[str] = field(default_factory=list)
    """Errors in the console, failures of scripts, dialogs, and requests to other hosts."""

    def go(self, path: str = "") -> None:
        """Go to a page of the console and wait until it has been drawn."""
        self.page.goto(f"{self.url}/admin{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is loading any more."""
        self.page.locator("main h1").wait_for(state="attached")
        expect(self.page.locator(".animate-shimmer")).to_have_count(0, timeout=15_000)

    def sign_in(self, password: str = PASSWORD) -> None:
        self.page.goto(f"{self.url}/admin")
        self.page.locator("input[type=password]").fill(password)
        self.page.keyboard.press("Enter")
        self.page.locator("#main h1").wait_for()
        self.settle()

    def use_key(self, key: str) -> None:
        """Give the playground its client key."""
        self.page.locator("#main input[type=password]").fill(key)
        self.page.locator("#main input[type=password]").press("Enter")

    def grave(self, *, colours_only: bool = False) -> list[str]:
        """Return what keeps people out, by axe: serious and critical findings.

        Args:
            colours_only: Look only at what another theme can change.
        """
        if self.page.evaluate("typeof axe === 'undefined'"):
            self.page.evaluate(AXE_SCRIPT)
        self.page.emulate_media(reduced_motion="reduce")  # colours that are on their way are not judged
        self.page.wait_for_function(_STILL)
        self.page.wait_for_function(_OPEN_OR_GONE)
        found: list[str] = self.page.evaluate(_GRAVE, colours_only)
        if found:  # what was only on its way is gone a moment later
            self.page.wait_for_timeout(1_000)
            self.page.wait_for_function(_OPEN_OR_GONE)
            found = self.page.evaluate(_GRAVE, colours_only)
        return found

    def walk_to(self, path: str = "") -> None:
        """Go to a page without loading the console anew, as its own links do."""
        self.page.evaluate(_GO, f"/admin{path}")
        self.settle()

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def blamed(self) -> list[str]:
        """Return all that must never happen, and has."""
        refused: list[str] = self.page.evaluate("window.refusedByPolicy")
        return self.complaints + [f"policy: {each}" for each in refused]


@contextmanager
def window(
    browser: Browser,
    url: str,
    *,
    size: tuple[int, int] = WIDE,
    language: str = "en-US",
    zone: str = "UTC",
    theme: str = "light",
    quiet: bool = True,
    elsewhere: str = "",
) -> Iterator[Window]:
    """Open a window of a new profile; at its end nothing must have gone wrong in it, if `quiet`."""
    width, height = size
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        timezone_id=zone,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        accept_downloads=True,
    )
    context.set_default_timeout(15_000)
    context.add_init_script(_WATCH_POLICY)
    page = context.new_page()
    opened = Window(page, url, elsewhere)
    _watch(page, opened)
    try:
        yield opened
        blamed = opened.blamed() if quiet else []
        assert not blamed, blamed
    except BaseException:
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / "failed.png")
        raise
    finally:
        context.close()


def _watch(page: Page, opened: Window) -> None:
    def told(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            opened.complaints.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        known = [f"{each}/" for each in (opened.url, opened.elsewhere) if each]
        if not request.url.startswith((*known, "data:", "blob:")):
            opened.complaints.append(f"foreign: {request.url}")

    def asks(dialog: Any) -> None:
        opened.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", told)
    page.on("request", asked)
    page.on("dialog", asks)
    page.on("pageerror", lambda error: opened.complaints.append(f"script: {error}"))


def serve_console(
    directory: Path, sandbox: Sandbox, *, keys: tuple[str, ...] = (), **environment: str
) -> Gateway:
    """Start a gateway whose sign-ins go to the sandbox."""
    return Gateway.start(
        directory,
        upstream=sandbox.base_url,
        keys=keys,
        environment={
            "GROK2API_APP__APP_KEY": PASSWORD,
            "GROK2API_OAUTH__ENABLED": "true",
            "GROK2API_OAUTH__ISSUER": sandbox.base_url.removesuffix("/v1"),
            **environment,
        },
    )
