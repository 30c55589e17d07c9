"""Every page in both languages, both themes and two sizes: usable by everybody, and quiet."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.console import NARROW, PICTURES, WIDE, Window, window
from support.processes import Gateway

pytestmark = pytest.mark.browser

BESIDES = ("/reference?api=admin", "/setup", "/nowhere")
"""Pages that the sidebar does not lead to as they are here."""
DIALOGS = ("add", "sign-in", "import", "export")
QUESTION = {"model": "grok-4", "messages": [{"role": "user", "content": "Why?"}]}


def pages(opened: Window) -> list[str]:
    """Return the pages that the sidebar leads to: those that this server can fill."""
    opened.page.locator("aside nav a[href='/admin/reference']").wait_for(state="attached")
    found = opened.page.locator("aside nav a").evaluate_all(
        "all => all.map(each => each.getAttribute('href'))"
    )
    assert len(found) >= 6
    return [each.removeprefix("/admin").rstrip("/") for each in found]


def picture(opened: Window, name: str) -> None:
    if PICTURES:
        opened.page.screenshot(path=Path(PICTURES) / f"{name}.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_is_usable_by_everybody(
    browser: Browser, shown: Gateway, theme: str, language: str, size: tuple[int, int]
) -> None:
    _, headers, _ = shown.post("/chat/completions", QUESTION)
    seen = f"{theme}-{language}-{size[0]}"
    with window(browser, shown.url, size=size, language=language, theme=theme) as opened:
        opened.page.goto(shown.url + "/admin")
        opened.page.locator("input[type=password]").wait_for()
        grave = {"login": opened.grave()}
        picture(opened, f"login-{seen}")
        opened.sign_in()
        for path in (*pages(opened), *BESIDES, f"/why?id={headers['x-request-id']}"):
            opened.go(path)
            grave[path] = opened.grave()
            assert opened.sideways() <= 0, path
            picture(opened, f"{path.split('?')[0].strip('/') or 'overview'}-{seen}")
        for dialog in DIALOGS:
            opened.go(f"/credentials?open={dialog}")
            opened.page.get_by_role("dialog").wait_for()
            grave[dialog] = opened.grave()
            assert opened.sideways() <= 0, dialog
            picture(opened, f"{dialog}-{seen}")
        assert not {path: found for path, found in grave.items() if found}


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
