"""What leaves the console: links that need no sign-in, and files of what the lists show."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.console import Window
from support.processes import Gateway

pytestmark = pytest.mark.browser

QUESTION = {"model": "grok-4", "messages": [{"role": "user", "content": "Why?"}]}


def test_a_link_opens_without_a_sign_in(browser: Browser, opened: Window, operated: Gateway) -> None:
    page = opened.page
    asked = {"prompt": "a kite to be shared", "response_format": "url"}
    assert operated.post("/images/generations", asked)[0] == 200
    opened.go("/media")
    page.locator("#main li button").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Link works for").select_option("an hour")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_role("region", name="Link to be shared").inner_text().strip()
    dialog.get_by_text("It ends").wait_for()
    assert opened.grave() == []
    stranger = browser.new_context()
    try:
        tab = stranger.new_page()
        answer = tab.goto(link)
        assert answer is not None
        assert answer.ok
        expect(tab.locator("img")).to_have_js_property("complete", True)
        assert tab.locator("img").evaluate("each => each.naturalWidth") > 0
    finally:
        stranger.close()


def exported(page: Page, kind: str) -> str:
    """Return what the file holds that an entry of the menu gives."""
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as coming:
        page.get_by_role("menuitem", name=kind).click()
    return Path(coming.value.path()).read_text(encoding="utf-8-sig")


def test_lists_go_out_as_files_with_the_rows_that_fit(opened: Window, operated: Gateway) -> None:
    page = opened.page
    found = [operated.post("/chat/completions", QUESTION)[1]["x-request-id"] for _ in range(2)]
    opened.go(f"/requests?text={found[0]}")
    page.locator("tbody tr").first.wait_for()
    rows = list(csv.DictReader(io.StringIO(exported(page, "CSV"))))
    assert [row["request_id"] for row in rows] == [found[0]]
    lines = [json.loads(line) for line in exported(page, "JSON lines").splitlines()]
    assert [line["request_id"] for line in lines] == [found[0]]
    opened.go("/requests")
    page.locator("tbody tr").nth(1).wait_for()
    rows = list(csv.DictReader(io.StringIO(exported(page, "CSV"))))
    assert {row["request_id"] for row in rows} >= set(found)
    opened.go("/audit")
    page.locator("tbody tr").first.wait_for()
    lines = [json.loads(line) for line in exported(page, "JSON lines").splitlines()]
    rows = list(csv.DictReader(io.StringIO(exported(page, "CSV"))))
    assert lines
    assert {line["sequence"] for line in lines} <= {int(row["sequence"]) for row in rows}
