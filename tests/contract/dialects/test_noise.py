"""What arrives instead of an event stream is read, or is a ValueError that the gateway tells: no crash."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.plan import Surface
from grok2api.kit.sse import FrameReader
from support import chat_turns, messages_turns, responses_api
from support.transcripts import events_of, folders_of, surface_of

STREAMS: list[tuple[Surface, bytes]] = [
    (
        surface_of(folder),
        chat_turns.stream_of(events_of(folder), event_lines=True),
    )
    for dialect in ("chat", "responses", "messages")
    for folder in folders_of(dialect)
    if (folder / "upstream.jsonl").exists()
]
TOKENS = (
    *(b"null", b"[]", b"{}", b'""', b"-1", b"1e999", b"true", b'{"a":', b"[[[[", b'"\\ud800"', b"\xff\xfe"),
    *(
        b"\n",
        b"\n\n",
        b"\r",
        b"data:",
        b"event: error\n",
        b"data: {}\n\n",
        b'data: {"error":null}\n\n',
        b"\x00",
    ),
)
edits = st.lists(
    st.tuples(
        st.integers(0, 9000), st.integers(0, 40), st.one_of(st.sampled_from(TOKENS), st.binary(max_size=6))
    ),
    min_size=1,
    max_size=4,
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


def read_by_chat(surface: Surface, stream: bytes) -> None:
    try:
        chat_turns.client_bytes(surface, [stream])
    except ValueError:
        return


def read_by_messages(surface: Surface, stream: bytes) -> None:
    try:
        messages_turns.client_bytes(surface, [stream], {"thinking": {"type": "adaptive"}})
    except ValueError:
        return


def read_by_responses(stream: bytes) -> None:
    try:
        responses_api.read(responses_api.forwarder(), [stream])
    except ValueError:
        return


@given(st.sampled_from(STREAMS), edits)
def test_noise_in_a_stream_is_read_or_told(
    recorded: tuple[Surface, bytes], changes: list[tuple[int, int, bytes]]
) -> None:
    surface, stream = recorded
    for place, gone, new in changes:
        at = min(place, len(stream))
        stream = stream[:at] + new + stream[at + gone :]
    read_by_chat(surface, stream)
    read_by_messages(surface, stream)
    if surface == "responses":
        read_by_responses(stream)


@given(st.sampled_from(STREAMS), st.data())
def test_a_value_of_any_type_in_any_place_is_read_or_told(
    recorded: tuple[Surface, bytes], data: st.DataObject
) -> None:
    surface, stream = recorded
    frames = FrameReader().feed(stream)[:-1]
    place = data.draw(st.integers(0, len(frames) - 1))
    event = msgspec.json.decode(frames[place].data, type=dict[str, Any])
    spot: Any = event
    while isinstance(spot, dict) and spot:
        name = data.draw(st.sampled_from(sorted(spot)))
        if not isinstance(spot[name], dict) or data.draw(st.booleans()):
            spot[name] = data.draw(values)
            break
        spot = spot[name]
    payloads = [frame.data for frame in frames]
    payloads[place] = msgspec.json.encode(event)
    changed = b"".join(b"data: " + payload + b"\n\n" for payload in payloads) + b"data: [DONE]\n\n"
    read_by_chat(surface, changed)
    if surface == "responses":
        read_by_responses(changed)
