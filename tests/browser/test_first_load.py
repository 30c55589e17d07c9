"""How long the console takes to show itself on a machine four times as slow: said, not asserted."""

from __future__ import annotations

import statistics

import pytest
from playwright.sync_api import Browser

from support.console import window
from support.measured import measured
from support.processes import Gateway

pytestmark = pytest.mark.browser

SLOWER = 4
TURNS = 3
_SHOWN = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0"""
_SENT = """() => performance.getEntriesByType("resource")
  .filter((each) => /\\.(js|css)/.test(each.name))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""


def test_the_first_load_on_a_slow_machine(
    browser: Browser, shown: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    ready, painted, sent = [], [], 0
    for _ in range(TURNS):
        with window(browser, shown.url) as opened:
            page = opened.page
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            page.goto(shown.url + "/admin")
            page.locator("input[type=password]").wait_for()
            ready.append(page.evaluate("performance.now()"))
            painted.append(page.evaluate(_SHOWN))
            sent = page.evaluate(_SENT)
            assert sent > 0
    with capsys.disabled():
        measured(
            f"first load of the console, {SLOWER} times slower, median of {TURNS}",
            usable_ms=round(statistics.median(ready)),
            painted_ms=round(statistics.median(painted)),
            sent_kb=round(sent / 1024),
        )
