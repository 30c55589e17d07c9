"""Chat completions: shapes, streaming order, tools, structured output, usage and memory of the cache."""

from __future__ import annotations

import base64
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n0000").decode()


def tool(name: str, parameters: Any = None, description: str = "") -> Any:
    schema = parameters or {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    }
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("say exactly: A b, C.", "A b, C."),
        ("Reply with exactly the word pong.", "pong"),
        ("只回复：你好，世界😀", "你好，世界😀"),
        ("count to 5", "1, 2, 3, 4, 5"),
        ("从3数到5", "3、4、5"),
        ("What is 12 * 7?", "12 * 7 = 84"),
    ],
)
async def test_prompts_steer_the_answer(client: Any, prompt: str, answer: str) -> None:
    assert (await client.chat(prompt)).json["choices"][0]["message"]["content"] == answer


async def test_a_chinese_prompt_gets_a_chinese_answer(client: Any) -> None:
    message = (await client.chat("你好，请介绍一下你自己")).json["choices"][0]["message"]
    assert "沙盒" in message["content"]
    assert "提示" in message["reasoning_content"]


async def test_it_remembers_and_sees(client: Any) -> None:
    told = [
        {"role": "user", "content": "My name is Bob"},
        {"role": "assistant", "content": "Nice to meet you"},
        {"role": "user", "content": "What is my name?"},
    ]
    assert "Bob" in (await client.chat(told)).json["choices"][0]["message"]["content"]
    image = {"type": "image_url", "image_url": {"url": PNG}}
    seen = await client.chat(
        [{"role": "user", "content": [image, image, {"type": "text", "text": "what is it?"}]}]
    )
    assert "2 images" in seen.json["choices"][0]["message"]["content"]
    assert seen.json["usage"]["prompt_tokens_details"]["image_tokens"] > 0


@pytest.mark.parametrize(
    ("model", "effort", "reasons"),
    [
        ("grok-4.3", None, True),
        ("grok-4.3", "none", False),
        ("grok-4.7", "low", True),
        ("grok-4.20-0309-reasoning", None, True),
        ("grok-4.20-0309-non-reasoning", None, False),
    ],
)
async def test_a_model_reasons_when_it_should(
    client: Any, model: str, effort: str | None, reasons: bool
) -> None:
    more = {"reasoning_effort": effort} if effort else {}
    answer = (await client.chat("hello", model=model, **more)).json
    assert ("reasoning_content" in answer["choices"][0]["message"]) is reasons
    assert (answer["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0) is reasons


async def test_usage_leaves_reasoning_out_of_completion_tokens(client: Any) -> None:
    usage = (await client.chat("hello", model="grok-4.7")).json["usage"]
    reasoning = usage["completion_tokens_details"]["reasoning_tokens"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] + reasoning
    fresh = usage["prompt_tokens"] * 20_000
    assert usage["cost_in_usd_ticks"] == fresh + (usage["completion_tokens"] + reasoning) * 60_000


async def test_the_cache_follows_team_and_conversation(client: Any) -> None:
    def cached(got: Any) -> int:
        count: int = got.json["usage"]["prompt_tokens_details"]["cached_tokens"]
        return count

    prompt = "a prompt that is sent again and again"
    first = await client.chat(prompt, prompt_cache_key="c1")
    assert cached(first) == 0
    assert (
        cached(await client.chat(prompt, prompt_cache_key="c1")) == first.json["usage"]["prompt_tokens"] - 1
    )
    assert cached(await client.chat(prompt, headers={"x-grok-conv-id": "c1"})) > 0
    assert cached(await client.chat(prompt, prompt_cache_key="c2")) == 0
    assert cached(await client.chat(prompt, prompt_cache_key="c1", key="other")) == 0


async def test_stream_order(client: Any) -> None:
    got = await client.chat("只回复：你好世界", stream=True, model="grok-4.7")
    assert got.headers["content-type"].startswith("text/event-stream")
    assert got.done
    chunks = got.events
    first = chunks[0]["choices"][0]["delta"]
    assert first["role"] == "assistant"
    assert first["reasoning_content"]
    kinds = [next(iter(chunk["choices"][0]["delta"]), "") for chunk in chunks[:-1]]
    assert kinds == sorted(kinds, key=["reasoning_content", "content", ""].index)
    assert [
        c["choices"][0]["delta"]["content"] for c in chunks[:-1] if "content" in c["choices"][0]["delta"]
    ] == list("你好世界")
    assert chunks[-2]["choices"][0] == {"index": 0, "delta": {}, "finish_reason": "stop"}
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["num_sources_used"] == 0
    assert len({chunk["id"] for chunk in chunks}) == 1


async def test_tool_calls_and_their_results(client: Any) -> None:
    got = (await client.chat("What is the weather in San Francisco?", tools=[tool("weather")])).json
    choice = got["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == ""
    call = choice["message"]["tool_calls"][0]
    assert call["function"] == {"name": "weather", "arguments": '{"location":"San Francisco"}'}
    assert call["id"].startswith("call_")
    messages = [
        {"role": "user", "content": "What is the weather in San Francisco?"},
        choice["message"],
        {"role": "tool", "tool_call_id": call["id"], "content": "18 degrees"},
    ]
    after = (await client.chat(messages, tools=[tool("weather")])).json["choices"][0]
    assert after["finish_reason"] == "stop"
    assert "18 degrees" in after["message"]["content"]


async def test_a_streamed_tool_call_comes_whole(client: Any) -> None:
    got = await client.chat("weather in Paris and London", tools=[tool("weather")], stream=True)
    calls = [c for e in got.events[:-1] for c in e["choices"][0]["delta"].get("tool_calls", [])]
    assert [(call["index"], call["function"]["arguments"]) for call in calls] == [
        (0, '{"location":"Paris"}'),
        (1, '{"location":"London"}'),
    ]
    assert got.events[-2]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    ("choice", "prompt", "called"),
    [
        ("none", "weather in Paris", []),
        ("auto", "tell me a joke", []),
        ("auto", "查一下北京的天气", ["weather"]),
        ("auto", "say exactly: weather", []),
        ("required", "tell me a joke", ["weather"]),
        ({"type": "function", "function": {"name": "book_flight"}}, "weather", ["book_flight"]),
    ],
)
async def test_tool_choice(client: Any, choice: Any, prompt: str, called: list[str]) -> None:
    tools = [tool("weather"), tool("book_flight")]
    message = (await client.chat(prompt, tools=tools, tool_choice=choice)).json["choices"][0]["message"]
    assert [call["function"]["name"] for call in message.get("tool_calls", [])] == called


SCHEMAS: list[Any] = [
    {
        "type": "object",
        "properties": {"a": {"type": "integer", "minimum": 5, "maximum": 9}},
        "required": ["a"],
    },
    {
        "type": "object",
        "properties": {"c": {"enum": ["red", "blue"]}, "d": {"const": 3}},
        "required": ["c", "d"],
    },
    {
        "type": "object",
        "properties": {
            "s": {"type": "string", "minLength": 30, "maxLength": 40},
            "p": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"},
            "f": {"type": "string", "format": "date"},
            "n": {"type": ["number", "null"], "exclusiveMinimum": 0, "multipleOf": 0.5},
        },
        "required": ["s", "p", "f", "n"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {
            "xs": {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
            "t": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "items": False},
        },
        "required": ["xs", "t"],
    },
    {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"child": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
                "required": ["child"],
            }
        },
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/node"}},
        "required": ["root"],
    },
    {
        "type": "object",
        "properties": {"u": {"oneOf": [{"type": "integer"}, {"type": "string"}]}},
        "allOf": [{"properties": {"v": {"type": "boolean"}}, "required": ["v"]}],
        "required": ["u"],
    },
    {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 2},
    {
        "type": "object",
        "properties": {
            "script": {"type": "string", "maxLength": 524_288},
            "xs": {"type": "array", "items": {"type": "integer"}, "maxItems": 1_000_000},
        },
        "required": ["script", "xs"],
    },
]


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_structured_output_satisfies_its_schema(client: Any, schema: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "it", "schema": schema}}
    text = (await client.chat("something blue, please", response_format=form)).json["choices"][0]["message"][
        "content"
    ]
    jsonschema.validate(msgspec.json.decode(text), schema)


async def test_json_object_and_steered_json(client: Any) -> None:
    form = {"type": "json_object"}
    plain = await client.chat("hello", response_format=form)
    assert isinstance(msgspec.json.decode(plain.json["choices"][0]["message"]["content"]), dict)
    steered = await client.chat('say exactly: {"a":1}', response_format=form)
    assert steered.json["choices"][0]["message"]["content"] == '{"a":1}'


async def test_a_limit_cuts_the_visible_text(client: Any) -> None:
    choice = (await client.chat("count to 100", max_completion_tokens=4)).json
    assert choice["choices"][0]["finish_reason"] == "length"
    assert choice["usage"]["completion_tokens"] == 4
    streamed = await client.chat("count to 100", max_tokens=4, stream=True)
    assert streamed.events[-2]["choices"][0]["finish_reason"] == "length"


async def test_stop_sequences_where_a_model_takes_them(client: Any) -> None:
    more = {"model": "grok-4.20-0309-non-reasoning", "stop": ["3", "4"]}
    choice = (await client.chat("count to 9", **more)).json["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("1, 2, ", "stop")


async def test_several_choices(client: Any) -> None:
    assert [c["index"] for c in (await client.chat("hello", n=3)).json["choices"]] == [0, 1, 2]
    chunks = (await client.chat("hello", n=2, stream=True)).events
    assert {chunk["choices"][0]["index"] for chunk in chunks[:-1]} == {0, 1}


async def test_deferred_is_read_once_by_its_team(client: Any) -> None:
    identifier = (await client.chat("say exactly: later", deferred=True)).json["request_id"]
    path = f"/v1/chat/deferred-completion/{identifier}"
    waiting = await client.send("GET", path)
    assert (waiting.status, waiting.raw) == (202, b"")
    await client.send("POST", "/sandbox/clock", {"advance": 10})
    assert (await client.send("GET", path, key="bob")).status == 404
    assert (await client.send("GET", path)).json["choices"][0]["message"]["content"] == "later"
    assert (await client.send("GET", path)).status == 404
