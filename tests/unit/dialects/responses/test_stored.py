"""Stored responses: only the key that made one may see it, and it sees the ids it was given."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from openai.types.responses.response_item_list import ResponseItemList

from grok2api.dialects.responses.stored import (
    deleted_body,
    input_items_body,
    kept,
    open_stored,
    replayed,
    response_body,
    stored_sealer,
    upstream_cursor,
)
from grok2api.errors import InvalidRequest, NotFound
from support.responses_api import (
    ACCOUNT,
    CALLER,
    IDS,
    OTHER,
    UPSTREAM_ID,
    Json,
    events_in,
    forwarder,
    judge_response,
    judge_stream,
)


def free(_model: str) -> None:
    """Tell no price."""


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


@pytest.mark.parametrize("background", [False, True])
def test_an_id_tells_whether_it_was_asked_for_in_the_background(background: bool) -> None:
    fields: Json = {"background": background, "store": True}
    body = forwarder(fields).whole(msgspec.json.encode(STORED))
    made = msgspec.json.decode(body, type=dict[str, Any])
    reference = open_stored(made["id"], CALLER, IDS)
    assert (reference.background, reference.upstream_id, reference.model) == (
        background,
        UPSTREAM_ID,
        "grok-4",
    )
    shown = response_body(msgspec.json.encode(STORED), stored_sealer(reference, IDS, CALLER), 0, free)
    again = msgspec.json.decode(shown, type=dict[str, Any])
    assert (again["id"], again["background"]) == (made["id"], background)
    assert made["background"] is background


def created() -> Json:
    """Return what the client was told when the response was made."""
    return msgspec.json.decode(forwarder().whole(msgspec.json.encode(STORED)), type=dict[str, Any])


def test_the_same_object_is_found_again() -> None:
    told = created()
    ref = open_stored(told["id"], CALLER, IDS)
    assert (ref.upstream_id, ref.model, ref.path) == (UPSTREAM_ID, "grok-4", f"/responses/{UPSTREAM_ID}")
    assert ref.account_pin == IDS.account_hash(ACCOUNT)
    sealer = stored_sealer(ref, IDS, CALLER)
    body = msgspec.json.decode(
        response_body(msgspec.json.encode(STORED), sealer, 0, free), type=dict[str, Any]
    )
    judge_response(body)
    assert body == told


def test_the_response_before_is_named_as_the_client_knows_it() -> None:
    told = created()
    sealer = stored_sealer(open_stored(told["id"], CALLER, IDS), IDS, CALLER)
    later = {**STORED, "id": "later", "previous_response_id": UPSTREAM_ID}
    body = msgspec.json.decode(response_body(msgspec.json.encode(later), sealer, 0, free))
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


def replay(**changes: Any) -> bytes:
    ref = open_stored(created()["id"], CALLER, IDS)
    sealer = stored_sealer(ref, IDS, CALLER)
    return replayed(msgspec.json.encode({**STORED, **changes}), sealer, 0, free)


@pytest.mark.parametrize("status", ["completed", "incomplete"])
def test_a_stored_response_is_told_again_from_the_beginning(status: str) -> None:
    last = judge_stream(replay(status=status))
    assert last["status"] == status
    told = created()
    assert last["id"] == told["id"]
    assert [item["id"] for item in last["output"]] == [item["id"] for item in told["output"]]


def test_a_failure_is_told_again_as_one() -> None:
    events = events_in(replay(status="failed", output=[], error={"code": "x", "message": "secret text"}))
    assert [event["type"] for event in events] == ["response.created", "response.failed", "[DONE]"]
    assert events[1]["response"]["error"]["code"] == "server_error"
    assert "secret text" not in str(events)


@pytest.mark.parametrize("status", ["in_progress", "queued", None])
def test_what_is_not_finished_cannot_be_told(status: str | None) -> None:
    with pytest.raises(InvalidRequest, match="not finished"):
        replay(status=status)


@pytest.mark.parametrize(
    ("told", "expected"), [({}, True), ({"store": True}, True), ({"store": False}, False)]
)
def test_upstreams_word_about_storing_counts(told: Json, expected: bool) -> None:
    assert kept(msgspec.json.encode({**STORED, **told})) is expected


def test_metadata_is_shown_where_upstream_keeps_it() -> None:
    sealer = stored_sealer(open_stored(created()["id"], CALLER, IDS), IDS, CALLER)
    content = msgspec.json.encode({**STORED, "metadata": {"system_fingerprint": "fp", "job": "7"}})
    assert msgspec.json.decode(response_body(content, sealer, 0, free))["metadata"] == {"job": "7"}


def test_what_was_not_to_be_stored_is_not_found() -> None:
    whole = forwarder({"store": False}).whole(msgspec.json.encode(STORED))
    with pytest.raises(NotFound):
        open_stored(msgspec.json.decode(whole)["id"], CALLER, IDS)


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
    body = input_items_body(msgspec.json.encode(upstream), ref, stored_sealer(ref, IDS, CALLER))
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
    body = input_items_body(b"{}", ref, stored_sealer(ref, IDS, CALLER))
    assert msgspec.json.decode(body) == {
        "object": "list",
        "data": [],
        "first_id": "",
        "last_id": "",
        "has_more": False,
    }
