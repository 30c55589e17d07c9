"""The way of somebody new: from the printed password to an answer, with the pointer and by keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.console import Window, window
from support.processes import Gateway, Sandbox
from support.sandbox_issuer import Issuer

pytestmark = pytest.mark.browser


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


def test_from_the_first_start_to_an_answer(browser: Browser, issuing: Sandbox, tmp_path: Path) -> None:
    gateway, key, password = started(tmp_path, issuing)
    try:
        with window(browser, gateway.url) as opened:
            page = opened.page
            opened.sign_in(password)
            page.get_by_role("heading", name="Setup").wait_for()
            choose_password(page, password)
            page.get_by_label("API key").last.fill("xai-sandbox-alice")
            page.get_by_role("button", name="Add", exact=True).click()
            give_client_key(page, key)
            page.get_by_role("button", name="Run it", exact=True).click()
            page.get_by_text("It works. The answer:").wait_for()
            sign_in_by_code(opened, issuing)
            chat(opened)
            see_reasons(opened)
    finally:
        gateway.stop()


def choose_password(page: Page, printed: str) -> None:
    """Take the step of the password, which a printed one leads to."""
    page.get_by_label("Present password").fill(printed)
    page.get_by_label("New password").fill("a password of my own")
    page.get_by_label("Once more").fill("a password of my own")
    page.get_by_role("button", name="Change the password", exact=True).click()


def give_client_key(page: Page, key: str) -> None:
    """Take the step of the client key, with the printed one."""
    page.get_by_role("button", name="Get a client key", expanded=True).wait_for()
    have = page.get_by_role("radio", name="I have one")
    if have.count():
        have.click()
    page.get_by_label("Your client key").last.fill(key)
    page.get_by_role("button", name="Check the key").click()


def sign_in_by_code(opened: Window, sandbox: Sandbox) -> None:
    """Add an account with a device code, which somebody allows elsewhere."""
    page = opened.page
    page.get_by_role("link", name="Credentials").click()
    page.get_by_role("button", name="Sign in with xAI").click()
    page.get_by_role("dialog").get_by_label("Name").fill("ann's account")
    page.get_by_role("button", name="Begin").click()
    code = page.get_by_label("Code", exact=True).inner_text()
    expect(page.get_by_role("img", name="Code for a phone's camera")).to_be_visible()
    assert opened.grave() == []
    Issuer(sandbox.base_url).post("/approve", user_code=code, account="ann", tier="supergrok")
    page.get_by_text("The account is in the pool").wait_for()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="ann's account", exact=True).wait_for()


def chat(opened: Window) -> None:
    """Ask in the playground, with the key that the setup was given."""
    page = opened.page
    page.get_by_role("link", name="Playground").click()
    page.get_by_label("Message").fill("Say hello.")
    page.keyboard.press("Enter")
    page.get_by_text("in all").wait_for()
    assert opened.grave() == []
    page.get_by_role("button", name="View code").click()
    expect(page.get_by_role("dialog")).to_contain_text("$GROK2API_KEY")
    page.keyboard.press("Escape")


def see_reasons(opened: Window) -> None:
    """Follow the answer to the reasons of its credential."""
    opened.page.get_by_role("link", name="Why this credential").last.click()
    opened.page.get_by_text("chosen by").wait_for()
    assert opened.grave() == []


def test_the_same_way_by_keyboard_alone(browser: Browser, issuing: Sandbox, tmp_path: Path) -> None:
    gateway, key, password = started(tmp_path, issuing)
    try:
        with window(browser, gateway.url) as opened:
            page = opened.page
            page.goto(gateway.url + "/admin")
            page.locator("input[type=password]").wait_for()
            page.keyboard.type(password)
            page.keyboard.press("Enter")
            page.get_by_role("heading", name="Setup").wait_for()
            tab_to(page, page.get_by_role("textbox", name="Present password"))
            for word in (password, "a password of my own", "a password of my own"):
                page.keyboard.type(word)
                page.keyboard.press("Tab")
                page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(page.get_by_label("API key").last).to_be_focused()
            page.keyboard.type("xai-sandbox-bob")
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Get a client key", expanded=True).wait_for()
            go_by_palette(page, "playground")
            expect(page.locator("#main input[type=password]")).to_be_focused()
            page.keyboard.type(key)
            page.keyboard.press("Enter")
            tab_to(page, page.get_by_label("Message"))
            page.keyboard.type("Say hello.")
            page.keyboard.press("Enter")
            page.get_by_text("in all").wait_for()
            tab_to(page, page.get_by_role("button", name="View code"), back=True)
    finally:
        gateway.stop()


def go_by_palette(page: Page, where: str) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").wait_for()
    page.keyboard.type(where)
    page.keyboard.press("Enter")


def tab_to(page: Page, target: object, *, back: bool = False) -> None:
    """Press Tab until something has the focus, which must be visible there."""
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if target.evaluate("(element) => element === document.activeElement"):  # type: ignore[attr-defined]
            return
    raise AssertionError("it cannot be reached by the keyboard")


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
