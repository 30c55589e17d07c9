"""A page follows what others do: it is not loaded anew, and nobody touches it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.console import serve_console, window
from support.console_owner import Owner
from support.processes import Gateway, Sandbox

pytestmark = pytest.mark.browser

ASKED = {"model": "grok-3", "messages": [{"role": "user", "content": "Hello"}]}
NO_POLLS = "window.setInterval = () => 0;"


@pytest.fixture
def followed(tmp_path: Path, issuing: Sandbox) -> Iterator[Gateway]:
    """A gateway that tests change while somebody watches."""
    gateway = serve_console(tmp_path, issuing, keys=("xai-sandbox-alice", "xai-sandbox-bob"))
    yield gateway
    gateway.stop()


def test_a_second_operator_sees_an_alias_and_a_price_come_and_go(browser: Browser, followed: Gateway) -> None:
    owner = Owner.of(followed)
    with window(browser, followed.url) as opened:
        page = opened.page
        page.add_init_script(NO_POLLS)  # what is seen here has come by an event
        opened.sign_in()
        opened.go("/models")
        row = page.get_by_role("button", name="team/best", exact=True)
        expect(row).to_have_count(0)
        with page.expect_event("requestfinished", lambda request: request.url.endswith("/models")):
            owner.send("PUT", "/models/team%2Fbest", {"target": "grok-4"})
        expect(row).to_be_visible()
        owner.send("DELETE", "/models/team%2Fbest")
        expect(row).to_have_count(0)
        opened.walk_to("/models?view=prices")
        owner.send(
            "PUT",
            "/prices/grok-4.6",
            {"input_usd_per_million": "77", "cached_usd_per_million": "1", "output_usd_per_million": "2"},
        )
        expect(page.get_by_text(re.compile(r"77")).first).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
def test_the_overview_moves_while_requests_end(
    browser: Browser, followed: Gateway, size: tuple[int, int]
) -> None:
    with window(browser, followed.url, size=size) as opened:
        page = opened.page
        page.add_init_script(NO_POLLS)
        opened.sign_in()
        now = page.get_by_role("region", name="Right now")
        rate = now.locator("dt", has_text="Requests per second").locator("+ dd")
        expect(rate).to_have_text("0")
        for _ in range(30):
            status, _, body = followed.post("/chat/completions", ASKED)
            assert status == 200, body
        expect(rate).to_have_text(re.compile(r"^[0-9.]*[1-9][0-9.]*$"))
        usage = page.get_by_role("region", name="Usage")
        expect(usage.get_by_text("30", exact=True).first).to_be_visible()
        expect(rate).to_have_text("0", timeout=60_000)
        assert opened.sideways() <= 0
        assert not opened.grave()
