"""Stored responses: only the key that made one may see it, and it sees the ids it was given."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from openai.types.responses.response_item_list import ResponseItemList

from grok2api.dialects.responses.stored import (
    deleted_body,
    input_items_body,
    open_stored,
    response_body,
    stored_sealer,
    upstream_cursor,
)
from grok2api.errors import NotFound
from support.responses_api import (
    ACCOUNT,
    CALLER,
    IDS,
    OTHER,
    UPSTREAM_ID,
    Json,
    forwarder,
    judge_response,
)

STORED: Json = {
    "id": UPSTREAM_ID,
    "object": "response",
    "created_at": 1795396001,
    "completed_at": 1795396003,
    "model": "grok-4.7",
    "status": "completed",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "a"}],
        }
    ],
    "previous_response_id": None,
    "temperature": None,
    "tools": [],
    "tool_choice": "auto",
    "text": {"format": {"type": "text"}},
    "reasoning": {"effort": "high", "summary": "detailed"},
    "metadata": {"system_fingerprint": "fp_1"},
    "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
}


def created() -> Json:
    """Return what the client was told when the response was made."""
    return msgspec.json.decode(forwarder().whole(msgspec.json.encode(STORED)), type=dict[str, Any])


def test_the_same_object_is_found_again() -> None:
    told = created()
    ref = open_stored(told["id"], CALLER, IDS)
    assert (ref.upstream_id, ref.model, ref.path) == (UPSTREAM_ID, "grok-4", f"/responses/{UPSTREAM_ID}")
    assert ref.account_pin == IDS.account_hash(ACCOUNT)
    sealer = stored_sealer(ref, IDS, CALLER, ACCOUNT)
    body = msgspec.json.decode(
        response_body(msgspec.json.encode(STORED), sealer, 0, lambda _model: None), type=dict[str, Any]
    )
    judge_response(body)
    assert body == told


def test_the_response_before_is_named_as_the_client_knows_it() -> None:
    told = created()
    sealer = stored_sealer(open_stored(told["id"], CALLER, IDS), IDS, CALLER, ACCOUNT)
    later = {**STORED, "id": "later", "previous_response_id": UPSTREAM_ID}
    body = msgspec.json.decode(response_body(msgspec.json.encode(later), sealer, 0, lambda _model: None))
    assert body["previous_response_id"] == told["id"]
    assert open_stored(body["id"], CALLER, IDS).upstream_id == "later"


@pytest.mark.parametrize("public_id", ["", "resp_1", "resp_", UPSTREAM_ID, "resp_" + "A" * 90, "msg_é/../x"])
def test_junk_is_not_found(public_id: str) -> None:
    with pytest.raises(NotFound, match="No response found with id"):
        open_stored(public_id, CALLER, IDS)


def test_another_keys_response_is_not_found() -> None:
    told = created()
    with pytest.raises(NotFound) as caught:
        open_stored(told["id"], OTHER, IDS)
    assert (caught.value.status, caught.value.code) == (404, "not_found")
    with pytest.raises(NotFound):
        open_stored(told["output"][0]["id"], CALLER, IDS)


def test_a_deletion_is_confirmed() -> None:
    assert msgspec.json.decode(deleted_body("resp_1")) == {
        "id": "resp_1",
        "object": "response",
        "deleted": True,
    }


def test_input_items_are_listed_with_ids() -> None:
    ref = open_stored(created()["id"], CALLER, IDS)
    upstream = {
        "data": [
            {"role": "user", "content": "hi"},
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "a"}],
            },
            {
                "type": "function_call_output",
                "id": "fco_1",
                "call_id": "c",
                "output": "x",
                "status": "completed",
            },
        ],
        "has_more": True,
    }
    body = input_items_body(msgspec.json.encode(upstream), ref, stored_sealer(ref, IDS, CALLER, ACCOUNT))
    listed = ResponseItemList.model_validate_json(body)
    plain = msgspec.json.decode(body)
    assert [item["type"] for item in plain["data"]] == ["message", "message", "function_call_output"]
    assert (listed.first_id, listed.last_id) == (plain["data"][0]["id"], plain["data"][2]["id"])
    assert listed.has_more
    assert plain["data"][1]["id"] == created()["output"][0]["id"]
    assert upstream_cursor(plain["data"][1]["id"], CALLER, IDS) == "msg_1"
    assert upstream_cursor(plain["data"][1]["id"], OTHER, IDS) is None


def test_an_empty_list_is_a_list() -> None:
    ref = open_stored(created()["id"], CALLER, IDS)
    body = input_items_body(b"{}", ref, stored_sealer(ref, IDS, CALLER, ACCOUNT))
    assert msgspec.json.decode(body) == {
        "object": "list",
        "data": [],
        "first_id": "",
        "last_id": "",
        "has_more": False,
    }
