"""What counts down while somebody looks, and the meter of what is left."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from support.console import Window, window
from support.observing import eventually
from support.showcase import Showcase

pytestmark = pytest.mark.browser

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d\d)")


def seconds(place: Locator) -> int:
    """Return what a clock shows."""
    found = _CLOCK.search(place.inner_text())
    assert found is not None, place.inner_text()
    hours, minutes, rest = (int(each or 0) for each in found.groups())
    return hours * 3600 + minutes * 60 + rest


def counts_down(place: Locator, most: int) -> None:
    """What a clock shows is no more than it can be, and becomes less; a rest may begin anew meanwhile."""
    before, first = place.inner_text(), seconds(place)
    assert 0 < first <= most
    expect(place).not_to_have_text(before, use_inner_text=True)
    eventually(lambda: seconds(place) < first, "less time")


def test_a_code_and_a_rest_count_down(browser: Browser, opened: Window, filled: Showcase) -> None:
    page = opened.page
    opened.go("/credentials?open=sign-in")
    page.get_by_role("dialog").get_by_role("button", name="Begin").click()
    counts_down(page.get_by_text("The code is good for another"), 1_800)
    page.get_by_role("button", name="Give up").click()
    with window(browser, filled.gateway.url) as other:
        other.sign_in()
        other.go("/credentials?status=cooling")
        row = other.page.get_by_role("row").filter(has_text="Nightly batches")
        counts_down(row, 1_460)
        other.go(f"/credentials?id={filled.ids['Nightly batches']}")
        counts_down(other.page.get_by_role("dialog").locator("dd, li").filter(has_text=_CLOCK).first, 1_460)


def test_the_meter_shows_how_much_the_api_says_is_left(browser: Browser, filled: Showcase) -> None:
    with window(browser, filled.gateway.url) as opened:
        opened.sign_in()
        for name in ("Mia's account", "Jonas's account", "Research"):
            left = filled.owner.send("GET", f"/credentials/{filled.ids[name]}")["quota"]["left"]
            opened.go(f"/credentials?id={filled.ids[name]}")
            meter = opened.page.get_by_role("dialog").get_by_role("progressbar", name="Quota left")
            expect(meter).to_have_attribute("aria-valuenow", str(round(left * 100)))
            bar = meter.locator("div").bounding_box()
            whole = meter.bounding_box()
            assert bar is not None
            assert whole is not None
            assert bar["width"] / whole["width"] == pytest.approx(left, abs=0.02)
