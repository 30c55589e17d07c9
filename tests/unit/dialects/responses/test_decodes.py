"""Forward mode decodes no delta: the interpreter counts JSON decodes, and deltas do not add to them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import msgspec
import pytest

from grok2api.kit.sse import Frame
from support.responses_api import UPSTREAM_ID, Json, forwarder, frames_of

FEW, MANY = 2, 300
TEXTS = ("a", "", 'say "hi": {', "\\u0041", "你好 🙂", "line\nbreak", '","delta":"', "}")
MESSAGE: Json = {"type": "message", "id": f"msg_{UPSTREAM_ID}", "role": "assistant", "content": []}
CALL: Json = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": ""}
REASONING: Json = {"type": "reasoning", "id": "rs_1", "summary": []}


class Decodes:
    """How many times a JSON text was decoded, by whatever means."""

    count = 0

    def note(self, frame: FrameType, event: str, called: Any) -> None:
        """Take down one call, as `sys.setprofile` tells of it."""
        if event == "call":
            self.count += frame.f_code is json.JSONDecoder.decode.__code__
        elif event == "c_call":
            by_decoder = isinstance(getattr(called, "__self__", None), msgspec.json.Decoder)
            self.count += called is msgspec.json.decode or (by_decoder and called.__name__ == "decode")


@contextmanager
def counted() -> Iterator[Decodes]:
    """Count decodes for as long as the block runs."""
    decodes, before = Decodes(), sys.getprofile()
    sys.setprofile(decodes.note)
    try:
        yield decodes
    finally:
        sys.setprofile(before)


def delta(kind: str, text: str, **more: Any) -> Json:
    return {
        "type": f"response.{kind}.delta",
        "sequence_number": 3,
        "item_id": "upstream",
        "output_index": 0,
        "delta": text,
        **more,
    }


def stream(item: Json, deltas: Sequence[Json], *, event_lines: bool) -> list[Frame]:
    """Return an answer of one item whose text comes in these deltas."""
    begun = {"id": UPSTREAM_ID, "status": "in_progress", "output": []}
    whole = {"id": UPSTREAM_ID, "status": "completed", "output": [item]}
    events = [
        {"type": "response.created", "sequence_number": 0, "response": begun},
        {"type": "response.in_progress", "sequence_number": 1, "response": begun},
        {"type": "response.output_item.added", "sequence_number": 2, "output_index": 0, "item": item},
        *deltas,
        {"type": "response.output_item.done", "sequence_number": 4, "output_index": 0, "item": item},
        {"type": "response.completed", "sequence_number": 5, "response": whole},
    ]
    return frames_of(events, event_lines=event_lines)


def decodes_of(frames: Sequence[Frame], *, one_by_one: bool) -> int:
    """Return how many JSON texts are decoded while an answer is forwarded."""
    presenter = forwarder()
    groups = [[frame] for frame in frames] if one_by_one else [list(frames)]
    with counted() as decodes:
        written = b"".join(presenter.feed(group) for group in groups)
    assert b"response.completed" in written
    return decodes.count


@pytest.mark.parametrize("decode", [msgspec.json.decode, msgspec.json.Decoder(dict).decode, json.loads])
def test_a_decode_is_seen(decode: Callable[[bytes], object]) -> None:
    with counted() as decodes:
        decode(b'{"a":"b"}')
    assert decodes.count >= 1


@pytest.mark.parametrize("event_lines", [True, False], ids=["event-lines", "data-only"])
@pytest.mark.parametrize("one_by_one", [True, False], ids=["one-by-one", "at-once"])
@pytest.mark.parametrize(
    ("item", "kind", "more"),
    [
        (MESSAGE, "output_text", {"content_index": 0, "logprobs": []}),
        (MESSAGE, "refusal", {"content_index": 0}),
        (CALL, "function_call_arguments", {}),
        (REASONING, "reasoning_summary_text", {"summary_index": 0}),
        (MESSAGE, "tomorrow", {"content_index": 0}),
    ],
)
def test_the_number_of_decodes_does_not_grow_with_the_deltas(
    item: Json, kind: str, more: Json, *, one_by_one: bool, event_lines: bool
) -> None:
    few, many = (
        decodes_of(
            stream(
                item,
                [delta(kind, TEXTS[place % len(TEXTS)], **more) for place in range(length)],
                event_lines=event_lines,
            ),
            one_by_one=one_by_one,
        )
        for length in (FEW, MANY)
    )
    assert many == few > 0
