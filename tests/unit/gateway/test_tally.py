"""What is told of an answer that was not heard to its end."""

from __future__ import annotations

import msgspec
import pytest

from grok2api.canonical.events import (
    Citation,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
)
from grok2api.canonical.plan import Surface
from grok2api.dialects.base import Heard
from grok2api.gateway.tally import Tally, guessed

PROMPTS: dict[Surface, bytes] = {
    "responses": msgspec.json.encode({"model": "m", "input": [{"role": "user", "content": "你好，世界"}]}),
    "chat": msgspec.json.encode({"model": "m", "messages": [{"role": "user", "content": "你好，世界"}]}),
}


@pytest.mark.parametrize("surface", ["responses", "chat"])
def test_the_prompt_counts_whichever_way_it_went(surface: Surface) -> None:
    sent = PROMPTS[surface]
    short = guessed(sent, surface, Heard())
    long = guessed(sent.replace("世界".encode(), "世界".encode() * 50), surface, Heard())
    assert short.estimated
    assert short.input >= 5
    assert long.input >= short.input + 98
    assert (short.output, short.cached, short.cost_ticks) == (0, 0, None)


@pytest.mark.parametrize(
    ("events", "output", "reasoning"),
    [
        ([], 0, 0),
        ([TextDelta("你"), TextDelta("好")], 2, 0),
        ([ReasoningDelta("想想"), TextDelta("好")], 3, 2),
        ([RefusalDelta("不")], 1, 0),
        ([Citation("https://a.example")], 0, 0),
        ([ToolCall("c", "f", "{}")], 3, 0),
    ],
    ids=["nothing", "text", "reasoning", "refusal", "a citation", "a call"],
)
def test_what_was_said_counts(events: list[TurnEvent], output: int, reasoning: int) -> None:
    tally = Tally()
    for event in events:
        tally.hear([event])
    usage = guessed(PROMPTS["responses"], "responses", tally.heard)
    assert (usage.output, usage.reasoning) == (output, reasoning)


def test_what_the_conversation_holds_counts_as_far_as_it_is_known() -> None:
    before = msgspec.json.encode({"type": "message", "role": "assistant", "content": "世界" * 30})
    alone, continued = (guessed(PROMPTS["responses"], "responses", Heard(), each) for each in ((), (before,)))
    assert continued.input >= alone.input + 60


def test_a_long_text_is_projected_from_its_beginning() -> None:
    heard = Heard(said="word " * 1_000_000)
    assert guessed(PROMPTS["responses"], "responses", heard).output == pytest.approx(1_000_000, rel=0.01)
