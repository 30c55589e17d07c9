"""What the page of settings tells of each: that it is set from outside, and that it waits for a restart."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from support.console import Window

pytestmark = pytest.mark.browser


def test_what_the_environment_sets_is_disabled_and_says_so(opened: Window) -> None:
    page = opened.page
    opened.go("/settings?section=oauth")
    row = page.locator("#main li").filter(has_text="oauth.enabled")
    expect(row.get_by_text("set from outside")).to_be_visible()
    expect(row.get_by_text("GROK2API_OAUTH__ENABLED")).to_be_visible()
    expect(row.get_by_role("switch")).to_be_disabled()
    opened.go("/settings?section=server")
    row = page.locator("#main li").filter(has_text="server.port")
    expect(row.get_by_role("textbox")).to_be_disabled()
    assert opened.grave() == []


def test_what_needs_a_restart_says_so_and_waits_for_it(opened: Window) -> None:
    page = opened.page
    opened.go("/settings?section=pool")
    row = page.locator("#main li").filter(has_text="pool.poll_seconds")
    expect(row.get_by_text("needs a restart", exact=True)).to_be_visible()
    pending = page.locator("#main").get_by_text("A restart is needed for pool.poll_seconds")
    expect(pending).to_have_count(0)
    row.get_by_role("textbox").fill("1.5")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(row.get_by_text("waits for a restart", exact=True)).to_be_visible()
    opened.go("/settings?section=grok")
    expect(pending).to_be_visible()
    assert opened.grave() == []
    opened.go("/settings?section=pool")
    row.get_by_role("button", name="Take away what was set here").click()
    page.get_by_role("button", name="Review").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(row.get_by_text("needs a restart", exact=True)).to_be_visible()
    expect(row.get_by_text("waits for a restart", exact=True)).to_have_count(0)
