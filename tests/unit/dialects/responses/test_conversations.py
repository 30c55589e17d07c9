"""What a connection remembers: items of a conversation, within a bound, until a turn fails."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from grok2api.canonical.plan import Target
from grok2api.dialects.responses.conversations import (
    Conversation,
    Conversations,
    Room,
    check_outputs,
    continued,
)
from grok2api.dialects.responses.sealing import Sealer
from grok2api.errors import InvalidRequest
from support.responses_api import ACCOUNT, CALLER, DIALECT, IDS, LEASE, UPSTREAM_ID, VIEW, parse

CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "1"}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "yes"}]}


def items_of(conversation: Conversation | None) -> list[Any]:
    assert conversation is not None
    return [msgspec.json.decode(item) for item in conversation.items]


def of_size(size: int) -> Conversation:
    return Conversation((), frozenset(), None, None, size)


def test_a_conversation_grows_by_what_was_asked_and_answered() -> None:
    first = continued(None, parse({"input": "one"}), [CALL], b"account")
    named = Sealer(IDS, account=ACCOUNT, owner=CALLER.key_id, model="grok-4").response(UPSTREAM_ID)
    second = continued(first, parse({"input": [OUTPUT], "previous_response_id": named}), [SAID])
    assert items_of(second) == [{"role": "user", "content": "one"}, CALL, OUTPUT, SAID]
    assert second is not None
    assert second.calls == {"call_1"}
    assert second.account == b"account", "who answered last"
    assert second.size == sum(len(bytes(item)) for item in second.items)


def test_the_next_request_stands_on_it() -> None:
    before = continued(None, parse({"input": "one"}), [SAID])
    assert before is not None
    call = dataclasses.replace(parse({"input": "two", "stream": True}), history=before.items)
    dispatch = DIALECT.translate(call, Target("grok-4.7", None), LEASE)
    body = msgspec.json.decode(dispatch.content or b"")
    assert body["input"] == [{"role": "user", "content": "one"}, SAID, {"role": "user", "content": "two"}]


def test_reasoning_is_kept_only_where_a_model_can_read_it() -> None:
    sealed = {"type": "reasoning", "summary": [], "encrypted_content": "abc"}
    kept = continued(None, parse({"input": "one"}), [{"type": "reasoning", "summary": []}, sealed])
    assert items_of(kept)[1:] == [sealed]


@pytest.mark.parametrize("reference", [{"type": "item_reference", "id": "msg_1"}, {"id": "msg_1"}])
def test_a_conversation_that_only_refers_to_an_item_is_known_once_that_is(reference: dict[str, str]) -> None:
    """Upstream's own id stays behind: another account may serve the next turn."""
    call = parse({"input": "placeholder"})
    call = dataclasses.replace(call, body=call.body.edited({"input": [reference]}))
    assert continued(None, call) is None
    known = dataclasses.replace(call, resolved={"msg_1": msgspec.json.encode({**SAID, "id": "msg_up"})})
    assert items_of(continued(None, known)) == [SAID]


def test_the_oldest_is_forgotten_first() -> None:
    conversations = Conversations(Room())
    for name in ("a", "b", "c"):
        conversations.keep(name, of_size(4), limit=10, most=100)
    assert [name for name in "abc" if conversations.recall(name)] == ["b", "c"]
    conversations.forget("b")
    conversations.forget("b")
    conversations.keep("d", of_size(4), limit=10, most=100)
    assert [name for name in "abcd" if conversations.recall(name)] == ["c", "d"]
    conversations.keep("e", of_size(11), limit=10, most=100)
    assert [name for name in "abcde" if conversations.recall(name)] == [], "nothing may be over the limit"
    assert conversations.recall(None) is None


def test_all_connections_share_what_a_worker_remembers() -> None:
    room = Room()
    one, other = Conversations(room), Conversations(room)
    one.keep("a", of_size(6), limit=10, most=12)
    other.keep("b", of_size(4), limit=10, most=12)
    other.keep("c", of_size(4), limit=10, most=12)
    assert [other.recall("b"), one.recall("a") is not None] == [None, True], "each makes way for itself only"
    other.keep("d", of_size(7), limit=10, most=12)
    assert (other.recall("d"), room.taken) == (None, 6)
    one.clear()
    one.clear()
    assert (one.recall("a"), room.taken) == (None, 0)


@pytest.mark.parametrize(
    ("items", "param"),
    [
        ([OUTPUT], None),
        ([{**OUTPUT, "call_id": "call_2"}], "input[0].call_id"),
        ([{"role": "user", "content": "x"}, {**OUTPUT, "call_id": "call_2"}], "input[1].call_id"),
        ([{**CALL, "call_id": "call_2"}, {**OUTPUT, "call_id": "call_2"}], None),
        ([{**OUTPUT, "type": "custom_tool_call_output", "call_id": "call_2"}], "input[0].call_id"),
        ("text", None),
    ],
)
def test_an_output_needs_its_call(items: Any, param: str | None) -> None:
    before = continued(None, parse({"input": "one"}), [CALL])
    assert before is not None
    raw = msgspec.json.encode(items)
    if param is None:
        check_outputs(before, raw)
        return
    with pytest.raises(InvalidRequest) as refused:
        check_outputs(before, raw)
    assert refused.value.param == param


def test_a_prepared_response_is_nobody_elses() -> None:
    call = parse({"input": "one", "instructions": "Be brief."})
    response_id, events = DIALECT.prepared(call, VIEW)
    assert events.endswith(b"data: [DONE]\n\n")
    assert events.count(response_id.encode()) == 2
    assert b'"instructions":"Be brief."' in events
