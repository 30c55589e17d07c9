"""A newer version is told on the overview and on the server's page; nobody is asked unless that is set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from support.console import NARROW, WIDE, serve_console, window
from support.console_owner import Owner
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.release_feed import PAGE, release_feed

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def told(issuing: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that has heard of a newer version."""
    with release_feed() as feed:
        started = serve_console(
            tmp_path_factory.mktemp("told"),
            issuing,
            keys=("xai-sandbox-alice",),
            GROK2API_RELEASES__FEED_URL=feed.url,
            GROK2API_FETCH__ALLOW_HOSTS=feed.host,
        )
        owner = Owner.of(started)
        eventually(lambda: owner.send("GET", "/release")["newer"], "the newest version")
        yield started
        started.stop()


@pytest.mark.parametrize(
    ("language", "size", "theme", "said", "link"),
    [
        ("en-US", WIDE, "light", "Version 99.1.0 is out", "What is new"),
        ("zh-CN", NARROW, "dark", "新版本 99.1.0 已发布", "更新内容"),
    ],
)
def test_it_is_said_with_a_link_to_what_is_new(
    browser: Browser, told: Gateway, language: str, size: tuple[int, int], theme: str, said: str, link: str
) -> None:
    with window(browser, told.url, language=language, size=size, theme=theme) as opened:
        opened.sign_in()
        for path in ("", "/system"):
            opened.go(path)
            expect(opened.page.locator("#main").get_by_text(said)).to_be_visible()
            expect(opened.page.get_by_role("link", name=link)).to_have_attribute("href", PAGE)
            assert (opened.grave(), opened.sideways()) == ([], 0)


def test_nothing_is_said_where_nobody_is_asked(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url) as opened:
        opened.sign_in()
        with opened.page.expect_response("**/admin/api/release"):
            opened.go("/system")
        expect(opened.page.locator("#main").get_by_text("is out")).to_have_count(0)
        assert Owner.of(shown).send("GET", "/release")["asks"] is False
