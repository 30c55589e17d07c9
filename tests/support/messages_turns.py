"""Messages requests, what goes upstream for them, and what a client reads of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.call import Call, Caller, Thinking
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.plan import Plan, Surface, Target
from grok2api.dialects.base import Dialect, Envelope, View
from grok2api.dialects.messages.dialect import MessagesDialect
from grok2api.dialects.messages.writer import MessagesWriter
from grok2api.dialects.reasoning_origin import marked
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.sse import FrameReader
from support.chat_turns import CREATED, reader

IDS = SealedIds(b"k" * 64)
DIALECT = MessagesDialect(IDS)
SHARED: Dialect = DIALECT
ACCOUNT, OWNER = "acct_1", "key_1"
PLAN = Plan("grok-4", "turn", (Target("grok-4.7"),))
MINIMAL: dict[str, Any] = {
    "model": "grok-4",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "hello"}],
}

Json = dict[str, Any]


def envelope(*, strict: bool = False, conversation: str | None = None, owner: str = OWNER) -> Envelope:
    """Return what is known of a request beside its body."""
    caller = Caller(owner, "name", strict=strict)
    return Envelope(request_id="req_test", caller=caller, received_at=0.0, conversation=conversation)


def parsed(
    body: Json | bytes, *, strict: bool = False, conversation: str | None = None, owner: str = OWNER
) -> Call:
    """Return the call of a request body; a mapping is laid over the smallest valid one."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(MINIMAL | body)
    return DIALECT.parse(raw, envelope(strict=strict, conversation=conversation, owner=owner))


def said(*messages: Json) -> Json:
    """Return a body with this conversation."""
    return {"messages": list(messages)}


def lease_of(account: str) -> Lease:
    """Return a lease on a credential of an account."""
    return Lease(credential_id="c", account_id=account, token="t", base_url="http://127.0.0.1:9/v1")


def dispatched(
    body: Json,
    surface: Surface = "responses",
    *,
    account: str = ACCOUNT,
    effort: str | None = None,
    amendments: Amendments = UNAMENDED,
) -> Dispatch:
    """Return the request that goes upstream."""
    target = Target("grok-4.7", effort, surface)
    return DIALECT.translate(parsed(body), target, lease_of(account), amendments)


def sent(body: Json, surface: Surface = "responses", *, effort: str | None = None) -> Json:
    """Return the body that goes upstream."""
    content = dispatched(body, surface, effort=effort).content
    assert content is not None
    return msgspec.json.decode(content, type=Json)


def signature(content: str, *, account: str = ACCOUNT, owner: str = OWNER) -> str:
    """Return the signature that a client was given for encrypted reasoning."""
    return marked(IDS, content, account=account, owner=owner)


def writer(
    body: Json | None = None, *, thinking: Thinking = "reasoning_content", plan: Plan = PLAN
) -> MessagesWriter:
    """Return a writer for an answer to a request."""
    call = parsed({"stream": True} | (body or {}))
    view = View(created=CREATED, thinking=call.thinking or thinking, account=ACCOUNT)
    return DIALECT.writer(call, plan, view)


def client_bytes(surface: Surface, chunks: Iterable[bytes], body: Json | None = None) -> bytes:
    """Return what a client reads of an upstream stream that comes in these chunks."""
    frames, events, out = FrameReader(), reader(surface), writer(body)
    written = [out.write(events.feed(frames.feed(chunk))) for chunk in chunks]
    return b"".join([*written, out.write(events.end())])


def events_in(stream: bytes) -> list[Json]:
    """Return the events that a client decodes, each named by its `event:` line as by its type."""
    events = []
    for frame in FrameReader().feed(stream):
        event = msgspec.json.decode(frame.data, type=Json)
        assert frame.event.decode() == event["type"]
        events.append(event)
    return events
