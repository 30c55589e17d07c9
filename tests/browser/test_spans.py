"""People ask for "from 01:40 to 02:10": by keyboard, in their own zone, under a link that can be shared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from support.console import NARROW, Window, serve_console, window
from support.processes import Gateway, Sandbox

pytestmark = pytest.mark.browser

ASKED = {"model": "grok-3", "messages": [{"role": "user", "content": "Hello"}]}
PAST = "from=2020-03-01T01:40:00Z&to=2020-03-01T02:10:00Z"


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory, issuing: Sandbox) -> Iterator[Gateway]:
    """A gateway that has just been used."""
    gateway = serve_console(tmp_path_factory.mktemp("used"), issuing, keys=("xai-sandbox-alice",))
    for _ in range(3):
        status, _, body = gateway.post("/chat/completions", ASKED)
        assert status == 200, body
    yield gateway
    gateway.stop()


def type_moment(page: Page, label: str, when: datetime) -> None:
    """Type a moment into a field, part by part, as the keyboard of an American has it."""
    page.evaluate("document.activeElement.blur()")  # a field that is entered anew begins with its first part
    page.get_by_label(label, exact=True).focus()
    page.keyboard.type(f"{when:%m%d%Y}")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(f"{when:%I%M%p}")


def now_span() -> str:
    begin, end = (datetime.now(UTC) + timedelta(minutes=each) for each in (-30, 30))
    return f"from={begin:%Y-%m-%dT%H:%M:00Z}&to={end:%Y-%m-%dT%H:%M:00Z}"


def test_a_span_is_typed_and_its_link_means_the_same_elsewhere(browser: Browser, used: Gateway) -> None:
    with window(browser, used.url, zone="Asia/Shanghai") as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/requests")
        rows = page.get_by_role("row")
        expect(rows).to_have_count(4)
        page.get_by_role("radio", name="24 hours").focus()
        for name in ("7 days", "30 days", "From … to …"):
            page.keyboard.press("ArrowRight")
            expect(page.get_by_role("radio", name=name)).to_be_focused()
        page.keyboard.press("Space")
        type_moment(page, "From", datetime(2020, 3, 1, 9, 40))  # noqa: DTZ001  Shanghai's
        type_moment(page, "To", datetime(2020, 3, 1, 10, 10))  # noqa: DTZ001  Shanghai's
        page.keyboard.press("Enter")
        page.get_by_text("No requests fit").wait_for()
        assert re.search(r"from=2020-03-01T01(:|%3A)40", page.url)
        link = page.url
        type_moment(page, "To", datetime(2020, 3, 1, 9, 40))  # noqa: DTZ001  Shanghai's
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("The end has to lie after the beginning.")
        assert page.url == link, "what makes no sense is not asked for"
    with window(browser, used.url, zone="America/New_York", language="zh-CN", size=NARROW) as other:
        other.sign_in()
        other.page.goto(link)
        other.settle()
        expect(other.page.get_by_label("从", exact=True)).to_have_value("2020-02-29T20:40")
        assert other.sideways() <= 0
        assert not other.grave()


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [(1280, 800), NARROW])
def test_every_list_takes_a_span(
    browser: Browser, used: Gateway, language: str, size: tuple[int, int]
) -> None:
    with window(browser, used.url, language=language, size=size, zone="Europe/Berlin") as opened:
        opened.sign_in()
        page = opened.page
        for path in ("", "/requests", "/audit"):
            for span, fits in ((now_span(), True), (PAST, False)):
                opened.go(f"{path}?{span}")
                _look(opened, path, fits=fits)
                expect(page.locator("#main input[type=datetime-local]")).to_have_count(2)
                assert opened.sideways() <= 0, path
        assert not opened.grave()


def _look(opened: Window, path: str, *, fits: bool) -> None:
    """Tell whether a page shows what lies in the span that it was asked for."""
    page = opened.page
    if path:
        rows = page.locator("#main tbody tr")
        expect(rows).to_have_count(0) if not fits else expect(rows.first).to_be_visible()
    else:
        asked = page.get_by_role("region", name=re.compile("^(Usage|用量)$")).locator(".num").nth(0)
        expect(asked).to_have_text("3" if fits else "0")
