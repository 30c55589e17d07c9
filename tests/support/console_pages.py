"""Which pages the console has, by its own router, and every way in which each of them shows itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from playwright.sync_api import Page

from support.console_words import Words
from support.processes import ROOT

Step = Callable[[Page, Words], None]
"""What is done on a page so that it shows something else, such as a dialog."""

VIEWS: Final[Mapping[str, tuple[str, ...]]] = {
    "/": ("", "?range=30d"),
    "/audit": ("", "?action=settings"),
    "/credentials": (
        "",
        "?text=nothing-of-the-kind",
        "?id={credential}",
        "?open=add",
        "?open=sign-in",
        "?open=import",
        "?open=export",
    ),
    "/jobs": ("", "?id={job}"),
    "/keys": ("", "?state=expired", "?id={key}", "?open=create"),
    "/login": (),
    "/media": ("", "?kind=audio"),
    "/models": ("", "?id=grok-4", "?view=prices", "?view=prices&id=grok-4.7"),
    "/playground": ("", "?mode=compare", "?mode=image", "?mode=video", "?mode=speech"),
    "/reference": ("?api=admin", ""),
    "/requests": ("", "?text=nothing-of-the-kind", "?view=live", "?range=7d&id={request}"),
    "/settings": ("", "?section=grok", "?section=grok&history=true"),
    "/setup": ("",),
    "/system": ("",),
    "/team": ("", "?view=operators", "?view=tokens", "?view=sessions"),
    "/why": ("", "?id={request}"),
}
"""Addresses by route, where a page can show more than at first; any other is looked at as it is. The page of
signing in is met by whoever comes in.
"""


def routes() -> set[str]:
    """Return the routes of the console, as its router has them."""
    return set(re.findall(r'^\s+path: "([^"]+)"', (ROOT / "ui/src/router.tsx").read_text(), re.MULTILINE))


def views() -> dict[str, tuple[str, ...]]:
    """Return the addresses of every page there is: none can be forgotten, for the router is asked."""
    return {route: VIEWS.get(route, ("",)) for route in sorted(routes())}


def _second_tab(page: Page, _words: Words) -> None:
    page.get_by_role("dialog").get_by_role("radio").nth(1).click()


def _button(key: str, place: int = 0) -> Step:
    return lambda page, words: page.get_by_role("button", name=words(key), exact=True).nth(place).click()


def _row(page: Page, _words: Words) -> None:
    page.locator("tbody button").first.click()


def _tile(page: Page, _words: Words) -> None:
    page.locator("#main li button").first.click()


def _delete(page: Page, words: Words) -> None:
    page.get_by_role("dialog").get_by_role("button", name=words("action.delete"), exact=True).click()
    page.get_by_role("alertdialog").wait_for()


def _review(page: Page, words: Words) -> None:
    page.get_by_role("textbox", name="grok.timeout").fill("601")
    _button("settings.review")(page, words)


def _select(page: Page, words: Words) -> None:
    page.get_by_role("checkbox", name=words("credentials.selectAll")).click()


STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("/credentials?id={credential}", _second_tab),
    ("/credentials", _select),
    ("/keys?id={key}", _second_tab),
    ("/keys?id={key}", _delete),
    ("/models?id=grok-4", _second_tab),
    ("/models", _button("models.create")),
    ("/media", _tile),
    ("/audit?action=settings", _row),
    ("/team?view=operators", _row),
    ("/team?view=operators", _button("team.create")),
    ("/team?view=tokens", _button("team.createToken")),
    ("/settings?section=grok", _review),
    ("/", lambda page, _: page.keyboard.press("Control+k")),
    ("/", lambda page, _: page.keyboard.press("?")),
)
"""What no address leads to: dialogs and parts that somebody opens."""
