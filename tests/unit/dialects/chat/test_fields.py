"""What a chat client may send, what is dropped and named, and what is refused with its path."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from grok2api.dialects.chat.fields import CHAT_FIELDS
from grok2api.dialects.fields import Policy
from grok2api.errors import InvalidRequest, Unsupported
from support.chat_turns import parsed, sent


@pytest.mark.parametrize(("value", "streams"), [(True, True), (False, False), (None, False)])
def test_a_chat_streams_only_when_asked_exactly(value: object, streams: bool) -> None:
    assert parsed({"stream": value}).stream is streams
    assert parsed({}).stream is False


@pytest.mark.parametrize("value", ["true", 1, "yes", 0, {}])
def test_a_stream_that_is_no_boolean_is_refused(value: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parsed({"stream": value})
    assert (caught.value.param, caught.value.code) == ("stream", "invalid_value")


@pytest.mark.parametrize(
    ("body", "dropped"),
    [
        ({"presence_penalty": 0, "frequency_penalty": 0.0, "n": 1, "logit_bias": {}}, ()),
        ({"presence_penalty": 0.5, "frequency_penalty": 1}, ("frequency_penalty", "presence_penalty")),
        ({"logprobs": False, "top_logprobs": 0, "modalities": ["text"], "deferred": False}, ()),
        ({"seed": 7, "logit_bias": {"5": 1}}, ("logit_bias", "seed")),
        ({"store": False, "service_tier": "auto", "metadata": {"a": "b"}}, ()),
        ({"store": True, "service_tier": "priority"}, ("service_tier", "store")),
        ({"search_parameters": {"mode": "off"}, "web_search_options": {"mode": "off"}}, ()),
        ({"search_parameters": {"mode": "off", "return_citations": False}}, ()),
        ({"verbosity": "low", "prediction": {}, "image_config": {"n": 2}}, ("prediction", "verbosity")),
        ({"some_future_field": [1], "user": None, "max_tokens": None, "tools": None}, ()),
    ],
)
def test_what_means_nothing_is_ignored_and_what_grok_lacks_is_named(
    body: dict[str, Any], dropped: tuple[str, ...]
) -> None:
    assert parsed(body).dropped == dropped


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "x", "format": "wav"}}, "audio"),
        ({"deferred": True}, "deferred"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
    ],
)
def test_what_would_change_the_answer_is_refused(body: dict[str, Any], param: str) -> None:
    with pytest.raises(Unsupported) as caught:
        parsed(body)
    assert (caught.value.status, caught.value.param) == (400, param)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"temperature": 2.5}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"n": 17}, "n"),
        ({"n": "2"}, "n"),
        ({"max_completion_tokens": 10.5}, "max_completion_tokens"),
        ({"reasoning_effort": "extreme"}, "reasoning_effort"),
        ({"thinking": "perhaps"}, "thinking"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}},
            "response_format.json_schema.schema",
        ),
    ],
)
def test_what_is_malformed_is_400_with_its_path(body: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parsed(body)
    assert (caught.value.status, caught.value.param) == (400, param)


@pytest.mark.parametrize(("value", "choices"), [(None, 1), (1, 1), (2, 2), (16, 16)])
def test_several_answers_are_asked_for_by_number(value: int | None, choices: int) -> None:
    assert parsed({"n": value}).choices == choices
    assert "n" not in sent({"n": value})


def test_a_strict_key_has_knobs_refused_that_others_have_dropped() -> None:
    with pytest.raises(Unsupported) as caught:
        parsed({"seed": 1}, strict=True)
    assert caught.value.param == "seed"


@pytest.mark.parametrize(
    ("value", "thinking"),
    [
        ("enabled", "reasoning_content"),
        ("disabled", "off"),
        ({"type": "enabled", "budget_tokens": 1024}, "reasoning_content"),
        ({"type": "disabled"}, "off"),
        (True, "reasoning_content"),
        (False, "off"),
        ("think_tags", "think_tags"),
        ({"type": "adaptive"}, None),
        (None, None),
    ],
)
def test_a_request_chooses_how_reasoning_shows(value: object, thinking: str | None) -> None:
    assert parsed({"thinking": value}).thinking == thinking


@pytest.mark.parametrize("effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"])
def test_every_known_effort_is_taken(effort: str) -> None:
    assert parsed({"reasoning_effort": effort}).effort == effort


def test_the_affinity_is_the_cache_key_or_else_the_conversation() -> None:
    assert parsed({}).affinity is None
    assert parsed({}, conversation="c-1").affinity == "c-1"
    assert parsed({"prompt_cache_key": "p-1"}, conversation="c-1").affinity == "p-1"


def test_a_cache_key_that_fits_no_header_becomes_a_digest() -> None:
    affinity = parsed({"prompt_cache_key": "a\r\nx-evil: 1"}).affinity
    assert affinity is not None
    assert len(affinity) == 64
    assert affinity.isalnum()


def test_the_table_describes_every_field_for_the_openapi_document() -> None:
    for row in CHAT_FIELDS.rows:
        assert isinstance(msgspec.json.schema(row.type), dict)
        assert row.policy in Policy
