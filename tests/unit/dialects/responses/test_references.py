"""References in the input: what they mean, who may use them, and the items in their place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.plan import Target
from grok2api.dialects.responses import references
from grok2api.dialects.responses.sealing import Sealer
from grok2api.errors import InvalidRequest, Unsupported
from support.responses_api import ACCOUNT, CALLER, DIALECT, IDS, LEASE, OTHER, UPSTREAM_ID, Json, parse

ITEM: Json = {"type": "message", "id": f"msg_{UPSTREAM_ID}", "role": "assistant", "content": "a"}
THOUGHT: Json = {"type": "reasoning", "id": f"rs_{UPSTREAM_ID}", "summary": [], "encrypted_content": "e"}
SAID: Json = {"role": "user", "content": "x"}
ELSEWHERE = replace(LEASE, account_id="account_2")


def named(kind: str = "message", name: str = f"msg_{UPSTREAM_ID}") -> str:
    sealer = Sealer(IDS, account=ACCOUNT, owner=CALLER.key_id, model="grok-4")
    sealer.response(UPSTREAM_ID)
    return sealer.item(kind, name, 0)


MESSAGE = named()
REASONING = named("reasoning", f"rs_{UPSTREAM_ID}")


def sent(
    items: list[Json], lease: Any = LEASE, amendments: Amendments | None = None
) -> tuple[Json, tuple[str, ...]]:
    """Return the body of an attempt and the paths that it left out."""
    call = parse({"input": items})
    resolved = {MESSAGE: msgspec.json.encode(ITEM), REASONING: msgspec.json.encode(THOUGHT)}
    call = replace(call, resolved=resolved)
    dispatch = DIALECT.translate(call, Target("grok-4.7"), lease, amendments or Amendments())
    return msgspec.json.decode(dispatch.content or b""), dispatch.dropped


@pytest.mark.parametrize(
    "reference",
    [
        {"type": "item_reference", "id": MESSAGE},
        {"id": MESSAGE},
        {"type": None, "id": MESSAGE},
        {"type": "item_reference", "id": MESSAGE, "status": "completed"},
    ],
)
def test_the_item_stands_where_it_was_named(reference: Json) -> None:
    body, dropped = sent([SAID, reference, SAID])
    assert body["input"] == [SAID, ITEM, SAID]
    assert dropped == ()
    (found,) = parse({"input": [SAID, reference]}).references
    assert (found.public_id, found.param) == (MESSAGE, "input[1].id")
    assert found.account == IDS.account_hash(ACCOUNT)
    assert (found.address.holder, found.address.name) == (UPSTREAM_ID, f"msg_{UPSTREAM_ID}")


def test_items_with_ids_of_their_own_are_opened_beside_references() -> None:
    body, _ = sent([{"id": MESSAGE}, {**ITEM, "id": MESSAGE}])
    assert body["input"] == [ITEM, ITEM]


def test_another_account_gets_no_ids_and_no_reasoning_that_it_cannot_read() -> None:
    body, dropped = sent([SAID, {"id": REASONING}, {"id": MESSAGE}], ELSEWHERE)
    assert body["input"] == [SAID, {name: value for name, value in ITEM.items() if name != "id"}]
    assert dropped == ("input[1]",)


def test_a_strict_key_has_nothing_left_out() -> None:
    strict = replace(CALLER, strict=True)
    call = replace(
        parse({"input": [SAID, {"id": REASONING}]}, caller=strict),
        resolved={REASONING: msgspec.json.encode(THOUGHT)},
    )
    assert DIALECT.translate(call, Target("grok-4.7"), LEASE).dropped == ()
    with pytest.raises(Unsupported) as caught:
        DIALECT.translate(call, Target("grok-4.7"), ELSEWHERE)
    assert caught.value.param == "input[1]"


def test_reasoning_that_upstream_refused_is_left_out() -> None:
    body, dropped = sent(
        [SAID, {"id": REASONING}, {"id": MESSAGE}], LEASE, Amendments(without_reasoning=True)
    )
    assert body["input"] == [SAID, ITEM]
    assert dropped == ("input[1]",)


@pytest.mark.parametrize(
    ("items", "code", "param"),
    [
        ([SAID, {"type": "item_reference", "id": "rs_1"}], "invalid_value", "input[1].id"),
        ([{"id": "msg_" + "A" * 90}], "invalid_value", "input[0].id"),
        ([{"id": ""}], "missing_required_parameter", "input[0].id"),
        ([{"type": "item_reference"}], "missing_required_parameter", "input[0].id"),
        ([{"id": MESSAGE, "content": "x"}], "missing_required_parameter", "input[0].type"),
        ([{"id": f"msg_{UPSTREAM_ID}"}], "invalid_value", "input[0].id"),
    ],
)
def test_what_is_no_reference_is_named(items: list[Json], code: str, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse({"input": items})
    assert (caught.value.code, caught.value.param) == (code, param)


def test_another_keys_item_reads_like_one_that_never_was() -> None:
    messages = set()
    for public_id, caller in ((MESSAGE, OTHER), ("msg_1", CALLER)):
        with pytest.raises(InvalidRequest) as caught:
            parse({"input": [{"id": public_id}]}, caller=caller)
        messages.add(caught.value.public_message.replace(public_id, "ID"))
    assert len(messages) == 1


def test_there_is_a_bound() -> None:
    items: list[Any] = [{"id": MESSAGE}] * (references.MOST_REFERENCES + 1)
    with pytest.raises(InvalidRequest, match="more than 2000 items"):
        parse({"input": items})
    many = []
    for number in range(references.MOST_RESPONSES + 1):
        sealer = Sealer(IDS, account=ACCOUNT, owner=CALLER.key_id, model="grok-4")
        sealer.response(f"00000000-0000-4000-8000-{number:012x}")
        many.append({"id": sealer.item("message", "msg_1", 0)})
    with pytest.raises(InvalidRequest, match="more than 500 responses"):
        parse({"input": many})


def test_a_conversation_without_references_is_not_read_for_them() -> None:
    assert parse({"input": [SAID]}).references == ()
    assert parse({}).references == ()


@pytest.mark.parametrize(
    ("items", "param"),
    [
        ([SAID, {"type": "function_call_output", "call_id": "c", "output": "x"}], "input[1].call_id"),
        (
            [
                {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "a", "output": "x"},
                {"type": "function_call_output", "call_id": "b", "output": "x"},
            ],
            "input[2].call_id",
        ),
        ([{"type": "custom_tool_call_output", "call_id": "c", "output": "x"}], "input[0].call_id"),
    ],
)
def test_a_result_without_its_call_is_refused(items: list[Json], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse({"input": items})
    assert (caught.value.code, caught.value.param) == ("invalid_value", param)


@pytest.mark.parametrize(
    "past",
    [{"id": MESSAGE}, {"type": "compaction", "encrypted_content": "e"}],
    ids=["reference", "compaction"],
)
def test_a_result_may_answer_what_is_not_in_sight(past: Json) -> None:
    result = {"type": "function_call_output", "call_id": "c", "output": "x"}
    assert parse({"input": [past, result]}).account_pin is None
    sealer = Sealer(IDS, account=ACCOUNT, owner=CALLER.key_id, model="grok-4")
    going_on = {"input": [result], "previous_response_id": sealer.response(UPSTREAM_ID)}
    assert parse(going_on).account_pin == IDS.account_hash(ACCOUNT)
