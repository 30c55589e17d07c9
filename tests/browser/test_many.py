"""Ten thousand credentials: the list shows any of them, and changes many at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.console import PASSWORD, Window, serve_console, window
from support.processes import Gateway, Sandbox

pytestmark = pytest.mark.browser

MANY = 10_000


@pytest.fixture(scope="module")
def crowded(issuing: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = serve_console(tmp_path_factory.mktemp("crowded"), issuing)
    yield started
    started.stop()


def take_in(opened: Window, directory: Path, count: int) -> None:
    """Import a file of keys: look first, then take in."""
    page = opened.page
    file = directory / "keys.csv"
    rows = "\n".join(f"xai-sandbox-k{number},crowd {number},crowd" for number in range(count))
    file.write_text(f"key,name,tags\n{rows}\nnot a key at all,broken,\n")
    opened.go("/credentials?open=import")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("What would come of it").wait_for(timeout=60_000)
    page.get_by_text(f"{count} new").wait_for()
    page.get_by_role("button", name=f"Take in {count}").click()
    page.get_by_text("The file is taken in").wait_for(timeout=90_000)
    assert opened.grave() == []
    page.get_by_role("button", name="Done").click()


def test_ten_thousand_are_listed_filtered_and_changed(
    browser: Browser, crowded: Gateway, tmp_path: Path
) -> None:
    with window(browser, crowded.url) as opened:
        page = opened.page
        opened.sign_in()
        take_in(opened, tmp_path, MANY)
        opened.go("/credentials")
        rows = page.get_by_role("row")
        assert rows.count() < 60
        scroller = page.get_by_label("Rows", exact=True)
        scroller.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        page.get_by_role("button", name=f"crowd {MANY - 1}", exact=True).wait_for(timeout=60_000)
        assert rows.count() < 60
        page.keyboard.press("/")
        page.keyboard.type("crowd 77")
        page.get_by_role("button", name="crowd 77", exact=True).wait_for()
        assert "text=crowd" in page.url
        change_all(opened)


def change_all(opened: Window) -> None:
    """Take all that fit the filter out of service, at once."""
    page = opened.page
    page.get_by_role("checkbox", name="Select all that are loaded").click()
    page.get_by_text("111 selected").wait_for()
    page.get_by_role("button", name="Disable", exact=True).click()
    page.get_by_role("alertdialog").get_by_role("button", name="Disable").click()
    page.get_by_text("111 credentials changed").first.wait_for()
    page.get_by_role("radio", name="Disabled 111").click()
    expect(page.get_by_role("table")).to_have_attribute("aria-rowcount", "112")


def test_long_work_is_followed_to_its_end(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/credentials")
        page.get_by_role("checkbox", name="Select all that are loaded").click()
        page.get_by_role("button", name="Test", exact=True).click()
        dialog = page.get_by_role("dialog", name="Test of credentials")
        dialog.get_by_text("Done", exact=True).first.wait_for()
        dialog.get_by_text("3 of 3").wait_for()
        assert opened.grave() == []
        dialog.get_by_role("button", name="Done").click()
        opened.go("/jobs")
        page.get_by_role("button", name="Test of credentials").first.wait_for()


def test_an_export_comes_back_by_an_import(browser: Browser, shown: Gateway, tmp_path: Path) -> None:
    with window(browser, shown.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/credentials?open=export")
        page.get_by_label("Passphrase").fill("short")
        page.get_by_role("button", name="Save the file").click()
        page.get_by_text("At least 8 characters.").wait_for()
        page.get_by_label("Passphrase").fill("long enough to be one")
        page.get_by_label("Once more").fill("long enough to be one")
        page.get_by_role("button", name="Save the file").click()
        page.get_by_text("Type your password first.").wait_for()
        page.get_by_label("Your own password").fill(PASSWORD)
        with page.expect_download() as saving:
            page.get_by_role("button", name="Save the file").click()
        file = tmp_path / saving.value.suggested_filename
        saving.value.save_as(file)
        assert "xai-sandbox" not in file.read_text()
        opened.go("/credentials?open=import")
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_label("Passphrase").fill("long enough to be one")
        page.get_by_role("button", name="Preview").click()
        page.get_by_text("3 known already").wait_for()
