"""How even the console's pictures come while somebody uses it: times between frames in a real Chromium."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bench.console_api import PASSWORD
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

_WATCH: Final = """() => {
  const told = { frames: [], long: [], on: true };
  window.benchFrames = told;
  let last = performance.now();
  const frame = (now) => {
    told.frames.push(now - last);
    last = now;
    if (told.on) requestAnimationFrame(frame);
  };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); });
  new PerformanceObserver((list) => { for (const each of list.getEntries()) told.long.push(each.duration); })
    .observe({ entryTypes: ["longtask"] });
}"""
_SCROLL: Final = """(element, { pixels, most }) => new Promise((done) => {
  let steps = 0;
  const step = () => {
    const left = element.scrollHeight - element.clientHeight - element.scrollTop;
    if (left < 2 || steps++ > most) return done(steps);
    element.scrollTop += pixels ?? Math.max(element.scrollHeight / 600, 400);
    requestAnimationFrame(step);
  };
  step();
})"""
_RUSHING: Final = {"pixels": None, "most": 3_000}
_READING: Final = {"pixels": 120, "most": 300}
"""A turn of a wheel with every picture: so slow that every row has to be drawn."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What was seen during one use."""

    name: str
    frames: int
    p50: float
    p95: float
    greatest: float
    long_tasks: int
    longest_task: float


def measure(url: str, *, throttle: float, executable: str) -> list[Frames]:
    """Use the list of credentials like a person, and return the frames of each use."""
    found: list[Frames] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
        page.set_default_timeout(120_000)
        page.goto(f"{url}/admin")
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("#main h1").wait_for()
        page.goto(f"{url}/admin/credentials")
        rows = page.get_by_label("Rows", exact=True)
        page.get_by_role("row").nth(3).wait_for()
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        with _watched(page, "scroll end to end", found):
            rows.evaluate(_SCROLL, _RUSHING)
            page.wait_for_timeout(1_500)
        with _watched(page, "scroll again, all loaded", found):
            rows.evaluate("element => element.scrollTo(0, 0)")
            rows.evaluate(_SCROLL, _RUSHING)
        with _watched(page, "scroll while reading", found):
            rows.evaluate("element => element.scrollTo(0, 0)")
            rows.evaluate(_SCROLL, _READING)
        with _watched(page, "type in the filter", found):
            page.keyboard.press("/")
            page.keyboard.type("crowd 77", delay=60)
            page.get_by_role("button", name="crowd 77", exact=True).wait_for()
            page.wait_for_timeout(500)
        page.goto(f"{url}/admin/credentials")
        page.get_by_role("row").nth(3).wait_for()
        session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        with _watched(page, "select all and disable", found):
            page.get_by_role("checkbox", name="Select all that are loaded").click()
            page.get_by_role("button", name="Select all", exact=False).last.click()
            page.get_by_role("button", name="Disable", exact=True).click()
            page.get_by_role("alertdialog").get_by_role("button", name="Disable").click()
            page.wait_for_timeout(4_000)
        browser.close()
    return found


@contextmanager
def _watched(page: Page, name: str, found: list[Frames]) -> Iterator[None]:
    page.evaluate(_WATCH)
    yield
    told: Any = page.evaluate("() => { window.benchFrames.on = false; return window.benchFrames; }")
    deltas = sorted(told["frames"]) or [0.0]
    found.append(
        Frames(
            name,
            len(deltas),
            deltas[len(deltas) // 2],
            deltas[max(0, -(-len(deltas) * 95 // 100) - 1)],
            deltas[-1],
            len(told["long"]),
            max(told["long"], default=0.0),
        )
    )
