"""What a Messages client may send, what is dropped and named, and what is refused with its path."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from grok2api.canonical.plan import Target
from grok2api.dialects.base import Dialect
from grok2api.dialects.fields import Policy
from grok2api.dialects.messages.counting import CountedMessages, counted_body
from grok2api.dialects.messages.fields import MESSAGES_FIELDS
from grok2api.errors import InvalidRequest, Unsupported
from support.messages_turns import DIALECT, IDS, MINIMAL, envelope, lease_of, parsed, said, sent

TOOL = {"name": "f", "input_schema": {"type": "object", "properties": {}}}
KEEPS_ALL = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
MINIMAL_TARGET = Target("grok-4.7")
CLEARS = {"edits": [{"type": "clear_tool_uses_20250919"}]}


@pytest.mark.parametrize("name", ["model", "messages", "max_tokens"])
@pytest.mark.parametrize("gone", [True, False], ids=["absent", "null"])
def test_what_every_request_needs_is_asked_for_by_name(name: str, gone: bool) -> None:
    body = {key: value for key, value in MINIMAL.items() if key != name} | ({} if gone else {name: None})
    with pytest.raises(InvalidRequest) as caught:
        parsed(msgspec.json.encode(body))
    assert (caught.value.param, caught.value.code) == (name, "missing_required_parameter")


@pytest.mark.parametrize(
    ("body", "dropped"),
    [
        ({"service_tier": "auto", "speed": "standard", "metadata": {"user_id": "u"}}, ()),
        ({"service_tier": "standard_only", "context_management": KEEPS_ALL, "cache_control": {}}, ()),
        ({"context_management": {"edits": []}, "betas": ["x"], "anthropic_version": "y"}, ()),
        ({"context_management": CLEARS, "speed": "fast"}, ("context_management", "speed")),
        ({"inference_geo": "us", "diagnostics": {"a": 1}}, ("diagnostics", "inference_geo")),
        ({"output_config": {"task_budget": {"total": 9}}}, ("output_config.task_budget",)),
        ({"tools": [TOOL | {"input_examples": [{}]}]}, ("tools[0].input_examples",)),
        (
            {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}]},
            ("tools[0].max_uses",),
        ),
        ({"some_future_field": [1], "system": None, "tools": None}, ()),
    ],
)
def test_what_means_nothing_is_ignored_and_what_grok_lacks_is_named(
    body: dict[str, Any], dropped: tuple[str, ...]
) -> None:
    assert parsed(body).dropped == dropped
    if dropped:
        with pytest.raises(Unsupported) as caught:
            parsed(body, strict=True)
        assert caught.value.param in dropped


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"container": "c_1"}, "container"),
        ({"output_format": {"type": "grammar"}}, "output_format.type"),
        ({"output_config": {"format": {"type": "grammar"}}}, "output_config.format.type"),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, "tools[0].type"),
        ({"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}, "tools[0].type"),
        ({"tools": [TOOL], "tool_choice": {"type": "allowed"}}, "tool_choice.type"),
        ({"mcp_servers": [{"type": "stdio", "url": "x", "name": "y"}]}, "mcp_servers[0].type"),
    ],
)
def test_what_would_change_the_answer_is_refused_with_its_path(body: dict[str, Any], param: str) -> None:
    with pytest.raises(Unsupported) as caught:
        parsed(body)
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"stream": "true"}, "stream"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        (said({"role": "user", "content": ""}), "messages"),
        (said({"role": "tool", "content": "x"}), "messages[0].role"),
        (said({"content": "x"}), "messages[0].role"),
        (said({"role": "user", "content": [{"text": "x"}]}), "messages[0].content[0].type"),
        ({"temperature": 3}, "temperature"),
        ({"thinking": {"type": "deep"}}, "thinking.type"),
        ({"thinking": "enabled"}, "thinking"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema"),
        ({"tools": [{"input_schema": {}}]}, "tools[0].name"),
        ({"tools": [TOOL | {"input_schema": {"type": "array"}}]}, "tools[0].input_schema"),
        ({"tools": [TOOL] * 351}, "tools"),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool"}}, "tool_choice.name"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "g"}}, "tool_choice.name"),
        ({"tools": [{"type": "mcp_toolset", "mcp_server_name": "no"}]}, "tools[0].mcp_server_name"),
    ],
)
def test_a_malformed_value_is_refused_with_its_path(body: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parsed(body)
    assert caught.value.param == param


def test_the_smallest_request() -> None:
    assert sent({}) == {
        "model": "grok-4.7",
        "input": [{"role": "user", "content": "hello"}],
        "stream": False,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 100,
    }


@pytest.mark.parametrize(("asked", "goes"), [(32000.0, 32000), (128_000, 128_000), (400_000, 128_000)])
def test_more_tokens_than_xai_writes_are_cut_down_not_refused(asked: float, goes: int) -> None:
    assert sent({"max_tokens": asked})["max_output_tokens"] == goes


def test_sampling_passes_and_a_schema_is_translated() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    wanted = {"type": "json_schema", "schema": schema}
    for body in ({"output_config": {"format": wanted}}, {"output_format": wanted}):
        written = sent(body | {"temperature": 0.5, "top_p": 0.9, "top_k": 40})
        assert (written["temperature"], written["top_p"], written["top_k"]) == (0.5, 0.9, 40)
        assert written["text"]["format"]["schema"] == schema
        assert written["text"]["format"]["type"] == "json_schema"


def test_stop_sequences_never_go_upstream() -> None:
    assert "stop" not in " ".join(sent({"stop_sequences": ["END"]}))


def test_a_body_is_countable_without_a_limit_and_counts_nothing_but_its_input() -> None:
    body = {key: value for key, value in MINIMAL.items() if key != "max_tokens"} | {"stream": True}
    counted: Dialect = CountedMessages(IDS)
    call = counted.parse(msgspec.json.encode(body), envelope())
    assert (call.dialect, call.stream, call.model) == ("messages", False, "grok-4")
    assert counted_body(9) == b'{"input_tokens":9}'
    content = counted.translate(call, MINIMAL_TARGET, lease_of("a")).content
    assert content is not None
    assert msgspec.json.decode(content)["input"] == [{"role": "user", "content": "hello"}]


def test_a_body_without_messages_is_not_countable() -> None:
    with pytest.raises(InvalidRequest) as caught:
        DIALECT.parse_countable(b'{"model":"grok-4"}', envelope())
    assert caught.value.param == "messages"


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"model":"\xff"}', b'{"a":' * 5000 + b"1" + b"}" * 5000])
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parsed(raw)
    assert caught.value.code == "invalid_json"


def test_nesting_without_end_is_refused_not_a_failure() -> None:
    document = b'{"type":"document","source":{"type":"content","content":['
    nested = document * 300 + b'{"type":"text","text":"x"}' + b"]}}" * 300
    raw = b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[' + nested + b"]}]}"
    with pytest.raises(Unsupported) as caught:
        parsed(raw)
    assert caught.value.param == "messages[0].content[0].source.content[0].type"


def test_every_row_says_what_becomes_of_it() -> None:
    assert {row.policy for row in MESSAGES_FIELDS.rows} == set(Policy)
