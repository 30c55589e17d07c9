"""The palette by keyboard alone: pages, credentials, actions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from support.console import Window
from support.console_owner import Owner
from support.processes import Gateway

pytestmark = pytest.mark.browser


def run(opened: Window, text: str, entry: str) -> None:
    """Open the palette, type, and carry out what is chosen then."""
    page = opened.page
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    page.keyboard.type(text)
    chosen = page.get_by_role("option", selected=True)
    expect(chosen).to_contain_text(entry)
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Search")).to_have_count(0)


def test_what_is_typed_and_entered_is_done(opened: Window, operated: Gateway) -> None:
    page = opened.page
    run(opened, "jobs", "Jobs")
    page.get_by_role("heading", name="Jobs", exact=True).wait_for()
    expect(page.locator("#main")).to_be_focused()
    run(opened, "dark", "Use the dark theme")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    name = "one to be found"
    Owner.of(operated).send("POST", "/credentials", {"key": "xai-sandbox-found", "name": name})
    run(opened, "to be found", name)
    page.get_by_role("dialog", name=name).wait_for()
    page.keyboard.press("Escape")
    run(opened, "切换", "切换到中文")
    page.get_by_role("heading", name="凭据", exact=True).wait_for()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_the_arrows_choose_among_what_fits(opened: Window) -> None:
    page = opened.page
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    chosen = page.get_by_role("option", selected=True)
    expect(chosen).to_contain_text("Overview")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("Client keys")
    assert opened.grave() == []
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Client keys", exact=True).wait_for()
