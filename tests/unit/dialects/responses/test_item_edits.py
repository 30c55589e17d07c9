"""Items that clients replay, and what of them goes upstream."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.call import Caller
from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.plan import Target
from grok2api.dialects.reasoning_origin import marked
from grok2api.dialects.responses.sealing import Sealer
from grok2api.errors import InvalidRequest, Unsupported
from support.responses_api import (
    ACCOUNT,
    CALLER,
    DIALECT,
    IDS,
    LEASE,
    OTHER,
    Json,
    parse,
    sealed_response,
    sent,
)

USER: Json = {"role": "user", "content": "hi"}
NOTE: Json = {"type": "custom", "name": "note"}
CRM: Json = {"type": "namespace", "name": "crm", "tools": [{"type": "function", "name": "find"}, NOTE]}
ELSEWHERE = replace(LEASE, account_id="account_2")


def items_sent(*items: Json, **more: Any) -> list[Json]:
    body = sent({"input": list(items), **more})
    result: list[Json] = body["input"]
    return result


def call(**more: Any) -> Json:
    return {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", **more}


def output(**more: Any) -> Json:
    return {"type": "function_call_output", "call_id": "c", "output": "ok", **more}


@pytest.mark.parametrize(
    ("item", "result"),
    [
        (
            {"type": "custom_tool_call", "id": "ctc_x", "call_id": "c", "name": "note", "input": 'a "b"\n'},
            call(id="ctc_x", name="note", arguments='{"input":"a \\"b\\"\\n"}'),
        ),
        (
            {"type": "custom_tool_call", "call_id": "c", "name": "note", "namespace": "crm", "input": ""},
            call(name="crm__note", arguments='{"input":""}'),
        ),
        ({"type": "custom_tool_call_output", "call_id": "c", "name": "note", "output": "ok"}, output()),
        (call(name="find", namespace="crm"), call(name="crm__find")),
        (call(name="gone", namespace="erp"), call(name="erp__gone")),
        (call(namespace=None, status="completed"), call(status="completed")),
        (call(arguments=""), call()),
        (call(caller={"type": "direct"}, created_by="x"), call()),
        (output(output=""), output(output="")),
        (
            {"type": "custom_tool_call", "call_id": "xs_call_1", "name": "x_keyword_search", "input": "{}"},
            {"type": "custom_tool_call", "call_id": "xs_call_1", "name": "x_keyword_search", "input": "{}"},
        ),
        (
            {"role": "assistant", "content": "a", "phase": "commentary", "status": None},
            {"role": "assistant", "content": "a"},
        ),
        (
            USER | {"internal_chat_message_metadata_passthrough": {"a": 1}, "field_of_tomorrow": [1]},
            USER | {"field_of_tomorrow": [1]},
        ),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": "https://x", "detail": None}]},
            {"role": "user", "content": [{"type": "input_image", "image_url": "https://x"}]},
        ),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": "https://x", "detail": "low"}]},
            {"role": "user", "content": [{"type": "input_image", "image_url": "https://x", "detail": "low"}]},
        ),
        (
            {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}},
            {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}},
        ),
    ],
)
def test_an_item_in_the_form_that_xai_takes(item: Json, result: Json) -> None:
    before = call(name="asked")
    assert items_sent(USER, before, item, tools=[NOTE, CRM]) == [USER, before, result]


@pytest.mark.parametrize(
    "empty",
    [
        "",
        [],
        [{"type": "input_text", "text": ""}],
        [{"type": "output_text", "text": "", "annotations": []}],
        None,
    ],
)
def test_a_message_that_says_nothing_is_left_out(empty: object) -> None:
    silent = {"type": "message", "role": "assistant", "content": empty}
    assert items_sent(USER, silent, USER) == [USER, USER]
    assert items_sent({"role": "user", "content": empty})[0]["content"] == " "


def test_a_picture_in_more_detail_than_xai_knows_is_named() -> None:
    picture = {"type": "input_image", "image_url": "https://x", "detail": "original"}
    request: Json = {"input": [USER, {"role": "user", "content": [picture]}]}
    dispatch = translated(request)
    assert dispatch.dropped == ("input[1].content[0].detail",)
    with pytest.raises(Unsupported) as caught:
        translated(request, caller=Caller("key_1", "test", strict=True))
    assert caught.value.param == "input[1].content[0].detail"


def test_text_that_only_quotes_json_keeps_its_bytes() -> None:
    quoted = msgspec.json.encode(output(output='{"phase":null,"content":"","type":"custom_tool_call"}'))
    asked = msgspec.json.encode(call())
    raw = b'{"model":"grok-4.7","input":[ {"role":"user","content":"hi"} , %b , %b ]}' % (asked, quoted)
    content = DIALECT.translate(parse(raw), Target("grok-4.7"), LEASE).content or b""
    assert quoted in content


def translated(
    request: Json, *, lease: Any = LEASE, amendments: Amendments | None = None, caller: Caller = CALLER
) -> Dispatch:
    return DIALECT.translate(
        parse(request, caller=caller), Target("grok-4.7"), lease, amendments or Amendments()
    )


def thought(content: str, **more: Any) -> Json:
    return {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": content, **more}


def own(text: str = "sealed", account: str = ACCOUNT, owner: Caller = CALLER) -> str:
    return marked(IDS, text, account=account, owner=owner.key_id)


def input_of(dispatch: Dispatch) -> list[Json]:
    result: list[Json] = msgspec.json.decode(dispatch.content or b"")["input"]
    return result


@pytest.mark.parametrize(
    ("content", "lease", "amended", "kept"),
    [
        (own(), LEASE, False, "sealed"),
        (own(), ELSEWHERE, False, None),
        (own(account="account_2"), ELSEWHERE, False, "sealed"),
        (own(), replace(ELSEWHERE, former_accounts=(ACCOUNT,)), False, "sealed"),
        (own(owner=OTHER), LEASE, False, None),
        ("unmarked", LEASE, False, "unmarked"),
        ("unmarked", ELSEWHERE, False, "unmarked"),
        ("unmarked", LEASE, True, None),
        (own(), LEASE, True, None),
    ],
)
def test_encrypted_reasoning_is_sent_where_it_can_be_read(
    content: str, lease: Any, amended: bool, kept: str | None
) -> None:
    request: Json = {"input": [USER, thought(content), {"role": "assistant", "content": "a"}, USER]}
    dispatch = translated(request, lease=lease, amendments=Amendments(without_reasoning=amended))
    items = input_of(dispatch)
    if kept is None:
        assert [item.get("role") for item in items] == ["user", "assistant", "user"]
        assert dispatch.dropped == ("input[1].encrypted_content",)
    else:
        assert items[1]["encrypted_content"] == kept
        assert dispatch.dropped == ()


def test_reasoning_that_is_not_encrypted_stays() -> None:
    plain = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "a"}]}
    request: Json = {"input": [USER, plain, USER]}
    assert input_of(translated(request, amendments=Amendments(without_reasoning=True)))[1] == plain


def test_what_stands_before_the_request_is_not_named_as_if_it_were_its_own() -> None:
    call = replace(
        parse({"input": [USER, thought(own(account="x"))]}),
        history=(
            msgspec.Raw(msgspec.json.encode(USER)),
            msgspec.Raw(msgspec.json.encode(thought(own(account="x")))),
        ),
    )
    dispatch = DIALECT.translate(call, Target("grok-4.7"), LEASE)
    assert dispatch.dropped == ("input[1].encrypted_content", "previous_response_id.encrypted_content")


def test_the_account_that_wrote_the_last_reasoning_is_preferred() -> None:
    items = [
        USER,
        thought(own(account="a")),
        thought(own(account="b")),
        thought("x"),
        thought(own(owner=OTHER)),
    ]
    call = parse({"input": items})
    assert (call.preferred_account, call.account_pin) == (IDS.account_hash("b"), None)
    assert parse({"input": [USER, thought("x")]}).preferred_account is None


def compacted(content: str) -> Json:
    return {"type": "compaction", "id": "cmp_1", "encrypted_content": content}


def test_a_compacted_conversation_pins_its_account() -> None:
    call = parse({"input": [compacted(own()), compacted(own("more")), USER]})
    assert call.account_pin == IDS.account_hash(ACCOUNT)
    assert call.pinned_by == "input[0].encrypted_content"
    assert input_of(translated({"input": [compacted(own()), USER]}))[0]["encrypted_content"] == "sealed"
    assert parse({"input": [compacted("unmarked"), USER]}).account_pin is None
    same = parse({"input": [compacted(own()), USER], "previous_response_id": sealed_response()})
    assert same.pinned_by == "previous_response_id"


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        ({"input": [compacted(own(owner=OTHER)), USER]}, 0),
        ({"input": [compacted(own()), compacted(own(account="account_2"))]}, 1),
        ({"input": [compacted(own(account="account_2"))], "previous_response_id": sealed_response()}, 0),
    ],
    ids=["another key's", "two accounts", "against the previous response"],
)
def test_a_compacted_conversation_that_nobody_can_go_on_from_is_refused(request_: Json, place: int) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(request_)
    assert caught.value.param == f"input[{place}].encrypted_content"


def test_a_compacted_conversation_never_goes_to_another_account() -> None:
    with pytest.raises(InvalidRequest) as caught:
        translated({"input": [compacted(own()), USER]}, lease=ELSEWHERE)
    assert caught.value.param == "input[0].encrypted_content"


def test_compacted_content_stays_when_reasoning_must_go() -> None:
    request: Json = {"input": [compacted(own()), thought("x"), USER]}
    items = input_of(translated(request, amendments=Amendments(without_reasoning=True)))
    assert [item.get("type") for item in items] == ["compaction", None]


@pytest.mark.parametrize(
    ("refused", "asked", "effort", "dropped"),
    [
        ({"top_p"}, {"top_p": 0.5}, "high", ("top_p",)),
        (
            {"reasoning_effort"},
            {"reasoning": {"effort": "high", "summary": "auto"}},
            "high",
            ("reasoning.effort",),
        ),
        ({"reasoning"}, {"reasoning": {"effort": "high"}}, "high", ("reasoning",)),
        ({"parallel_tool_calls"}, {"parallel_tool_calls": False}, None, ("parallel_tool_calls",)),
        ({"include"}, {"include": ["reasoning.encrypted_content"]}, None, ("include",)),
        ({"top_k"}, {"top_p": 0.5}, None, ()),
    ],
)
def test_what_the_model_does_not_take_is_left_out_and_named(
    refused: set[str], asked: Json, effort: str | None, dropped: tuple[str, ...]
) -> None:
    call = parse(asked)
    dispatch = DIALECT.translate(
        call, Target("grok-4.7", effort), LEASE, Amendments(arguments=frozenset(refused))
    )
    assert dispatch.dropped == dropped
    body = msgspec.json.decode(dispatch.content or b"")
    assert not refused & body.keys()
    if dropped == ("reasoning.effort",):
        assert body["reasoning"] == {"summary": "auto"}


def test_ids_are_told_to_the_account_that_gave_them_only() -> None:
    sealer = Sealer(IDS, account=ACCOUNT, owner=CALLER.key_id, model="grok-4")
    name = "fc_6f1de7a0-0f3c-4a7e-9d0e-2f6c1b9f3a11_0"
    replayed = parse({"input": [USER, call(id=sealer.item("function_call", name, 1)), output()]})
    for lease, shown in ((LEASE, call(id=name)), (ELSEWHERE, call())):
        dispatch = DIALECT.translate(replayed, Target("grok-4.7", None), lease, Amendments())
        body = msgspec.json.decode(dispatch.content or b"")
        assert body["input"] == [USER, shown, output()]
        assert dispatch.dropped == ()
