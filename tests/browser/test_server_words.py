"""The Chinese console says in Chinese what the server says; nobody else loads the words for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from support.console import window
from support.showcase import Showcase

pytestmark = pytest.mark.browser

FILE = "sk-ant-api03-0123456789abcdef\nsso=0123456789\nxai-sandbox-studio\nxai-sandbox-new\nxai-sandbox-new"
_LOADED = (
    """() => performance.getEntriesByType("resource").some((each) => each.name.includes("/server-words"))"""
)


def loaded(page: Page) -> bool:
    """Tell whether the page has asked for the words."""
    return bool(page.evaluate(_LOADED))


def test_reasons_and_refusals_are_told_in_chinese(browser: Browser, filled: Showcase) -> None:
    with window(browser, filled.gateway.url, language="zh-CN") as opened:
        page = opened.page
        page.goto(f"{filled.gateway.url}/admin")
        page.locator("input[type=password]").wait_for()
        assert not loaded(page), "the first load must not carry them"
        opened.sign_in()
        opened.go("/credentials")
        expect(page.locator("main")).to_contain_text("xAI 余额不足：Your team has used all available credits")
        expect(page.locator("main")).to_contain_text("xAI 封禁了该密钥、其团队或其用户")
        opened.go("/credentials?open=import")
        page.locator("[role=dialog] textarea").fill(FILE)
        page.get_by_role("button", name="预览").click()
        rows = page.locator("[role=dialog] li")
        expect(rows.nth(0)).to_contain_text("这是 Anthropic 的密钥，不是 xAI 的。")
        expect(rows.nth(1)).to_contain_text("不支持浏览器 Cookie")
        expect(rows.nth(2)).to_contain_text("已在池中")
        expect(rows.nth(4)).to_contain_text("与第 4 行相同。")


def test_a_refused_call_is_told_in_chinese(browser: Browser, filled: Showcase) -> None:
    with window(browser, filled.gateway.url, language="zh-CN", quiet=False) as opened:
        opened.sign_in()
        opened.go("/why?id=req_nowhere")
        expect(opened.page.get_by_role("alert")).to_contain_text("没有这个请求，或其决策记录已不再保留。")
        opened.go("/playground")
        opened.use_key("sk-of-nobody")
        expect(opened.page.get_by_role("alert")).to_contain_text("API 密钥无效。")


def test_the_english_console_loads_no_words(browser: Browser, filled: Showcase) -> None:
    with window(browser, filled.gateway.url) as opened:
        opened.sign_in()
        opened.go("/credentials")
        expect(opened.page.locator("main")).to_contain_text("out of credit at xAI")
        assert not loaded(opened.page)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-US", "config.toml: grok.stream is deprecated and has no effect"),
        ("zh-CN", "config.toml：grok.stream 已弃用且不起作用"),
    ],
)
def test_the_page_of_settings_tells_of_names_of_older_releases(
    browser: Browser, filled: Showcase, language: str, said: str
) -> None:
    file = filled.gateway.directory / "config.toml"
    file.write_text("[grok]\nstream = true\n")
    try:
        with window(browser, filled.gateway.url, language=language) as opened:
            opened.sign_in()
            opened.go("/settings")
            expect(opened.page.locator("main")).to_contain_text(said)
            assert opened.grave() == []
    finally:
        file.unlink()
