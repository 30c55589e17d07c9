"""What the studio tells reads like an answer of xAI's own: by the reader, and by the forwarder."""

from __future__ import annotations

import msgspec

from grok2api.canonical.events import ReasoningDelta, TextDelta, TurnFinished, TurnStarted
from grok2api.canonical.usage import Usage
from grok2api.gateway.studio.script import Script
from grok2api.upstream.xai.responses_reader import ResponsesReader

USAGE = Usage(input=3, output=4, cost_ticks=200_000_000)


def now() -> float:
    return 1_795_396_227.9


def test_a_stream_is_read_as_a_turn() -> None:
    script, reader = Script("grok-imagine-video", now), ResponsesReader()
    frames = [*script.opening(), *script.thinking("10 %\n"), *script.thinking("90 %\n")]
    events = reader.feed([*frames, *script.answer("![image](x)", USAGE)])
    assert isinstance(events[0], TurnStarted)
    assert (events[0].model, events[0].created) == ("grok-imagine-video", 1_795_396_227)
    thoughts = [event.text for event in events if isinstance(event, ReasoningDelta)]
    assert "".join(thoughts) == "10 %\n90 %\n"
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["![image](x)"]
    assert events[-1] == TurnFinished("stop", USAGE)


def test_a_whole_answer_is_read_as_a_turn() -> None:
    events = ResponsesReader().whole(Script("grok-imagine-image", now).whole("text", USAGE))
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["text"]
    assert events[-1] == TurnFinished("stop", USAGE)


def test_events_are_numbered_and_agree_with_the_object() -> None:
    script = Script("grok-imagine-image", now)
    frames = [*script.opening(), *script.thinking("a"), *script.answer("text", None)]
    events = [msgspec.json.decode(frame.data) for frame in frames]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [frame.event.decode() for frame in frames] == [event["type"] for event in events]
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert events[-1]["response"]["output"] == done
    assert events[-1]["response"]["store"] is False


def test_a_long_text_comes_in_pieces() -> None:
    text = "![image](data:image/png;base64," + "A" * 100_000 + ")"
    deltas = [
        msgspec.json.decode(frame.data)["delta"]
        for frame in Script("m", now).answer(text, None)
        if frame.event == b"response.output_text.delta"
    ]
    assert "".join(deltas) == text
    assert max(map(len, deltas)) < 20_000


def test_two_answers_have_different_ids() -> None:
    first, second = (Script("m", now).whole("text", None) for _ in range(2))
    assert msgspec.json.decode(first)["id"] != msgspec.json.decode(second)["id"]
