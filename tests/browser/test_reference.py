"""The API reference tells of every field, and the Chinese one tells all of it in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from support.console import NARROW, WIDE, Window, window
from support.showcase import Showcase

pytestmark = pytest.mark.browser

KEY: Final = "Chat frontend"
SENTENCE: Final = re.compile(r"[A-Za-z][a-z']+(?:[ ,;:-]+[A-Za-z'][a-z']*){2,}")
"""Three words in a row: no name of a product or a format is as long."""
_LOADED: Final = """() => performance.getEntriesByType("resource")
  .some((each) => each.name.includes("/reference-words"))"""
_EVERY_CALL: Final = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const until = async (holds) => { while (!holds()) await frame(); };
  const said = {};
  for (const button of document.querySelectorAll("main nav button")) {
    button.click();
    await until(() => button.hasAttribute("aria-current"));
    for (let level = 0; level < 3; level += 1) {
      const closed = [...document.querySelectorAll("article details:not([open])")];
      for (const each of closed) each.open = true;
      await until(() => closed.every((each) => each.querySelector("ul")));
    }
    const article = document.querySelector("article").cloneNode(true);
    for (const code of article.querySelectorAll("code, pre, textarea")) code.replaceWith(" … ");
    const told = article.querySelectorAll("h2, p, summary, span, label, button");
    said[button.textContent] = [...told].map((each) => each.textContent);
  }
  return said;
}"""
"""Opens every call with all that is inside it, three levels deep, and returns what is said beside code."""


@contextmanager
def reference(
    browser: Browser, filled: Showcase, query: str, *, language: str = "zh-CN", size: tuple[int, int] = WIDE
) -> Iterator[Window]:
    """Open the page; the public document takes a client key."""
    with window(browser, filled.gateway.url, size=size, language=language) as opened:
        opened.sign_in()
        opened.go(f"/reference{query}")
        if "api=admin" not in query:
            opened.use_key(filled.keys[KEY])
        opened.page.locator("article h2").first.wait_for()
        yield opened


@pytest.mark.parametrize("query", ["?api=admin", ""], ids=["admin", "public"])
def test_nothing_of_the_chinese_reference_is_english(browser: Browser, filled: Showcase, query: str) -> None:
    with reference(browser, filled, query) as opened:
        expect(opened.page.locator("article h2").first).to_contain_text(re.compile(r"[\u4e00-\u9fff]"))
        said: dict[str, list[str]] = opened.page.evaluate(_EVERY_CALL)
    assert len(said) > 30
    english = {call: [each for each in texts if SENTENCE.search(each)] for call, texts in said.items()}
    assert not {call: texts for call, texts in english.items() if texts}


def test_the_filter_finds_calls_by_chinese_words(browser: Browser, filled: Showcase) -> None:
    with reference(browser, filled, "?api=admin") as opened:
        calls = opened.page.locator("main nav button")
        field = opened.page.get_by_role("searchbox")
        for typed in ("导出凭据", "export credentials"):
            field.fill(typed)
            expect(calls).to_have_count(1)
            expect(calls).to_contain_text("/credentials/export")


@pytest.mark.parametrize(
    ("language", "of_page", "of_name"),
    [
        ("en-US", "A page of credentials, the oldest first.", "Which models xAI lets it use"),
        ("zh-CN", "一页凭据，最早的在前。", "决定 xAI 允许它使用哪些模型"),
    ],
)
def test_fields_open_by_keyboard_on_a_phone_in_both_themes(
    browser: Browser, filled: Showcase, language: str, of_page: str, of_name: str
) -> None:
    query = "?api=admin&call=get%20%2Fcredentials"
    with reference(browser, filled, query, language=language, size=NARROW) as opened:
        page = opened.page
        article = page.locator("article")
        summaries = article.locator("summary")
        summaries.first.focus()
        page.keyboard.press("Enter")
        expect(article).to_contain_text(of_page)
        inner = article.locator("details details summary")
        expect(inner).to_have_count(1)
        inner.focus()
        page.keyboard.press("Space")
        expect(article.locator("details details").first).to_contain_text("max_concurrency")
        assert opened.sideways() <= 0
        assert opened.grave() == []
        page.emulate_media(color_scheme="dark")
        page.locator("html.dark").wait_for()
        assert opened.grave(colours_only=True) == []
        opened.go("/reference?api=admin&call=post%20%2Fcredentials%2Fbulk")
        article.locator("summary").nth(1).click()
        expect(article).to_contain_text(of_name)
        assert opened.sideways() <= 0


def test_queries_are_described(browser: Browser, filled: Showcase) -> None:
    with reference(browser, filled, "?api=admin&call=get%20%2Fcredentials", language="en-US") as opened:
        row = opened.page.locator("article li", has=opened.page.get_by_text("text", exact=True))
        expect(row).to_contain_text("Part of an id, name, e-mail address, hint, note, tag or team")
        expect(row).to_contain_text("up to 200 characters")
        assert not opened.page.evaluate(_LOADED), "the English page has no use for the words"


def test_other_pages_of_the_chinese_console_load_none_of_its_words(
    browser: Browser, filled: Showcase
) -> None:
    with window(browser, filled.gateway.url, language="zh-CN") as opened:
        opened.sign_in()
        opened.go("/credentials")
        assert not opened.page.evaluate(_LOADED)
