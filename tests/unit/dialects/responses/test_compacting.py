"""Compaction: byte for byte what goes to upstream and what the client reads, and what comes back later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from openai.types.responses import CompactedResponse

from grok2api.canonical.call import Call, Caller
from grok2api.canonical.plan import Target
from grok2api.dialects.base import Envelope
from grok2api.dialects.reasoning_origin import marked, origin_of
from grok2api.dialects.responses.compacting import CompactDialect
from grok2api.dialects.responses.sealing import Sealer, owned_response
from grok2api.errors import InvalidRequest, Unsupported
from support.responses_api import (
    ACCOUNT,
    CALLER,
    IDS,
    LEASE,
    OTHER,
    SCHEMA,
    UPSTREAM_ID,
    VIEW,
    Json,
    sent,
    validator,
)

COMPACT = CompactDialect(IDS)
TARGET = Target("grok-4.7", "high")
ANSWER: Json = {
    "object": "response.compaction",
    "id": f"cmp_{UPSTREAM_ID}",
    "output": [{"type": "compaction", "id": "cmp_1", "encrypted_content": "secret"}],
    "usage": {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12, "dropped_message_count": 4},
}


def parse(request: Json, caller: Caller = CALLER) -> Call:
    raw = msgspec.json.encode({"model": "grok-4", **request})
    return COMPACT.parse(raw, Envelope(request_id="req_1", caller=caller, received_at=0.0))


def written(call: Call) -> bytes:
    return COMPACT.translate(call, TARGET, LEASE).content or b""


def test_upstream_is_sent_a_model_and_an_input() -> None:
    call = parse(
        {
            "input": "hello",
            "instructions": "Be brief.",
            "prompt_cache_key": "k",
            "tools": [],
            "reasoning": {"effort": "low"},
            "store": False,
            "tomorrow": 1,
        }
    )
    assert written(call) == (
        b'{"model":"grok-4.7","input":[{"role":"system","content":"Be brief."},'
        b'{"role":"user","content":"hello"}],"tomorrow":1}'
    )
    dispatch = COMPACT.translate(call, TARGET, LEASE)
    assert (dispatch.method, dispatch.path, dispatch.conversation) == ("POST", "/responses/compact", "k")
    assert not dispatch.stream


def test_a_plain_input_travels_as_it_is() -> None:
    assert written(parse({"input": "hello"})) == b'{"model":"grok-4.7","input":"hello"}'


def test_a_stored_conversation_stands_before_the_input() -> None:
    previous = Sealer(IDS, account=ACCOUNT, owner=CALLER.key_id, model="grok-4").response(UPSTREAM_ID)
    call = parse({"previous_response_id": previous, "input": "more", "instructions": "Be brief."})
    assert (call.unrolled, call.account_pin) == (UPSTREAM_ID, IDS.account_hash(ACCOUNT))
    call = replace(call, conversation=(msgspec.Raw(b'{"id":"msg_1"}'),))
    assert written(call) == (
        b'{"model":"grok-4.7","input":[{"role":"system","content":"Be brief."},{"id":"msg_1"},'
        b'{"role":"user","content":"more"}]}'
    )


def test_what_the_client_reads() -> None:
    presenter = COMPACT.forwarder(parse({"input": "hello"}), LEASE, VIEW)
    body = msgspec.json.decode(presenter.whole(msgspec.json.encode(ANSWER)), type=dict[str, Any])
    CompactedResponse.model_validate(body)
    if SCHEMA:
        validator("CompactResource").validate(body)
    item = body["output"][0]
    assert body == {
        "id": body["id"],
        "object": "response.compaction",
        "created_at": VIEW.created,
        "output": [{"type": "compaction", "id": item["id"], "encrypted_content": item["encrypted_content"]}],
        "usage": {
            "input_tokens": 9,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 3,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 12,
            "dropped_message_count": 4,
        },
    }
    assert item["id"].startswith("cmp_")
    opened = owned_response(IDS, body["id"], CALLER.key_id)
    assert opened is not None
    assert (opened.upstream_id, opened.kept) == (ANSWER["id"], False)
    origin = origin_of(IDS, item["encrypted_content"], CALLER.key_id)
    assert (origin.account, origin.content) == (IDS.account_hash(ACCOUNT), "secret")
    assert presenter.ending is not None
    assert presenter.ending.usage is not None
    assert (presenter.ending.end, presenter.ending.usage.total) == ("completed", 12)


def test_usage_is_whole_also_where_upstream_tells_none() -> None:
    presenter = COMPACT.forwarder(parse({"input": "hello"}), LEASE, VIEW)
    bare = {name: value for name, value in ANSWER.items() if name != "usage"}
    body = msgspec.json.decode(presenter.whole(msgspec.json.encode(bare)))
    assert body["usage"]["total_tokens"] == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"nonsense",
        b'{"object":"response.compaction","id":"cmp_1","output":[]}',
        b'{"output":[{"type":"compaction","id":"cmp_1"}]}',
        b'{"output":[{"type":"message","id":"m","role":"assistant","content":"x"}]}',
    ],
)
def test_an_answer_without_a_compaction_cannot_be_read(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        COMPACT.forwarder(parse({"input": "hello"}), LEASE, VIEW).whole(answer)


def test_an_error_under_success_is_a_failure() -> None:
    presenter = COMPACT.forwarder(parse({"input": "hello"}), LEASE, VIEW)
    assert presenter.whole(b'{"error":{"code":"x","message":"y"}}') == b""
    assert presenter.ending is not None
    assert presenter.ending.failure == {"code": "x", "message": "y"}


def test_what_is_dropped_is_named_and_refused_under_a_strict_key() -> None:
    assert parse({"input": "x", "service_tier": "flex"}).dropped == ("service_tier",)
    with pytest.raises(Unsupported):
        parse({"input": "x", "service_tier": "flex"}, Caller("key_1", "strict", strict=True))


def test_its_account_reads_it_and_no_other_key() -> None:
    content = marked(IDS, "secret", account=ACCOUNT, owner=CALLER.key_id)
    item = {"type": "compaction", "id": "cmp_1", "encrypted_content": content}
    asked = {"input": [item, {"role": "user", "content": "x"}]}
    assert sent(asked)["input"][0]["encrypted_content"] == "secret"
    assert msgspec.json.decode(written(parse(asked)))["input"][0]["encrypted_content"] == "secret"
    assert parse(asked).account_pin == IDS.account_hash(ACCOUNT)
    with pytest.raises(InvalidRequest) as caught:
        parse(asked, OTHER)
    assert caught.value.param == "input[0].encrypted_content"


def test_a_compaction_from_before_the_gateway_travels_as_it_is() -> None:
    item = {"type": "compaction", "encrypted_content": "own.text"}
    assert sent({"input": [item]})["input"] == [item]
    assert parse({"input": [item]}).preferred_account is None
