"""A Messages request on xAI's chat completions, where a credential may use nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.plan import Surface
from grok2api.errors import Unsupported
from support.messages_turns import Json, dispatched, said, sent

WEATHER = {"name": "weather", "input_schema": {"type": "object", "properties": {}}}
PICTURE = {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}}


def messages(*conversation: Json, **more: Any) -> list[Json]:
    return list(sent(said(*conversation) | more, "chat")["messages"])


def test_the_smallest_request() -> None:
    assert dispatched({}, "chat").path == "/chat/completions"
    assert sent({}, "chat") == {
        "model": "grok-4.7",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": False,
        "max_completion_tokens": 100,
    }


def test_a_stream_asks_for_its_usage() -> None:
    assert sent({"stream": True}, "chat")["stream_options"] == {"include_usage": True}


def test_calls_and_results_are_messages() -> None:
    found = messages(
        {"role": "user", "content": [PICTURE, {"type": "text", "text": "weather?"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "call_1", "name": "weather", "input": {}},
                {"type": "tool_use", "id": "call_2", "name": "weather", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_1", "content": "22"},
                {"type": "tool_result", "tool_use_id": "call_2"},
            ],
        },
        system="Be short.",
    )
    function = {"name": "weather", "arguments": "{}"}
    assert found == [
        {"role": "system", "content": "Be short."},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "https://a/b.png"}},
                {"type": "text", "text": "weather?"},
            ],
        },
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": function},
                {"id": "call_2", "type": "function", "function": function},
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "22"},
        {"role": "tool", "tool_call_id": "call_2", "content": " "},
    ]


def test_a_call_without_words_has_a_message_of_its_own() -> None:
    found = messages(
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "weather", "input": {}}]},
    )
    assert found[1]["content"] == ""
    assert [call["id"] for call in found[1]["tool_calls"]] == ["c"]


def test_a_document_is_a_file() -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}
    (message,) = messages({"role": "user", "content": [{"type": "document", "source": source}]})
    file = {"file_data": "JVBERg==", "filename": "document.pdf", "mime_type": "application/pdf"}
    assert message["content"] == [{"type": "file", "file": file}]


@pytest.mark.parametrize(
    ("choice", "upstream"),
    [
        ({"type": "any"}, "required"),
        ({"type": "tool", "name": "weather"}, {"type": "function", "function": {"name": "weather"}}),
    ],
)
def test_tools_stay_nested(choice: Json, upstream: object) -> None:
    written = sent({"tools": [WEATHER], "tool_choice": choice}, "chat")
    function = {"name": "weather", "parameters": WEATHER["input_schema"]}
    assert written["tools"] == [{"type": "function", "function": function}]
    assert written["tool_choice"] == upstream


def test_a_schema_stays_nested() -> None:
    schema = {"type": "object"}
    written = sent({"output_config": {"format": {"type": "json_schema", "schema": schema}}}, "chat")
    assert written["response_format"]["json_schema"]["schema"] == schema


def test_what_this_surface_lacks_is_named() -> None:
    dispatch = dispatched({"top_k": 5, "top_p": 0.5}, "chat")
    assert dispatch.dropped == ("top_k",)
    assert "top_k" not in sent({"top_k": 5}, "chat")


@pytest.mark.parametrize(
    ("surface", "refused", "told"),
    [
        ("responses", {"top_k"}, ("top_k",)),
        ("responses", {"include", "store"}, ()),
        ("responses", {"max_output_tokens", "reasoning"}, ("max_tokens", "output_config.effort")),
        ("chat", {"max_completion_tokens", "reasoning_effort"}, ("max_tokens", "output_config.effort")),
        ("responses", {"parallel_tool_calls"}, ("tool_choice.disable_parallel_tool_use",)),
        ("responses", {"temperature"}, ()),
    ],
)
def test_what_the_model_did_not_take_is_left_out_and_named_in_the_clients_words(
    surface: Surface, refused: set[str], told: tuple[str, ...]
) -> None:
    body: Json = {
        "top_k": 5 if surface == "responses" else None,
        "output_config": {"effort": "low"},
        "tools": [WEATHER],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    }
    dispatch = dispatched(body, surface, effort="low", amendments=Amendments(arguments=frozenset(refused)))
    assert dispatch.dropped == told
    assert dispatch.content is not None
    assert not refused & msgspec.json.decode(dispatch.content).keys()


def test_an_effort_that_nobody_asked_for_is_not_named() -> None:
    refused = Amendments(arguments=frozenset({"reasoning"}))
    assert dispatched({}, effort="high", amendments=refused).dropped == ()


def test_tools_that_only_the_other_surface_runs_are_refused() -> None:
    with pytest.raises(Unsupported) as caught:
        sent({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "chat")
    assert "routing.chat_surface" in caught.value.public_message
