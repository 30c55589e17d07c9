"""What a finished response adds to its conversation: all that was said, and no id of an account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from grok2api.dialects.base import Answer
from grok2api.dialects.responses.sealing import Sealer
from grok2api.dialects.responses.transcript import turn_items
from support.responses_api import ACCOUNT, CALLER, IDS, UPSTREAM_ID, Json, parse

PREVIOUS = Sealer(IDS, account=ACCOUNT, owner=CALLER.key_id, model="grok-4").response(UPSTREAM_ID)
SAID: Json = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hello."}],
}
THOUGHT: Json = {"type": "reasoning", "id": "rs_1", "summary": []}
CALLED: Json = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}


def kept(request: Json, output: list[Json] | None = None, **more: Any) -> tuple[str, list[Json]] | None:
    call = replace(parse(msgspec.json.encode({"model": "grok-4", **request})), **more)
    turn = turn_items(call, Answer("resp_1", [SAID] if output is None else output))
    return None if turn is None else (turn.previous, [msgspec.json.decode(item) for item in turn.items])


def without_id(item: Json) -> Json:
    return {name: value for name, value in item.items() if name != "id"}


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ("My name is Bob.", [{"role": "user", "content": "My name is Bob."}]),
        ([{"role": "user", "content": "a"}, SAID], [{"role": "user", "content": "a"}, without_id(SAID)]),
    ],
    ids=["text", "items"],
)
def test_the_request_comes_before_its_answer(given: object, own: list[Json]) -> None:
    assert kept({"input": given}) == ("", [*own, without_id(SAID)])
    assert kept({"input": given, "previous_response_id": PREVIOUS}) == (PREVIOUS, [*own, without_id(SAID)])


def test_a_request_may_add_nothing() -> None:
    assert kept({"previous_response_id": PREVIOUS}) == (PREVIOUS, [without_id(SAID)])


def test_calls_stay_and_reasoning_only_if_somebody_can_read_it() -> None:
    sealed = {**THOUGHT, "encrypted_content": "enc_x.y"}
    found = kept({"input": "x"}, [THOUGHT, {**THOUGHT, "encrypted_content": None}, sealed, CALLED])
    assert found is not None
    assert found[1][1:] == [without_id(sealed), without_id(CALLED)]


def test_what_upstream_does_not_keep_is_not_kept_here() -> None:
    assert kept({"input": "x", "store": False}) is None
    assert kept({"input": "x", "store": True}) is not None
    assert kept({"input": "x", "store": None}) is not None


def test_a_call_that_stands_on_items_is_kept_whole() -> None:
    history = (msgspec.Raw(b'{"role":"user","content":"before"}'),)
    found = kept({"input": "x", "previous_response_id": PREVIOUS}, history=history)
    assert found == (
        "",
        [{"role": "user", "content": "before"}, {"role": "user", "content": "x"}, without_id(SAID)],
    )


def test_what_is_referred_to_is_kept_itself() -> None:
    call = parse(msgspec.json.encode({"model": "grok-4", "input": "x"}))
    reference = msgspec.json.encode([{"type": "item_reference", "id": "msg_1"}])
    body = call.body.edited({"input": msgspec.Raw(reference)})
    assert turn_items(replace(call, body=body), Answer("resp_1", [])) is None, "it is not known"
    known = replace(call, body=body, resolved={"msg_1": msgspec.json.encode(SAID)})
    turn = turn_items(known, Answer("resp_1", []))
    assert turn is not None
    assert [msgspec.json.decode(item) for item in turn.items] == [without_id(SAID)]
