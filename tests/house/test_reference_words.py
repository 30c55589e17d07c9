"""The API reference of the Chinese console is Chinese: no text lacks words, and no words are for nothing.

Whoever adds a call, or a field of the admin API, writes its Chinese into `reference-words.zh-CN.json`; the
words of a field of the public API stand in `parameters_chinese.py`.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from grok2api.api.v1.openapi.shapes import SAYS
from support.admin_types import Schema
from support.reference_words import NOTES, ReferenceWords, paragraphs, parameter_words, public_document

WORDS = ReferenceWords()
LACKING = "give it words in ui/src/i18n/reference-words.zh-CN.json"
CODE = re.compile(r"`[^`]+`")


@pytest.fixture(scope="module")
def shown(admin_api: Schema) -> list[str]:
    """Return every paragraph that the page can show, of both documents."""
    return [*paragraphs(public_document()), *paragraphs(admin_api)]


def test_every_text_of_both_documents_has_chinese_words(shown: list[str]) -> None:
    assert len(shown) > 800
    assert not [each for each in shown if WORDS.chinese(each) is None], LACKING


def test_no_phrase_is_for_nothing(shown: list[str]) -> None:
    assert not {english for english, _ in WORDS.pairs} - {*shown, *SAYS.values()}


def test_every_policy_has_a_sentence_of_its_own() -> None:
    assert set(WORDS.policies) == set(SAYS.values()), LACKING


def test_the_words_of_parameters_are_those_of_the_parameter_page() -> None:
    assert NOTES.read_text(encoding="utf-8") == parameter_words(), "make types"


def test_a_phrase_stands_there_once() -> None:
    times = Counter(english for english, _ in WORDS.pairs)
    assert not [english for english, count in times.items() if count > 1]


def test_a_phrase_is_chinese_and_keeps_the_words_of_code() -> None:
    for english, chinese in WORDS.pairs:
        assert re.search(r"[\u4e00-\u9fff]", chinese), english
        assert sorted(CODE.findall(chinese)) == sorted(CODE.findall(english)), english
        bare = CODE.sub("", chinese)
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!] ?[\u4e00-\u9fff]", bare), english
        assert chinese.endswith("。") == english.endswith("."), english


def test_a_call_without_words_is_found() -> None:
    document = {"paths": {"/new": {"get": {"summary": "Do what\nnobody did"}}}, "components": {"schemas": {}}}
    assert paragraphs(document) == ["Do what nobody did"]
    assert WORDS.chinese("Do what nobody did") is None
    assert WORDS.chinese("Sent to Grok as it is. Nobody has noted this.") is None
