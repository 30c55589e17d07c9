"""The whole way of somebody new, with the pointer and by keyboard alone: from the printed password to a
setting that was changed and taken back.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.console import window
from support.console_walk import Walk
from support.console_words import Words
from support.hands import Keyboard, Pointer
from support.processes import Gateway, Sandbox

pytestmark = pytest.mark.browser


SEEN = (("en-US", "light"), ("zh-CN", "dark"))
"""In which languages and themes the whole way is gone; other tests see every page in all of them."""


def started(directory: Path, sandbox: Sandbox) -> tuple[Gateway, str, str]:
    """Start a gateway for the first time; return it with the key and the password that it printed."""
    gateway = Gateway.start(
        directory,
        upstream=sandbox.base_url,
        client_key=None,
        environment={
            "GROK2API_OAUTH__ENABLED": "true",
            "GROK2API_OAUTH__ISSUER": sandbox.base_url.removesuffix("/v1"),
        },
    )
    said = gateway.log.read_text()
    assert f":{gateway.url.rpartition(':')[2]}/admin" in said
    key = re.search(r"Your client key .*:  (\S+)", said)
    password = re.search(r"Password of the console .*:  (\S+)", said)
    assert key is not None
    assert password is not None
    return gateway, key[1], password[1]


@pytest.mark.parametrize(("language", "theme"), SEEN)
def test_the_whole_way_of_an_operator(
    browser: Browser, issuing: Sandbox, tmp_path: Path, language: str, theme: str
) -> None:
    gateway, key, password = started(tmp_path, issuing)
    try:
        with window(browser, gateway.url, language=language, theme=theme) as opened:
            walk = Walk(opened, Pointer(opened.page), Words(language), gateway, issuing)
            whole_way(walk, password, key)
    finally:
        gateway.stop()


def test_the_whole_way_by_keyboard_alone(browser: Browser, issuing: Sandbox, tmp_path: Path) -> None:
    gateway, key, password = started(tmp_path, issuing)
    try:
        with window(browser, gateway.url) as opened:
            hand = Keyboard(opened.page)
            whole_way(Walk(opened, hand, Words("en"), gateway, issuing, judging=False), password, key)
            assert hand.lost == []
    finally:
        gateway.stop()


def whole_way(walk: Walk, password: str, key: str) -> None:
    """Go it, from the first sign-in to the way back from a change."""
    walk.sign_in(password)
    walk.set_up(key)
    walk.sign_in_by_code()
    walk.make_alias()
    walk.make_key()
    walk.chat()
    walk.draw()
    walk.film()
    walk.speak()
    walk.look_at_media(key)
    walk.invite()
    walk.read_log()
    walk.change_settings_and_go_back()


def test_keys_go_to_pages_and_show_help(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url) as opened:
        opened.sign_in()
        opened.page.keyboard.press("g")
        opened.page.keyboard.press("j")
        opened.page.get_by_role("heading", name="Jobs").wait_for()
        opened.page.keyboard.press("?")
        opened.page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
        assert opened.grave() == []
        opened.page.keyboard.press("Escape")
        expect(opened.page.get_by_role("dialog")).to_have_count(0)
