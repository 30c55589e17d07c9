"""The size of a prompt: every part counts, Chinese is not underrated, more content is never less."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.dialects import prompt_size
from grok2api.dialects.prompt_size import estimated, measured

Json = dict[str, Any]


def size(body: Json, before: tuple[Json, ...] = ()) -> int:
    prompt = measured(msgspec.json.encode(body), [msgspec.json.encode(item) for item in before])
    return prompt.fixed + estimated(prompt.text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("hello", 1),
        ("hello world", 2),
        ("internationalisation", 4),
        ("12345678", 3),
        ("你好，世界！", 6),
        ("こんにちは", 5),
        ("안녕하세요", 5),
        ("a, b", 3),
        ("a\n\nb", 3),
        ("🎉🎉", 2),
        ("𠮷野家", 3),
        ("Привет", 2),
    ],
)
def test_the_rule(text: str, tokens: int) -> None:
    assert estimated(text) == tokens


@given(st.text(max_size=60), st.text(max_size=60))
def test_more_text_is_never_less(text: str, more: str) -> None:
    assert estimated(text) <= estimated(text + more)


def test_a_very_long_text_is_projected() -> None:
    text = "word " * 400_000
    assert estimated(text) == pytest.approx(400_000, rel=0.001)


MESSAGE: Json = {"role": "user", "content": [{"type": "input_text", "text": "hello"}]}
DOCUMENT = "QUJD" * 1000


@pytest.mark.parametrize(
    ("item", "tokens"),
    [
        (MESSAGE, 1),
        ({"role": "assistant", "content": [{"type": "refusal", "refusal": "never ever"}]}, 2),
        ({"role": "user", "content": [{"type": "input_image", "image_url": "https://x"}]}, 1024),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": "https://x", "detail": "low"}]},
            256,
        ),
        ({"role": "user", "content": [{"type": "input_file", "file_id": "file_1"}]}, 2048),
        ({"role": "user", "content": [{"type": "input_file", "file_data": DOCUMENT}]}, 750),
        ({"role": "user", "content": [{"type": "input_file", "file_data": DOCUMENT * 100}]}, 20_000),
        ({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}, 3),
        ({"type": "function_call_output", "call_id": "c", "output": "sunny"}, 1),
        ({"type": "function_call_output", "call_id": "c", "output": MESSAGE["content"]}, 1),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "hello"}]}, 1),
        ({"type": "reasoning", "summary": [], "encrypted_content": "x" * 400}, 75),
        ({"type": "compaction", "encrypted_content": "x" * 400}, 75),
        ({"type": "web_search_call", "id": "ws_1", "action": {"query": "q"}}, 16),
        ({"role": "user", "content": None}, 0),
    ],
)
def test_every_kind_of_item_counts(item: Json, tokens: int) -> None:
    assert size({"input": [item]}) == prompt_size.PER_ITEM + tokens
    assert size({"input": []}, (item,)) == prompt_size.PER_ITEM + tokens


def test_what_stands_beside_the_input_counts() -> None:
    tool = {"type": "function", "name": "f"}
    form = {"format": {"type": "json_schema", "schema": {}}}
    assert size({"input": "hello"}) == 5
    assert size({"input": "hello", "instructions": "Be brief."}) == 5 + 4 + 3 + 1
    assert size({"input": "hello", "tools": [tool]}) > 5 + prompt_size.PER_TOOL
    assert size({"input": "hello", "text": form}) > 5
    assert size({}) == 0
