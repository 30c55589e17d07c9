"""What is taken down of a stream's deltas, for a count that nobody may ever ask for."""

from __future__ import annotations

import pytest

from grok2api.dialects.base import Heard
from grok2api.dialects.responses.hearing import Hearing

TEXT, THOUGHT = b"response.output_text.delta", b"response.reasoning_summary_text.delta"
CALL = b"response.function_call_arguments.delta"


def delta(text: bytes) -> bytes:
    return b'{"type":"x","sequence_number":1,"delta":"%b","item_id":"msg_1"}' % text


def test_what_is_thought_is_kept_apart_from_what_is_said() -> None:
    hearing = Hearing()
    hearing.begin(THOUGHT, delta(b"Let me"))
    hearing.more(b" see")
    hearing.begin(TEXT, delta(rb"He said \"yes\"\n"))
    hearing.more("你好".encode())
    hearing.begin(CALL, delta(rb"{\"a\":1}"))
    assert hearing.heard == Heard('He said "yes"\n你好{"a":1}', "Let me see")


@pytest.mark.parametrize("data", [b"{}", b'{"delta":null}', b'{"delta":{"text":"x"}}'])
def test_a_delta_without_a_text_adds_nothing(data: bytes) -> None:
    hearing = Hearing()
    hearing.begin(TEXT, data)
    assert hearing.heard == Heard()


def test_half_of_a_character_does_not_lose_the_rest() -> None:
    hearing = Hearing()
    hearing.begin(TEXT, delta(rb"word \ud83d"))
    assert hearing.heard.said.startswith("word ")
