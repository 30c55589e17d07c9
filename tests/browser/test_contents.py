"""Prompts and answers at the console: turned on with a warning, read, handed to the playground, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.console import NARROW, PICTURES, WIDE, Window, serve_console, window
from support.limited_keys import KeyMaker, MadeKey
from support.observing import eventually
from support.processes import Gateway, Sandbox

pytestmark = pytest.mark.browser

SHOT = '<img src=x onerror="alert(1)"> [a](javascript:alert(2))'
SAY = f"say exactly: {SHOT}"


@pytest.fixture(scope="module")
def kept(issuing: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = serve_console(tmp_path_factory.mktemp("kept"), issuing, keys=("xai-sandbox-alice",))
    yield started
    started.stop()


def picture(opened: Window, name: str) -> None:
    if PICTURES:
        opened.page.screenshot(path=Path(PICTURES) / f"contents-{name}.png")


def ask(key: MadeKey, text: str) -> str:
    body = {
        "model": "grok-3",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": text}],
    }
    status, headers, _ = key.post("/chat/completions", body)
    assert status == 200
    return headers["x-request-id"]


def kept_of(keys: KeyMaker, key: MadeKey, text: str) -> str | None:
    """Ask, and return the request's id if its words are kept by now."""
    request_id = ask(key, text)
    return request_id if keys.send("GET", f"/requests/{request_id}")["content_expires_at"] else None


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [(WIDE, "light", "en-US"), (NARROW, "dark", "zh-CN")],
    ids=["wide", "narrow"],
)
def test_words_that_are_kept_are_read_as_mere_text(
    browser: Browser, kept: Gateway, size: tuple[int, int], theme: str, language: str
) -> None:
    keys = KeyMaker(kept)
    key = keys.make(name="listened to", record_content=True, content_hours=3)
    plain = keys.make(name="left alone")
    spoken, unspoken = ask(key, SAY), ask(plain, SAY)
    english = language == "en-US"
    with window(browser, kept.url, size=size, theme=theme, language=language) as opened:
        page = opened.page
        opened.sign_in()
        opened.go(f"/requests?id={spoken}")
        drawer = page.get_by_role("dialog")
        drawer.get_by_role("button", name="Show them" if english else "查看内容").click()
        said = drawer.get_by_role("region", name="Answer" if english else "回答")
        expect(said.get_by_text(SHOT)).to_be_visible()
        expect(drawer.get_by_text("be brief")).to_be_visible()
        assert drawer.locator("img").count() == 0
        assert opened.grave() == []
        assert opened.sideways() <= 0
        picture(opened, f"words-{theme}-{language}-{size[0]}")
        drawer.get_by_text("JSON", exact=True).click()
        expect(drawer.get_by_text('"messages"')).to_be_visible()
        opened.go(f"/requests?id={unspoken}")
        expect(drawer.get_by_text("Not kept:" if english else "未保留：")).to_be_visible()
        picture(opened, f"none-{theme}-{language}-{size[0]}")
        opened.go("/requests?view=live")
        expect(page.get_by_text("listened to").first).to_be_visible()
        opened.go("/keys")
        expect(page.get_by_text("Keeps prompts" if english else "保留内容").first).to_be_visible()
        assert opened.grave() == []
        assert opened.sideways() <= 0
        picture(opened, f"keys-{theme}-{language}-{size[0]}")


def test_it_is_turned_on_with_a_warning_and_told_again_in_the_playground(
    browser: Browser, kept: Gateway
) -> None:
    keys = KeyMaker(kept)
    key = keys.make(name="to be kept")
    with window(browser, kept.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go(f"/keys?id={key.id}")
        drawer = page.get_by_role("dialog")
        drawer.get_by_text("Edit", exact=True).click()
        drawer.get_by_label("Keep its prompts and answers for a while").click()
        expect(drawer.get_by_text("Tell them before you turn it on")).to_be_visible()
        drawer.get_by_label("For how many hours").fill("5")
        picture(opened, "form")
        assert opened.grave() == []
        drawer.get_by_role("button", name="Save").click()
        expect(drawer.get_by_text("for 5 hours")).to_be_visible()
        request_id = eventually(lambda: kept_of(keys, key, "say exactly: hello there"), "the change")
        opened.go("/playground")
        opened.use_key(kept.key)
        page.get_by_label("Message").wait_for()
        opened.go(f"/requests?id={request_id}")
        drawer.get_by_role("button", name="Show them").click()
        drawer.get_by_role("button", name="View code").click()
        expect(page.get_by_text("say exactly: hello there").last).to_be_visible()
        page.keyboard.press("Escape")
        drawer.get_by_role("button", name="Open in the playground").click()
        talk = page.get_by_role("log")
        expect(talk.get_by_text("hello there", exact=True)).to_be_visible()
        expect(page.get_by_label("System")).to_have_value("be brief")
        picture(opened, "playground")


def test_they_are_deleted_and_the_drawer_says_so(browser: Browser, kept: Gateway) -> None:
    keys = KeyMaker(kept)
    request_id = ask(keys.make(name="deleted soon", record_content=True), "say exactly: one")
    with window(browser, kept.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go(f"/requests?id={request_id}")
        drawer = page.get_by_role("dialog")
        drawer.get_by_role("button", name="Delete them").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        expect(drawer.get_by_text("Not kept:")).to_be_visible()
