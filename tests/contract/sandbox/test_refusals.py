"""What xAI turns down: status, shape and the words clients look for."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest

USER = [{"role": "user", "content": "hi"}]
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
GIF = base64.b64encode(b"GIF89a").decode()


def image(url: str) -> list[Any]:
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


CHAT = [
    ({"presence_penalty": 0}, 400, "Argument not supported on this model: presencePenalty"),
    ({"frequency_penalty": 0}, 400, "Argument not supported on this model: frequencyPenalty"),
    ({"logit_bias": {"1": 1}}, 400, "logitBias"),
    ({"stop": ["x"]}, 400, "Argument not supported on this model: stop"),
    ({"model": "grok-4.7", "reasoning_effort": "none"}, 400, "does not support reasoning effort none"),
    ({"model": "grok-4.5", "reasoning_effort": "xhigh"}, 400, "does not support reasoning effort xhigh"),
    ({"model": "grok-4.20-0309-reasoning", "reasoning_effort": "low"}, 400, "does not support parameter"),
    ({"model": "grok-4.20-0309-non-reasoning", "reasoning_effort": "low"}, 400, "does not support parameter"),
    ({"model": "grok-build-0.1", "reasoning_effort": "low"}, 400, "does not support parameter"),
    ({"reasoning_effort": "minimal"}, 422, "unknown variant `minimal`"),
    (
        {"model": "grok-4.20-multi-agent-0309"},
        400,
        "Multi Agent requests are not allowed on chat completions",
    ),
    ({"search_parameters": {"mode": "auto"}}, 410, "Live search is deprecated"),
    ({"tools": [{"type": "web_search"}]}, 422, "unknown variant `web_search`"),
    ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, 422, "unknown variant `custom`"),
    ({"tool_choice": "auto"}, 400, "no tools were specified"),
    ({"tools": [WEATHER] * 351}, 400, "351"),
    ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {"anyOf": []}}}]}, 400, "root"),
    (
        {"messages": [{"role": "user", "content": ""}]},
        400,
        "Each message must have at least one content element.",
    ),
    (
        {"messages": [{"role": "user", "content": []}]},
        400,
        "Each message must have at least one content element.",
    ),
    ({"messages": []}, 400, "at least one message"),
    ({"messages": [{"role": "user", "content": 5}]}, 422, "messages[0].content: invalid type: integer"),
    ({"messages": [{"role": "robot", "content": "x"}]}, 422, "messages[0].role: unknown variant `robot`"),
    ({"messages": None}, 422, "missing field `messages`"),
    ({"model": None}, 422, "missing field `model`"),
    ({"temperature": 2.5}, 400, "temperature"),
    ({"temperature": "hot"}, 422, "temperature: invalid type: string"),
    ({"top_logprobs": 9}, 400, "top_logprobs"),
    ({"model": "grok-3"}, 404, "The model grok-3 does not exist or your team"),
    ({"model": "grok-4"}, 404, "does not exist"),
    ({"stream": True, "deferred": True}, 400, "either be streaming or deferred"),
    ({"messages": image("http://example.com/a.png")}, 400, "image"),
    ({"messages": image(f"data:image/gif;base64,{GIF}")}, 400, "Unsupported image format"),
    ({"response_format": {"type": "json_schema", "json_schema": {}}}, 422, "missing field `schema`"),
    (
        {"messages": [{"role": "user", "content": "!sandbox:safety"}]},
        403,
        "Content violates usage guidelines",
    ),
    ({"messages": [{"role": "user", "content": "!sandbox:context_overflow"}]}, 400, "exceeds budget"),
]

RESPONSES = [
    ({"stop": ["x"]}, 400, "stop"),
    ({"presence_penalty": 0}, 400, "presencePenalty"),
    ({"stream_options": {"include_usage": True}}, 400, "stream_options"),
    ({"tools": [{"type": "custom", "name": "x"}]}, 422, "unknown variant `custom`"),
    ({"tools": [{"type": "web_search", "external_web_access": True}]}, 400, "external_web_access"),
    (
        {"tools": [{"type": "web_search", "filters": {"allowed_domains": ["a"], "excluded_domains": ["b"]}}]},
        400,
        "only one of allowed_domains and excluded_domains",
    ),
    ({"tools": [{"type": "web_search", "allowed_domains": list("abcdef")}]}, 400, "at most 5"),
    ({"tools": [{"type": "x_search", "from_date": "yesterday"}]}, 400, "YYYY-MM-DD"),
    ({"tools": [{"type": "web_search", "from_date": "2026-01-01"}]}, 400, "from_date"),
    ({"tool_choice": "required"}, 400, "no tools were specified"),
    ({"reasoning": {"effort": "none"}, "model": "grok-4.6"}, 400, "does not support reasoning effort none"),
    (
        {
            "model": "grok-4.20-multi-agent-0309",
            "tools": [{"type": "function", "name": "f", "parameters": {}}],
        },
        400,
        "Client-side tools for multi-agent models require beta access",
    ),
    ({"input": []}, 400, "at least one item"),
    ({"input": ""}, 400, "Each message must have at least one content element."),
    ({"input": 5}, 422, "untagged enum"),
    ({"input": [{"type": "item_reference", "id": "x"}]}, 422, "untagged enum"),
    ({"previous_response_id": "no-such"}, 404, "not found"),
    ({"input": [{"type": "reasoning", "summary": [], "encrypted_content": "x"}]}, 400, "encrypted_content"),
]


@pytest.mark.parametrize(("change", "status", "words"), CHAT)
async def test_chat_turns_down(client: Any, change: Any, status: int, words: str) -> None:
    body = {"model": "grok-4.3", "messages": USER} | change
    got = await client.send("POST", "/v1/chat/completions", body)
    assert got.status == status
    assert words in got.raw.decode()
    assert got.headers["x-grok2api-sandbox"] == "1"


@pytest.mark.parametrize(("change", "status", "words"), RESPONSES)
async def test_responses_turns_down(client: Any, change: Any, status: int, words: str) -> None:
    got = await client.send("POST", "/v1/responses", {"model": "grok-4.3", "input": "hi"} | change)
    assert got.status == status
    assert words in got.raw.decode()


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("alice-blocked", 403, "unauthorized:blocked-user"),
        ("alice--blocked", 403, "unauthorized:blocked-user"),
        ("alice-broke", 403, "used all available credits or reached its monthly spending limit"),
        ("alice-nochat", 403, "Access to the chat endpoint is denied"),
        ("alice-spent", 429, "[WKE=personal-team-blocked:spending-limit]"),
        ("alice-billing", 402, "Grok Build usage balance exhausted"),
        ("alice-free", 429, "subscription:free-usage-exhausted"),
    ],
)
async def test_an_account_is_refused_for_what_its_name_says(
    client: Any, name: str, status: int, words: str
) -> None:
    got = await client.chat(key=name)
    assert got.status == status
    assert words in got.raw.decode()


async def test_error_shapes(client: Any) -> None:
    assert set((await client.chat(model="nothing")).json) == {"code", "error"}
    assert set((await client.chat(key="x-billing")).json["error"]) == {"message", "type", "param", "code"}
    assert set((await client.chat(temperature="x")).json) == {"error"}
    assert (await client.chat(key="x-spent")).json["code"] == 429
    assert isinstance((await client.chat(stream=True, deferred=True)).json, str)


async def test_wrong_key_is_400_and_no_key_is_401(client: Any) -> None:
    wrong = await client.send("GET", "/v1/models", key=None, headers={"authorization": "Bearer xai-abcdefyz"})
    assert wrong.status == 400
    assert wrong.json["error"].startswith("Incorrect API key provided: xa***yz")
    missing = await client.send("GET", "/v1/models", key=None)
    assert missing.status == 401
    assert missing.json["code"] == "unauthenticated:no-credentials"


async def test_form_of_the_request(client: Any) -> None:
    path = "/v1/chat/completions"
    assert (await client.send("GET", path)).status == 405
    assert (await client.send("POST", "/v1/nothing", {})).status == 404
    assert (await client.send("POST", path)).status == 415
    assert (await client.send("POST", path, b"{}", headers={"content-type": "text/plain"})).status == 415
    assert (await client.send("POST", path, b"{")).status == 400
    assert (await client.send("POST", path, b"[]")).status == 422
    large = io.BytesIO(b'"' + b"x" * (49 << 20) + b'"')
    assert (await client.send("POST", path, large)).status == 413


async def test_a_content_type_sent_twice(client: Any) -> None:
    headers = [("authorization", "Bearer xai-sandbox-alice"), *[("content-type", "application/json")] * 2]
    async with client.session.post(f"{client.base}/responses", data=b"{}", headers=headers) as answer:
        assert answer.status == 415


async def test_the_rate_is_per_team_and_model_and_the_clock_frees_it(client: Any) -> None:
    for key in ("bob-limited", "bob-limited--2"):
        assert (await client.chat(key=key)).status == 200
    refused = await client.chat(key="bob-limited")
    assert refused.status == 429
    assert "and model grok-4.3" in refused.json["error"]
    assert "Requests per Minute (actual/limit): 3/2. Resets in: 1m 0s" in refused.json["error"]
    assert (await client.chat(key="bob-limited", model="grok-4.7")).status == 200
    assert (await client.chat(key="eve-limited")).status == 200
    await client.send("POST", "/sandbox/clock", {"advance": 61})
    assert (await client.chat(key="bob-limited")).status == 200


async def test_a_key_with_an_access_list(client: Any) -> None:
    assert (await client.chat(key="bob-acl")).status == 200
    refused = await client.chat(key="bob-acl", model="grok-4.7")
    assert refused.status == 403
    assert "api-key:model:grok-4.3" in refused.json["error"]
    listed = (await client.send("GET", "/v1/models", key="bob-acl")).json["data"]
    assert [row["id"] for row in listed] == ["grok-4.3"]


async def test_identity_and_lists(client: Any) -> None:
    me, key = (await client.send("GET", "/v1/me")).json, (await client.send("GET", "/v1/api-key")).json
    assert me["team_id"] == key["team_id"]
    assert me["zdr_status"] == "no_zdr"
    assert [key[name] for name in ("team_blocked", "api_key_blocked", "api_key_disabled")] == [False] * 3
    other = (await client.send("GET", "/v1/me", key="alice--2")).json
    assert other["team_id"] == me["team_id"]
    assert other["api_key"]["api_key_id"] != me["api_key"]["api_key_id"]
    for path in ("language-models", "image-generation-models", "video-generation-models"):
        rows = (await client.send("GET", f"/v1/{path}")).json["models"]
        assert (await client.send("GET", f"/v1/{path}/{rows[0]['id']}")).json == rows[0]
    assert (await client.send("GET", "/v1/embedding-models")).json == {"models": []}
    assert (await client.send("GET", "/v1/models/grok-latest")).json["id"] == "grok-4.3"
    told = (await client.send("POST", "/v1/tokenize-text", {"model": "grok-4.3", "text": "Hi 世"})).json[
        "token_ids"
    ]
    assert "".join(row["string_token"] for row in told) == "Hi 世"
