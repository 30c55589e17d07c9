"""What a Responses client may send, what goes upstream of it, and what is said about the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.call import Caller
from grok2api.canonical.plan import Target
from grok2api.dialects.responses.sealing import Sealer
from grok2api.errors import Grok2ApiError
from support.responses_api import (
    ACCOUNT,
    CALLER,
    DIALECT,
    IDS,
    LEASE,
    OTHER,
    UPSTREAM_ID,
    Json,
    parse,
    sealed_response,
    sent,
)

STRICT = Caller("key_1", "test", strict=True)
SAID = {"role": "user", "content": "x"}
CALLED = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
LACKS = "missing_required_parameter"


def sealer(owner: Caller = CALLER) -> Sealer:
    return Sealer(IDS, account=ACCOUNT, owner=owner.key_id, model="grok-4")


def refused(request: Json | bytes, caller: Caller = CALLER) -> tuple[str, str | None]:
    with pytest.raises(Grok2ApiError) as caught:
        parse(request, caller=caller)
    assert caught.value.status == 400
    return caught.value.code, caught.value.param


@pytest.mark.parametrize(
    "fields",
    [
        {"instructions": "Be short.", "max_output_tokens": 5, "temperature": 0.5, "top_p": 1},
        {"top_k": 4, "min_p": 0.1, "max_turns": 3, "parallel_tool_calls": False, "store": False},
        {"safety_identifier": "s", "user": "u", "prompt_cache_key": "k", "guidelines": {"a": 1}},
        {"include": ["reasoning.encrypted_content"], "text": {"format": {"type": "json_object"}}},
        {"field_of_tomorrow": {"a": [1]}},
        {"tools": [{"type": "x_search"}, {"type": "file_search", "vector_store_ids": ["v"]}]},
        {"tools": [{"type": "web_search", "filters": {"allowed_domains": ["x.ai"]}}], "tool_choice": "auto"},
        {"reasoning": {"summary": "auto"}},
    ],
)
def test_what_grok_takes_travels_as_sent(fields: Json) -> None:
    assert sent(fields) == {"model": "grok-4.7", "input": "hi", **fields}
    assert parse(fields, caller=STRICT).dropped == ()


def test_a_body_that_needs_no_edit_travels_byte_for_byte() -> None:
    raw = b'{ "input" : [ {"role":"user", "content":"\\u0068i"} ],  "model": "grok-4.7" }'
    call = parse(raw)
    assert DIALECT.translate(call, Target("grok-4.7"), LEASE).content is call.body.content()
    assert call.body.content() == raw


@pytest.mark.parametrize(
    "fields",
    [
        {"presence_penalty": 0, "frequency_penalty": 0.0, "n": 1, "top_logprobs": 0, "logprobs": False},
        {"truncation": "disabled", "background": False, "service_tier": "auto", "modalities": ["text"]},
        {"metadata": {"a": "b"}, "stream_options": {"include_obfuscation": False}, "client_metadata": {}},
        {"include": [], "tools": [], "tool_choice": "auto", "search_parameters": {"mode": "off"}},
        {"conversation": None, "seed": None, "reasoning": None, "text": None, "tool_choice": "none"},
    ],
)
def test_what_means_nothing_is_left_out_in_silence(fields: Json) -> None:
    assert sent(fields) == {"model": "grok-4.7", "input": "hi"}
    assert parse(fields, caller=STRICT).dropped == ()


@pytest.mark.parametrize(
    ("fields", "dropped"),
    [
        ({"presence_penalty": 1, "frequency_penalty": -1}, ("frequency_penalty", "presence_penalty")),
        ({"seed": 1, "logit_bias": {"5": 1}, "stop": "x"}, ("logit_bias", "seed", "stop")),
        ({"truncation": "auto"}, ("truncation",)),
        ({"service_tier": "priority"}, ("service_tier",)),
        ({"text": {"verbosity": "low"}}, ("text.verbosity",)),
        (
            {"include": ["computer_call_output.output.image_url"]},
            ("include.computer_call_output.output.image_url",),
        ),
        (
            {"tools": [{"type": "web_search_preview", "search_context_size": "low", "user_location": {}}]},
            ("tools[0].search_context_size", "tools[0].user_location"),
        ),
        ({"tools": [{"type": "code_interpreter", "container": "c_1"}]}, ("tools[0].container",)),
        (
            {
                "tools": [
                    {"type": "image_generation", "size": "1024x1024", "quality": "auto", "partial_images": 0}
                ]
            },
            ("tools[0].size",),
        ),
        (
            {
                "tools": [
                    {"type": "file_search", "vector_store_ids": ["v"], "ranking_options": {"ranker": "auto"}}
                ]
            },
            ("tools[0].ranking_options",),
        ),
        ({"search_parameters": {"mode": "on"}}, ("search_parameters",)),
        (
            {"max_tool_calls": 2, "prompt_cache_retention": "24h"},
            ("max_tool_calls", "prompt_cache_retention"),
        ),
    ],
)
def test_knobs_that_grok_lacks_are_named_or_refused_in_strict_mode(
    fields: Json, dropped: tuple[str, ...]
) -> None:
    assert parse(fields).dropped == dropped
    assert not {"seed", "truncation", "service_tier", "text", "include", "stop"} & sent(fields).keys()
    code, param = refused(fields, STRICT)
    assert code == "unsupported_parameter"
    assert param in dropped


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logprobs": True}, "logprobs"),
        ({"n": 2}, "n"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "x"}}, "audio"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"tools": [{"type": "function", "name": "f"}, {"type": "apply_patch"}]}, "tools[1].type"),
        ({"tools": [{"type": "local_shell"}]}, "tools[0].type"),
        (
            {"tools": [{"type": "image_generation", "input_image_mask": {"file_id": "f"}}]},
            "tools[0].input_image_mask",
        ),
        ({"tools": [{"type": "file_search", "filters": {"type": "eq"}}]}, "tools[0].filters"),
        (
            {"tools": [{"type": "shell", "environment": {"type": "container_auto"}}]},
            "tools[0].environment.type",
        ),
        (
            {"tools": [{"type": "mcp", "server_label": "s", "allowed_tools": {"read_only": True}}]},
            "tools[0].allowed_tools.read_only",
        ),
        (
            {"tools": [{"type": "namespace", "name": "n", "tools": [{"type": "web_search"}]}]},
            "tools[0].tools[0].type",
        ),
        ({"tools": [{"type": "computer_use"}]}, "tools[0].type"),
        (
            {"tools": [{"type": "mcp", "server_url": "https://x", "require_approval": "always"}]},
            "tools[0].require_approval",
        ),
        ({"tools": [{"type": "x_search"}], "tool_choice": {"type": "computer_use"}}, "tool_choice"),
        ({"input": [SAID, {"type": "computer_call", "id": "cu_1"}]}, "input[1].type"),
        ({"input": [{"type": "mcp_approval_response", "approve": True}]}, "input[0].type"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_text"}, {"type": "input_video"}]}]},
            "input[0].content[1]",
        ),
    ],
)
def test_what_would_change_the_answer_is_refused(fields: Json, param: str) -> None:
    assert refused(fields) == ("unsupported_parameter", param)


@pytest.mark.parametrize("own", ["hi", [{"role": "user", "content": "hi"}], None])
def test_instructions_that_upstream_refuses_are_said_in_the_input(own: object) -> None:
    previous = sealed_response()
    call = parse({"input": own, "instructions": "Be short.", "previous_response_id": previous})
    without = Amendments(arguments=frozenset({"instructions"}))
    dispatch = DIALECT.translate(call, Target("grok-4.7", None), LEASE, without)
    body = msgspec.json.decode(dispatch.content or b"")
    said = [{"role": "user", "content": "hi"}] if own else []
    assert body["input"] == [{"role": "system", "content": "Be short."}, *said]
    assert "instructions" not in body
    assert body["previous_response_id"]
    assert dispatch.dropped == ()


@pytest.mark.parametrize("stream", [None, False, True])
def test_what_runs_in_the_background_is_streamed_by_upstream(stream: bool | None) -> None:
    fields: Json = {"background": True, "store": True, "stream": stream}
    call = parse(fields)
    assert (call.background, call.stream) == (True, stream is True)
    dispatch = DIALECT.translate(call, Target("grok-4.7", None), LEASE)
    assert dispatch.stream
    body = sent(fields)
    assert body["stream"] is True
    assert "background" not in body
    for foreground in ({"background": False}, {"background": None}, {}):
        assert not parse(foreground).background
        assert "stream" not in sent(foreground)
    assert refused({"background": True, "store": False}) == ("invalid_value", "store")


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"[]", "invalid_json", None),
        (b'{"input":"hi"}', "missing_required_parameter", "model"),
        (b'{"model":"grok-4"}', "missing_required_parameter", "input"),
        ({"model": ""}, "invalid_value", "model"),
        ({"stream": "true"}, "invalid_value", "stream"),
        ({"stream": 1}, "invalid_value", "stream"),
        ({"input": ""}, "invalid_value", "input"),
        ({"input": []}, "invalid_value", "input"),
        ({"input": 5}, "invalid_value", "input"),
        ({"input": {"role": "user"}}, "invalid_value", "input"),
        ({"input": ["hi"]}, "invalid_value", "input[0]"),
        ({"input": [{"content": "x"}]}, "missing_required_parameter", "input[0].type"),
        ({"input": [SAID, {"type": "telepathy"}]}, "invalid_value", "input[1].type"),
        ({"input": [{"role": "user"}]}, LACKS, "input[0].content"),
        ({"input": [SAID, {"type": "message", "content": "x"}]}, LACKS, "input[1].role"),
        ({"input": [{"role": "tool", "content": "x"}]}, "invalid_value", "input[0].role"),
        ({"input": [CALLED | {"name": None}]}, LACKS, "input[0].name"),
        ({"input": [CALLED | {"call_id": None}]}, LACKS, "input[0].call_id"),
        ({"input": [{"type": "function_call", "call_id": "c", "name": "f"}]}, LACKS, "input[0].arguments"),
        ({"input": [CALLED, {"type": "function_call_output", "call_id": "c"}]}, LACKS, "input[1].output"),
        ({"input": [{"type": "item_reference", "id": "rs_1"}]}, "invalid_value", "input[0].id"),
        ({"temperature": 3}, "invalid_value", "temperature"),
        ({"max_output_tokens": 1.5}, "invalid_value", "max_output_tokens"),
        ({"reasoning": {"effort": "huge"}}, "invalid_value", "reasoning.effort"),
        ({"text": {"format": {"type": "yaml"}}}, "invalid_value", "text.format.type"),
        ({"text": {"format": {"type": "json_schema", "strict": ""}}}, "invalid_value", "text.format.strict"),
        ({"text": {"format": {"type": "json_schema", "schema": []}}}, "invalid_value", "text.format.schema"),
        ({"text": {"format": {"type": "json_schema", "name": 1}}}, "invalid_value", "text.format.name"),
        ({"metadata": {"a": 1}}, "invalid_value", "metadata[...]"),
        ({"include": ["a\r\nb"]}, "invalid_value", "include[0]"),
        ({"tools": [{"name": "f"}]}, LACKS, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "missing_required_parameter", "tools[0].name"),
        ({"tools": [{"type": "x_search"}] * 351}, "invalid_value", "tools"),
        ({"tool_choice": "required"}, "invalid_value", "tool_choice"),
        ({"tool_choice": {"type": "function", "name": "f"}}, "invalid_value", "tool_choice"),
        ({"tool_choice": "maybe"}, "invalid_value", "tool_choice"),
        ({"previous_response_id": "resp_1"}, "previous_response_not_found", "previous_response_id"),
    ],
)
def test_malformed_requests_are_answered_by_name(body: Json | bytes, code: str, param: str | None) -> None:
    assert refused(body) == (code, param)


def test_a_call_tells_what_the_gateway_needs_to_know() -> None:
    call = parse(
        {
            "stream": True,
            "reasoning_effort": "low",
            "reasoning": {"effort": "high"},
            "prompt_cache_key": "thread-1",
            "tools": [{"type": "function", "name": "f"}],
        },
        conversation="conv",
    )
    assert (call.dialect, call.model, call.stream, call.effort) == ("responses", "grok-4", True, "high")
    assert (call.affinity, call.has_client_tools, call.account_pin) == ("thread-1", True, None)
    assert parse({"stream": None}, conversation="conv").affinity == "conv"
    assert parse({"stream": None}).stream is False
    strange = parse({"prompt_cache_key": "a\r\nb"}).affinity
    assert strange is not None
    assert strange.isalnum()


@pytest.mark.parametrize(
    ("given", "effort", "result"),
    [
        (
            {"reasoning": {"effort": "xhigh", "summary": "auto"}},
            "high",
            {"effort": "high", "summary": "auto"},
        ),
        ({"reasoning": {"effort": "low"}}, None, None),
        ({"reasoning_effort": "low"}, "low", {"effort": "low"}),
        ({}, "none", {"effort": "none"}),
        ({}, None, None),
    ],
)
def test_the_effort_is_the_plans(given: Json, effort: str | None, result: Json | None) -> None:
    body = sent(given, effort=effort)
    assert body.get("reasoning") == result
    assert "reasoning_effort" not in body


@pytest.mark.parametrize(
    ("tool", "result"),
    [
        (
            {"type": "function", "name": "f", "parameters": None, "strict": None},
            {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}},
        ),
        ({"type": "web_search_preview_2025_03_11"}, {"type": "web_search"}),
        ({"type": "web_search", "external_web_access": True}, {"type": "web_search"}),
        ({"type": "code_interpreter", "container": {"type": "auto"}}, {"type": "code_interpreter"}),
        (
            {"type": "mcp", "server_url": "https://x", "require_approval": "never"},
            {"type": "mcp", "server_url": "https://x"},
        ),
        (
            {"type": "mcp", "server_url": "https://x", "allowed_tools": {"tool_names": ["a"]}},
            {"type": "mcp", "server_url": "https://x", "allowed_tools": ["a"]},
        ),
        (
            {"type": "shell", "environment": {"type": "local", "skills": []}},
            {"type": "shell", "environment": {"type": "local", "skills": []}},
        ),
        ({"type": "image_generation", "action": "edit"}, {"type": "image_generation", "action": "edit"}),
    ],
)
def test_tools_are_put_in_groks_words(tool: Json, result: Json) -> None:
    assert sent({"tools": [tool]})["tools"] == [result]
    assert parse({"tools": [tool]}, caller=STRICT).dropped == ()


def test_nulls_of_a_text_format_are_left_out() -> None:
    form = {
        "type": "json_schema",
        "name": "n",
        "schema": {"default": None},
        "description": None,
        "strict": True,
    }
    kept = {name: value for name, value in form.items() if name != "description"}
    assert sent({"text": {"format": form, "verbosity": None}})["text"] == {"format": kept}


def test_a_search_that_must_stay_offline_is_not_offered() -> None:
    body = sent({"tools": [{"type": "web_search", "external_web_access": False}], "tool_choice": "auto"})
    assert body == {"model": "grok-4.7", "input": "hi"}


@pytest.mark.parametrize(
    ("schema", "result"),
    [
        (
            {
                "anyOf": [
                    {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]},
                    {"type": "object", "properties": {"a": {}, "c": {}}, "required": ["a"]},
                ]
            },
            {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": ["a"]},
        ),
        (
            {
                "$ref": "#/$defs/P",
                "$defs": {"P": {"type": "object", "properties": {"a": {}}, "required": ["a"]}},
            },
            {
                "type": "object",
                "$defs": {"P": {"type": "object", "properties": {"a": {}}, "required": ["a"]}},
                "properties": {"a": {}},
                "required": ["a"],
            },
        ),
        ({"properties": {"a": {"anyOf": []}}}, {"type": "object", "properties": {"a": {"anyOf": []}}}),
        ({"$ref": "#"}, {"type": "object", "properties": {}}),
        ({}, {"type": "object", "properties": {}}),
    ],
)
def test_parameters_have_an_object_at_their_root(schema: Json, result: Json) -> None:
    tool = {"type": "function", "name": "f", "parameters": schema}
    assert sent({"tools": [tool]})["tools"][0]["parameters"] == result


def test_an_earlier_response_pins_its_account() -> None:
    public = sealer().response(UPSTREAM_ID)
    call = parse(msgspec.json.encode({"model": "grok-4", "previous_response_id": public}))
    assert call.account_pin == IDS.account_hash(ACCOUNT)
    body = DIALECT.translate(call, Target("grok-4.7"), LEASE).content or b""
    assert msgspec.json.decode(body)["previous_response_id"] == UPSTREAM_ID
    foreign = sealer(OTHER).response(UPSTREAM_ID)
    item = sealer().item("message", "msg_1", 0)
    for wrong in (foreign, item, public[:-1], sealer().unborn("req_1")):
        expected = ("previous_response_not_found", "previous_response_id")
        assert refused({"previous_response_id": wrong}) == expected


def items_sent(*items: Json) -> list[Any]:
    result = sent({"input": list(items)})["input"]
    assert isinstance(result, list)
    return result


def test_ids_of_ours_become_upstreams_again() -> None:
    seal = sealer()
    first, second = seal.item("reasoning", "rs_7", 0), seal.item("reasoning", "rs_7", 1)
    nameless, foreign = seal.item("message", None, 2), sealer(OTHER).item("message", "msg_9", 0)
    assert first != second
    assert items_sent(
        {"type": "reasoning", "id": first, "summary": [], "content": None, "encrypted_content": "e"},
        {"type": "reasoning", "id": second, "summary": []},
        {"type": "message", "id": nameless, "role": "assistant", "content": "a"},
        {"type": "message", "id": foreign, "role": "assistant", "content": "b"},
        {"id": "msg_client", "role": "user", "content": "c"},
    ) == [
        {"type": "reasoning", "summary": [], "encrypted_content": "e", "id": "rs_7"},
        {"type": "reasoning", "summary": [], "id": "rs_7"},
        {"type": "message", "role": "assistant", "content": "a"},
        {"type": "message", "role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]


def test_an_input_without_ids_of_ours_keeps_its_bytes() -> None:
    given = b'[{"id":"msg_6f9e", "role":"user","content":"a\\u0062"}, {"type":"reasoning","summary":[ ]}]'
    call = parse(b'{"model":"grok-4","input":' + given + b"}")
    content = DIALECT.translate(call, Target("grok-4.7"), LEASE).content or b""
    assert given in content


def test_nulls_of_replayed_reasoning_are_left_out() -> None:
    assert items_sent(
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": None, "encrypted_content": None},
        {"type": "compaction", "encrypted_content": "x"},
    ) == [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "compaction", "encrypted_content": "x"},
    ]


def test_each_attempt_starts_from_the_clients_bytes() -> None:
    call = parse({"reasoning": {"effort": "high", "summary": "auto"}, "seed": 3})
    before = call.body.content()
    first = DIALECT.translate(call, Target("grok-4.7", "high"), LEASE)
    second = DIALECT.translate(call, Target("grok-4.3"), replace(LEASE, account_id="b"))
    assert call.body.content() == before
    assert msgspec.json.decode(first.content or b"")["reasoning"] == {"effort": "high", "summary": "auto"}
    assert msgspec.json.decode(second.content or b"")["reasoning"] == {"summary": "auto"}
    assert (first.method, first.path, first.stream) == ("POST", "/responses", False)


def test_attempts_share_what_was_read_and_none_changes_it() -> None:
    request = {
        "reasoning": {"effort": "high", "summary": "auto"},
        "reasoning_effort": "low",
        "tools": [{"type": "web_search_preview"}, {"type": "function", "name": "f"}],
        "include": ["reasoning.encrypted_content", "never_heard_of"],
        "max_output_tokens": 32000.0,
        "metadata": {"a": "b"},
        "seed": 3,
        "store": None,
    }
    call = parse(request)
    targets = (Target("grok-4.7", "high"), Target("grok-4.3"), Target("grok-4.7", "high"))
    shared = [DIALECT.translate(call, target, LEASE).content for target in targets]
    alone = [DIALECT.translate(parse(request), target, LEASE).content for target in targets]
    unprepared = [
        DIALECT.translate(replace(call, prepared=None), target, LEASE).content for target in targets
    ]
    assert shared == alone == unprepared


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ('"go on"', [{"role": "user", "content": "go on"}]),
        ('[{"role":"user","content":"go on"}]', [{"role": "user", "content": "go on"}]),
        (None, []),
    ],
    ids=["text", "items", "nothing"],
)
def test_items_that_stand_for_the_previous_response_come_first(
    given: str | None, own: list[dict[str, str]]
) -> None:
    request: Json = {"previous_response_id": sealer().response(UPSTREAM_ID)}
    written = msgspec.json.encode({"model": "grok-4", **request})
    raw = written if given is None else written[:-1] + f',"input":{given}}}'.encode()
    told = msgspec.Raw(b'{"role":"user","content":"before"}')
    call = replace(parse(raw), history=(told,))
    content = DIALECT.translate(call, Target("grok-4.7"), LEASE).content or b""
    assert msgspec.json.decode(content)["input"] == [{"role": "user", "content": "before"}, *own]
    assert b"previous_response_id" not in content
