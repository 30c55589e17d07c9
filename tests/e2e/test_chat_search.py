"""Searching from chat: options of every generation reach a model that searches and shows its sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from support.observing import events_of
from support.processes import Gateway, Sandbox

CHAT = "/chat/completions"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "What is new about Grok?"}]


@pytest.fixture(scope="module")
def over_chat(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose turns go over xAI's chat surface, where no tool of xAI's own exists."""
    gateway = Gateway.start(
        tmp_path_factory.mktemp("over_chat"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-searcher",),
        environment={"GROK2API_ROUTING__CHAT_SURFACE": "chat"},
    )
    yield gateway
    gateway.stop()


@pytest.mark.parametrize(
    ("more", "kinds"),
    [
        ({"search_parameters": {"mode": "auto", "return_citations": True}}, ["web_search", "x_search"]),
        ({"search_parameters": {"mode": "on", "sources": [{"type": "x"}]}}, ["x_search"]),
        ({"web_search_options": {"search_context_size": "low"}}, ["web_search"]),
        ({"tools": [{"type": "web_search"}]}, ["web_search"]),
    ],
)
def test_a_search_shows_its_sources(
    client: OpenAI, sandbox: Sandbox, more: dict[str, Any], kinds: list[str]
) -> None:
    answer = client.chat.completions.create(model="grok-4", messages=ASKED, extra_body=more)
    call = sandbox.calls()[0]
    assert call["path"] == "/v1/responses"
    assert [tool["type"] for tool in call["body"]["tools"]] == kinds
    message = answer.choices[0].message
    assert answer.choices[0].finish_reason == "stop"
    assert message.tool_calls is None, "what xAI ran itself is nobody's call"
    cited = [note.url_citation.url for note in message.annotations or []]
    assert cited
    urls = (answer.model_extra or {})["citations"]
    assert urls == list(dict.fromkeys(cited))
    stream = client.chat.completions.create(model="grok-4", messages=ASKED, stream=True, extra_body=more)
    chunks = list(stream)
    told = [(chunk.model_extra or {}).get("citations") for chunk in chunks]
    assert [found for found in told if found] == [urls]
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == message.content


def test_the_limits_of_a_search_arrive(client: OpenAI, sandbox: Sandbox) -> None:
    sources = [
        {"type": "web", "allowed_websites": ["x.ai", "docs.x.ai"]},
        {"type": "x", "excluded_x_handles": ["spam"], "post_view_count": 100},
    ]
    dates = {"from_date": "2026-01-01", "to_date": "2026-02-01"}
    client.chat.completions.create(
        model="grok-4", messages=ASKED, extra_body={"search_parameters": {"sources": sources, **dates}}
    )
    assert sandbox.calls()[0]["body"]["tools"] == [
        {"type": "web_search", "filters": {"allowed_domains": ["x.ai", "docs.x.ai"]}},
        {"type": "x_search", "excluded_x_handles": ["spam"], **dates},
    ]


def test_sources_can_be_kept_out(client: OpenAI, sandbox: Sandbox) -> None:
    answer = client.chat.completions.create(
        model="grok-4",
        messages=ASKED,
        extra_body={"search_parameters": {"mode": "auto", "return_citations": False}},
    )
    assert sandbox.calls()[0]["body"]["include"] == ["no_inline_citations"]
    message = answer.choices[0].message
    assert "http" not in (message.content or "")
    assert message.annotations == []
    assert "citations" not in (answer.model_extra or {})


def test_functions_and_searches_go_together(client: OpenAI, sandbox: Sandbox) -> None:
    weather: dict[str, Any] = {"type": "function", "function": {"name": "get_weather"}}
    answer = client.chat.completions.create(
        model="grok-4",
        messages=[{"role": "user", "content": "What is the weather in Paris?"}],
        extra_body={"tools": [weather, {"type": "web_search"}, {"type": "x_search"}]},
    )
    kinds = [tool["type"] for tool in sandbox.calls()[0]["body"]["tools"]]
    assert kinds == ["function", "web_search", "x_search"]
    assert answer.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize("stream", [False, True])
def test_a_search_leaves_the_chat_surface(over_chat: Gateway, sandbox: Sandbox, *, stream: bool) -> None:
    body = {"model": "grok-4", "messages": ASKED, "stream": stream}
    assert over_chat.post(CHAT, body)[0] == 200
    status, headers, content = over_chat.post(CHAT, body | {"search_parameters": {"mode": "on"}})
    assert status == 200
    assert [call["path"] for call in sandbox.calls()] == ["/v1/chat/completions", "/v1/responses"]
    assert headers["x-grok2api-dropped-params"] == "search_parameters.mode"
    cited = (
        [event.data["citations"] for event in events_of(content)[:-1] if "citations" in event.data]
        if stream
        else [json.loads(content)["citations"]]
    )
    assert len(cited) == 1


def test_a_search_that_cannot_be_is_refused(over_chat: Gateway, sandbox: Sandbox) -> None:
    body = {"model": "grok-4", "messages": ASKED, "search_parameters": {"sources": [{"type": "rss"}]}}
    status, _, content = over_chat.post(CHAT, body)
    error = json.loads(content)["error"]
    assert (status, error["code"]) == (400, "unsupported_parameter")
    assert error["param"] == "search_parameters.sources"
    assert sandbox.calls() == []


def test_searches_run_on_the_multi_agent_model(client: OpenAI, sandbox: Sandbox) -> None:
    answer = client.chat.completions.create(
        model="grok-4-heavy", messages=ASKED, extra_body={"tools": [{"type": "web_search"}]}
    )
    assert answer.choices[0].message.annotations
    assert sandbox.calls()[0]["body"]["tools"] == [{"type": "web_search"}]
