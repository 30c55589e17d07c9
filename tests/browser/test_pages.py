"""Every page in both languages, both themes and two sizes: usable by everybody, and quiet."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Route

from support.console import NARROW, WIDE, Window, window
from support.console_pages import STEPS, VIEWS, routes, views
from support.console_words import Words
from support.processes import Gateway
from support.showcase import Showcase

pytestmark = pytest.mark.browser

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = ("en-US", "zh-CN")
QUESTION = {"model": "grok-4", "messages": [{"role": "user", "content": "Why?"}]}
KEPT = ("session", "openapi.json", "events")
"""Calls of the admin API without which nothing is shown at all."""

UNASKED = ("/playground", "/reference", "/second-factor", "/setup", "/why")
"""Pages that ask the admin API for nothing that they cannot do without."""


def test_every_page_of_the_router_is_looked_at() -> None:
    assert set(VIEWS) <= routes() == set(views())
    assert len(routes()) >= 16


def judge(opened: Window, name: str) -> list[str]:
    """Return what keeps people out of what is shown, in either theme, or scrolls sideways."""
    page = opened.page
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.locator(f"html{'.dark' if theme == 'dark' else ':not(.dark)'}").wait_for()
        found += [f"{name} {theme}: {each}" for each in opened.grave(colours_only=theme == "dark")]
    if opened.sideways() > 0:
        found.append(f"{name}: {opened.sideways()} pixels sideways")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_is_usable_by_everybody(
    browser: Browser, filled: Showcase, language: str, size: tuple[int, int]
) -> None:
    words = Words(language)
    places = filled.places()
    grave: list[str] = []
    with window(browser, filled.gateway.url, size=size, language=language) as opened:
        page = opened.page
        page.goto(filled.gateway.url + "/admin")
        page.locator("input[type=password]").wait_for()
        grave += judge(opened, "/login")
        opened.sign_in()
        for route, shown in views().items():
            for view in shown:
                opened.walk_to(route + view.format(**places))
                if re.search(r"\bid=|\bopen=|\bhistory=", view) and route != "/why":
                    page.get_by_role("dialog").wait_for()
                grave += judge(opened, route + view)
        for address, step in STEPS:
            opened.walk_to("/nowhere")
            opened.walk_to(address.format(**places))
            step(page, words)
            grave += judge(opened, f"{address} and more")
            page.keyboard.press("Escape")
        opened.walk_to("/nowhere")
        grave += judge(opened, "/nowhere")
        opened.walk_to("/playground")
        opened.use_key(filled.keys["Chat frontend"])
        for mode in ("chat", "compare", "image", "video", "speech"):
            opened.walk_to(f"/playground?mode={mode}")
            grave += judge(opened, f"/playground {mode}, with a key")
    assert not grave, "\n".join(grave)


@pytest.mark.parametrize(("language", "size"), [("en-US", WIDE), ("zh-CN", NARROW)], ids=["wide", "narrow"])
def test_pages_without_anything_to_show(
    browser: Browser, bare: Gateway, language: str, size: tuple[int, int]
) -> None:
    grave: list[str] = []
    with window(browser, bare.url, size=size, language=language) as opened:
        opened.sign_in()
        for route, shown in views().items():
            for view in shown:
                if "{" not in view:
                    opened.walk_to(route + view)
                    grave += judge(opened, route + view)
    assert not grave, "\n".join(grave)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", ["failed", "loading"])
def test_pages_that_wait_or_get_no_answer(browser: Browser, bare: Gateway, language: str, state: str) -> None:
    """Their console tells of answers that failed, and so only scripts, dialogs and hosts count."""
    error = {"error": {"message": "It went wrong.", "type": "server_error", "code": "internal_error"}}
    grave: list[str] = []

    def answer(route: Route) -> None:
        if route.request.url.partition("/admin/api/")[2].split("?")[0] in KEPT:
            route.continue_()
        elif state == "failed":
            route.fulfill(status=500, json=error)

    with window(browser, bare.url, size=NARROW, language=language, quiet=False) as opened:
        opened.sign_in()
        opened.page.route("**/admin/api/**", answer)
        for route in sorted(routes() - {"/login"}):
            opened.page.goto(f"{bare.url}/admin{route}")
            opened.page.locator("main h1").wait_for(state="attached")
            if state == "failed" and route not in UNASKED:
                opened.page.locator("#main").get_by_role("alert").first.wait_for()
            grave += judge(opened, f"{route} {state}")
        opened.page.unroute_all(behavior="ignoreErrors")
        blamed = [each for each in opened.blamed() if not each.startswith("console: Failed to load resource")]
        assert not blamed
    assert not grave, "\n".join(grave)


def test_the_browser_s_language_comes_first_and_then_what_was_chosen(
    browser: Browser, shown: Gateway
) -> None:
    with window(browser, shown.url, language="zh-CN") as opened:
        opened.page.goto(shown.url + "/admin")
        opened.page.get_by_role("button", name="登录", exact=True).wait_for()
        assert opened.page.evaluate("document.documentElement.lang") == "zh-CN"
        opened.page.get_by_role("button", name="语言").click()
        opened.page.get_by_text("English").click()
        opened.page.get_by_role("button", name="Sign in", exact=True).wait_for()
        opened.page.reload()
        opened.page.get_by_role("button", name="Sign in", exact=True).wait_for()


def test_a_theme_that_was_chosen_stays(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url, theme="light") as opened:
        opened.sign_in()
        opened.page.get_by_role("button", name="Theme").click()
        opened.page.get_by_role("menuitemcheckbox", name="Dark").click()
        opened.page.reload()
        opened.page.locator("html.dark").wait_for()


def test_a_session_that_has_ended_leads_to_the_sign_in_and_back(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url, quiet=False) as opened:
        opened.sign_in()
        opened.page.context.clear_cookies()
        opened.page.goto(shown.url + "/admin/credentials?tier=super")
        opened.page.locator("input[type=password]").fill("the console's password")
        opened.page.keyboard.press("Enter")
        opened.page.get_by_role("heading", name="Credentials").wait_for()
        assert opened.page.url.endswith("/admin/credentials?tier=super")


def test_the_reason_of_a_choice_is_shown(browser: Browser, shown: Gateway) -> None:
    status, headers, _ = shown.post("/chat/completions", QUESTION)
    assert status == 200
    with window(browser, shown.url) as opened:
        opened.sign_in()
        opened.go(f"/why?id={headers['x-request-id']}")
        opened.page.get_by_text("chosen by turn").wait_for()
        assert opened.page.get_by_text("3 of 3 open").count() >= 1
        assert headers["x-request-id"] in opened.page.locator("#main").inner_text()
