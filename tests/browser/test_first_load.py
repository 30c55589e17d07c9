"""What a new browser fetches until the dashboard is whole; and how long the console takes to show itself on a
machine four times as slow, which is said, not asserted.
"""

from __future__ import annotations

import statistics

import pytest
from playwright.sync_api import Browser, expect

from support.console import window
from support.measured import measured
from support.processes import Gateway
from support.showcase import Showcase

pytestmark = pytest.mark.browser

FIRST_LOAD = 250 * 1024
WORDS_OF_THE_SERVER = "server-words.js"
SLOWER = 4
TURNS = 3
_SHOWN = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0"""
_SENT = """() => performance.getEntriesByType("resource")
  .filter((each) => /\\.(js|css)/.test(each.name))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""

_FILES = """() => Object.fromEntries([...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource")]
  .filter((each) => !each.name.includes("/admin/api/"))
  .map((each) => [new URL(each.name).pathname.split("/").pop(), each.encodedBodySize]))"""


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_all_that_is_fetched_until_the_dashboard_is_whole(
    browser: Browser, filled: Showcase, language: str
) -> None:
    with window(browser, filled.gateway.url, language=language) as opened:
        opened.sign_in()
        expect(opened.page.locator("#main canvas")).to_be_visible()
        opened.page.wait_for_load_state("networkidle")
        sizes: dict[str, int] = opened.page.evaluate(_FILES)
        needed = {"app.js", "vendor.js", "shared.js", "app.css", "login.js", "overview.js", "chart.js"}
        assert needed <= sizes.keys()
        assert all(sizes.values()), sizes
        said = sizes.pop(WORDS_OF_THE_SERVER, 0)
        assert (said > 0) == (language == "zh-CN"), "most pools have nothing to say"
        assert sum(sizes.values()) <= FIRST_LOAD, sizes


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
