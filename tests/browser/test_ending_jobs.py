"""Long work that somebody ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from support.console import Window
from support.console_owner import Owner
from support.processes import Gateway, Sandbox

pytestmark = pytest.mark.browser


def test_a_job_that_runs_is_stopped(opened: Window, operated: Gateway, issuing: Sandbox) -> None:
    page, owner = opened.page, Owner.of(operated)
    issuing.scenario("hang", delay=600, match={"method": "GET"})
    try:
        job = owner.send("POST", "/credentials/bulk", {"action": "test", "filter": {"everything": True}})[
            "job"
        ]
        opened.go("/jobs")
        page.get_by_role("button", name="Test of credentials").first.click()
        dialog = page.get_by_role("dialog", name="Test of credentials")
        dialog.get_by_text("Running", exact=True).wait_for()
        assert opened.grave() == []
        dialog.get_by_role("button", name="Stop", exact=True).click()
        dialog.get_by_text("Stopped", exact=True).wait_for()
        dialog.get_by_role("button", name="Done", exact=True).click()
        expect(page.locator("#main li").first).to_contain_text("Stopped")
        assert owner.send("GET", f"/jobs/{job['id']}")["state"] == "cancelled"
    finally:
        issuing.clear()
