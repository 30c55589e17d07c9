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
from grok2api.gateway.tally import Tally

PROMPTS: dict[Surface, bytes] = {
    "responses": msgspec.json.encode({"model": "m", "input": [{"role": "user", "content": "你好，世界"}]}),
    "chat": msgspec.json.encode({"model": "m", "messages": [{"role": "user", "content": "你好，世界"}]}),
}


@pytest.mark.parametrize("surface", ["responses", "chat"])
def test_the_prompt_counts_whichever_way_it_went(surface: Surface) -> None:
    short = Tally(PROMPTS[surface], surface).usage()
    long = Tally(PROMPTS[surface].replace("世界".encode(), "世界".encode() * 50), surface).usage()
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
    tally = Tally(PROMPTS["responses"], "responses")
    for event in events:
        tally.hear([event])
    usage = tally.usage()
    assert (usage.output, usage.reasoning) == (output, reasoning)
