"""Chat requests, upstream streams in every framing, and what a client reads of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from grok2api.canonical.call import Call, Caller, Thinking
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.plan import Plan, Surface, Target
from grok2api.dialects.base import Dialect, Envelope, View
from grok2api.dialects.chat.dialect import ChatDialect
from grok2api.dialects.chat.writer import ChatWriter
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.sse import Frame, FrameReader
from grok2api.upstream.xai.chat_reader import ChatReader
from grok2api.upstream.xai.responses_reader import ResponsesReader

IDS = SealedIds(b"c" * 64)
DIALECT: Dialect = ChatDialect(IDS)
CREATED = 1_795_396_227
LEASE = Lease(credential_id="c", account_id="a", token="t", base_url="http://127.0.0.1:9/v1")
PLAN = Plan("grok-4", "turn", (Target("grok-4.7"),))
MINIMAL: dict[str, Any] = {"model": "grok-4", "messages": [{"role": "user", "content": "hello"}]}


def parsed(body: dict[str, Any] | bytes, *, strict: bool = False, conversation: str | None = None) -> Call:
    """Return the call of a request body; a mapping is laid over the smallest valid one."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(MINIMAL | body)
    envelope = Envelope(
        request_id="req_test",
        caller=Caller("k", "name", strict=strict),
        received_at=0.0,
        conversation=conversation,
    )
    return DIALECT.parse(raw, envelope)


def dispatched(body: dict[str, Any], surface: Surface = "responses", effort: str | None = None) -> Dispatch:
    """Return the request that goes upstream."""
    return DIALECT.translate(parsed(body), Target("grok-4.7", effort, surface), LEASE)


def sent(body: dict[str, Any], surface: Surface = "responses", effort: str | None = None) -> dict[str, Any]:
    """Return the body that goes upstream."""
    content = dispatched(body, surface, effort).content
    assert content is not None
    return msgspec.json.decode(content, type=dict[str, Any])


def writer(body: dict[str, Any] | None = None, thinking: Thinking = "reasoning_content") -> ChatWriter:
    """Return a writer for an answer to a request."""
    view = View(created=CREATED, thinking=thinking)
    return ChatDialect(IDS).writer(parsed({"stream": True} | (body or {})), PLAN, view)


def reader(surface: Surface) -> ResponsesReader | ChatReader:
    """Return a reader for a surface."""
    return ResponsesReader() if surface == "responses" else ChatReader()


def stream_of(
    payloads: Iterable[bytes], *, event_lines: bool = False, end: Literal["\n", "\r\n"] = "\n"
) -> bytes:
    """Return payloads as an event stream, ended by the end mark."""
    lines = []
    for payload in payloads:
        kind = msgspec.json.decode(payload).get("type") if event_lines else None
        head = f"event: {kind}\n" if kind else ""
        lines.append(head.encode() + b"data: " + payload + b"\n\n")
    return b"".join([*lines, b"data: [DONE]\n\n"]).replace(b"\n", end.encode())


def frames_of(payloads: Iterable[dict[str, Any]]) -> list[Frame]:
    """Return events as frames without an event line."""
    return [Frame(b"", msgspec.json.encode(payload)) for payload in payloads]


def client_bytes(
    surface: Surface,
    chunks: Iterable[bytes],
    body: dict[str, Any] | None = None,
    thinking: Thinking = "reasoning_content",
) -> bytes:
    """Return what a client reads of an upstream stream that comes in these chunks."""
    frames, events, out = FrameReader(), reader(surface), writer(body, thinking)
    written = [out.write(events.feed(frames.feed(chunk))) for chunk in chunks]
    return b"".join([*written, out.write(events.end())])


def chunks_in(stream: bytes) -> list[dict[str, Any]]:
    """Return the chunks that a client decodes."""
    return list(_chunks(FrameReader().feed(stream)))


def _chunks(frames: Sequence[Frame]) -> Iterator[dict[str, Any]]:
    for frame in frames:
        if frame.data != b"[DONE]":
            yield msgspec.json.decode(frame.data, type=dict[str, Any])
