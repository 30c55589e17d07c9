"""Traffic that xAI really sent, once more over sockets: replayed to the real server, read by real clients.

The recordings are not in the repository; `XAI_CAPTURES_DIR` says where they are. What is expected of a
client's view is read from the recordings themselves.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from support.event_streams import chat_chunks, check_story, response_events, text_of
from support.open_responses import SCHEMA, check_event, check_response
from support.processes import Gateway
from support.replay import Recording, Replay, framed
from support.sdk import openai_client

CHAT_TEXT, CHAT_TOOL = "chat_xai-text", "chat_xai-tool-call"
REASONED = "responses_xai-text-with-reasoning-streaming.1"
SEARCHED = "responses_xai-web-search-tool.1"
FILE_SEARCHED, DRAWN = "responses_xai-file-search-tool.1", "responses_xai-image-generation-tool.1"
FRAMINGS: list[tuple[Literal["\n", "\r\n"], bool, int | None]] = [
    ("\n", False, None),
    ("\r\n", True, None),
    ("\n", True, 1),
    ("\r\n", False, 2),
]
in_every_framing = pytest.mark.parametrize(("end", "event_lines", "cuts"), FRAMINGS)
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Anything."}]
MODEL = "grok-4"
PREFIXES = {
    "reasoning": "rs_",
    "message": "msg_",
    "web_search_call": "ws_",
    "file_search_call": "fs_",
    "image_generation_call": "ig_",
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setup:
    """A gateway before a replaying upstream, and the official client before the gateway."""

    upstream: Replay
    gateway: Gateway
    client: OpenAI


@pytest.fixture(scope="module")
def captures() -> Path:
    """The directory of the recordings."""
    given = os.environ.get("XAI_CAPTURES_DIR")
    if given is None:
        pytest.skip("XAI_CAPTURES_DIR is not set: no recorded traffic is replayed")
    found = sorted(Path(given).glob("*.chunks.txt")) if given else []
    if not found:
        complaint = f"XAI_CAPTURES_DIR={given!r} holds no recordings"
        if os.environ.get("CI") == "true":
            pytest.fail(complaint)
        pytest.skip(complaint)
    return Path(given)


def started(directory: Path, surface: str) -> Iterator[Setup]:
    models = ["grok-4.7", "grok-4.3", "grok-4.20-0309-non-reasoning"]
    with Replay(models).running() as upstream:
        gateway = Gateway.start(
            directory,
            upstream=upstream.base_url,
            keys=("xai-replayed-key-0001",),
            environment={"GROK2API_ROUTING__CHAT_SURFACE": surface, "GROK2API_GROK__MAX_RETRY": "0"},
        )
        with openai_client(gateway) as client:
            yield Setup(upstream, gateway, client)
        gateway.stop()


@pytest.fixture(scope="module")
def over_chat(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    yield from started(tmp_path_factory.mktemp("over_chat"), "chat")


@pytest.fixture(scope="module")
def over_responses(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    yield from started(tmp_path_factory.mktemp("over_responses"), "responses")


def payloads(captures: Path, name: str) -> list[bytes]:
    lines = (captures / f"{name}.chunks.txt").read_bytes().splitlines()
    return [line for line in lines if line.strip()]


def events_of(captures: Path, name: str) -> list[Json]:
    return [json.loads(line) for line in payloads(captures, name)]


def play_stream(setup: Setup, captures: Path, name: str, framing: tuple[Any, Any, Any]) -> None:
    end, event_lines, cuts = framing
    content = framed(payloads(captures, name), end=end, event_lines=event_lines)
    setup.upstream.recording = Recording(content, cuts=cuts)


def play_whole(setup: Setup, captures: Path, name: str, cuts: int | None = None) -> Json:
    content = (captures / f"{name}.json").read_bytes()
    setup.upstream.recording = Recording(content, "application/json", cuts)
    recorded: Json = json.loads(content)
    return recorded


def joined(chunks: list[Json], field: str) -> str:
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get(field) or "" for delta in deltas)


def check_usage(usage: Json, recorded: Json) -> None:
    """Check the sums: OpenAI counts reasoning among the completion, xAI beside it."""
    reasoning = recorded["completion_tokens_details"]["reasoning_tokens"]
    assert usage["prompt_tokens"] == recorded["prompt_tokens"]
    assert usage["completion_tokens"] == recorded["completion_tokens"] + reasoning
    assert usage["total_tokens"] == recorded["total_tokens"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] == reasoning
    assert (
        usage["prompt_tokens_details"]["cached_tokens"] == recorded["prompt_tokens_details"]["cached_tokens"]
    )


# Chat completions, from recordings of chat completions


@in_every_framing
@pytest.mark.parametrize(
    ("name", "reason", "total"), [(CHAT_TEXT, "stop", 303), (CHAT_TOOL, "tool_calls", 513)]
)
def test_a_recorded_chat_stream(
    over_chat: Setup,
    captures: Path,
    name: str,
    reason: str,
    total: int,
    end: str,
    event_lines: bool,
    cuts: int,
) -> None:
    play_stream(over_chat, captures, name, (end, event_lines, cuts))
    recorded = events_of(captures, name)
    asked = {"model": MODEL, "messages": ASKED, "stream": True, "stream_options": {"include_usage": True}}
    status, headers, content = over_chat.gateway.post("/chat/completions", asked)
    assert status == 200, content
    assert headers["x-grok2api-upstream-model"] == "grok-4.7"
    chunks = chat_chunks(content)
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    assert chunks[0]["model"] == MODEL
    assert recorded[0]["id"].encode() not in content
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    for field in ("content", "reasoning_content"):
        assert joined(chunks, field) == joined(recorded, field)
    calls = [delta for chunk in chunks for choice in chunk["choices"]
             for delta in choice["delta"].get("tool_calls", [])]  # fmt: skip
    wanted = [delta for chunk in recorded for choice in chunk["choices"]
              for delta in choice["delta"].get("tool_calls", [])]  # fmt: skip
    assert [(call["index"], call["id"], call["type"], call["function"]) for call in calls] == [
        (call["index"], call["id"], call["type"], call["function"]) for call in wanted
    ]
    assert chunks[-2]["choices"][0]["finish_reason"] == reason
    check_usage(chunks[-1]["usage"], recorded[-1]["usage"])
    assert chunks[-1]["usage"]["total_tokens"] == total


@pytest.mark.parametrize("name", [CHAT_TEXT, CHAT_TOOL])
def test_a_recorded_chat_stream_through_the_sdk(over_chat: Setup, captures: Path, name: str) -> None:
    play_stream(over_chat, captures, name, ("\n", False, 3))
    recorded = events_of(captures, name)
    with over_chat.client.chat.completions.stream(
        model=MODEL, messages=ASKED, stream_options={"include_usage": True}
    ) as events:
        completion = events.get_final_completion()
    message = completion.choices[0].message
    assert completion.model == MODEL
    assert (message.content or "") == joined(recorded, "content")
    assert (message.model_extra or {})["reasoning_content"] == joined(recorded, "reasoning_content")
    assert bool(message.tool_calls) is (name == CHAT_TOOL)


@pytest.mark.parametrize("cuts", [None, 4])
@pytest.mark.parametrize("name", [CHAT_TEXT, CHAT_TOOL])
def test_a_recorded_chat_answer(over_chat: Setup, captures: Path, name: str, cuts: int | None) -> None:
    recorded = play_whole(over_chat, captures, name, cuts)
    answer = over_chat.client.chat.completions.create(model=MODEL, messages=ASKED)
    choice, wanted = answer.choices[0], recorded["choices"][0]
    assert (answer.model, choice.finish_reason) == (MODEL, wanted["finish_reason"])
    assert answer.id.startswith("chatcmpl-")
    assert (choice.message.content or "") == wanted["message"]["content"]
    extra = choice.message.model_extra or {}
    assert extra["reasoning_content"] == wanted["message"]["reasoning_content"]
    calls = [call.model_dump() for call in choice.message.tool_calls or []]
    assert calls == wanted["message"].get("tool_calls", [])
    assert answer.usage is not None
    check_usage(answer.usage.model_dump(), recorded["usage"])
    assert [path for path, body in over_chat.upstream.requests if body][-1] == "/v1/chat/completions"


# Responses, from recordings of Responses


@in_every_framing
@pytest.mark.parametrize(
    ("name", "items"), [(REASONED, ["reasoning", "message"]), (SEARCHED, ["web_search_call", "message"])]
)
def test_a_recorded_responses_stream(
    over_responses: Setup,
    captures: Path,
    name: str,
    items: list[str],
    end: str,
    event_lines: bool,
    cuts: int,
) -> None:
    play_stream(over_responses, captures, name, (end, event_lines, cuts))
    recorded = events_of(captures, name)[-1]["response"]
    asked = {"model": MODEL, "input": "Anything.", "stream": True}
    status, _, content = over_responses.gateway.post("/responses", asked)
    assert status == 200, content
    assert recorded["id"].encode() not in content
    events = response_events(content)
    check_story(events)
    last = events[-1]["response"]
    assert events[-1]["type"] == "response.completed"
    assert [item["type"] for item in last["output"]] == items
    assert [text_of(item) for item in last["output"]] == [text_of(item) for item in recorded["output"]]
    check_answer(last, recorded)
    if SCHEMA:
        for event in events:
            check_event(event)


def check_answer(answer: Json, recorded: Json) -> None:
    """Check what must be ours, and what must be upstream's."""
    assert answer["model"] == MODEL
    assert answer["id"].startswith("resp_")
    for item in answer["output"]:
        assert item["id"].startswith(PREFIXES[item["type"]])
        assert item["status"] == "completed"
    for name in ("input_tokens", "output_tokens", "total_tokens"):
        assert answer["usage"][name] == recorded["usage"][name]
    assert (
        answer["usage"]["total_tokens"] == answer["usage"]["input_tokens"] + answer["usage"]["output_tokens"]
    )
    cited = [part["annotations"] for item in answer["output"] for part in item.get("content", [])]
    wanted = [part["annotations"] for item in recorded["output"] for part in item.get("content", [])]
    assert [[each["url"] for each in part] for part in cited] == [[each["url"] for each in p] for p in wanted]
    for item in answer["output"]:
        if item["type"] == "web_search_call":
            assert item["action"]["type"] == "search"
            assert item["action"]["query"] == json.loads(recorded["output"][0]["arguments"])["query"]


@pytest.mark.parametrize("name", [REASONED, SEARCHED])
def test_a_recorded_responses_stream_through_the_sdk(
    over_responses: Setup, captures: Path, name: str
) -> None:
    play_stream(over_responses, captures, name, ("\r\n", False, 5))
    recorded = events_of(captures, name)[-1]["response"]
    events = list(over_responses.client.responses.create(model=MODEL, input="Anything.", stream=True))
    last = events[-1]
    assert last.type == "response.completed"
    text = text_of(recorded["output"][-1])
    assert last.response.output_text == text
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == text


@pytest.mark.parametrize("cuts", [None, 6])
@pytest.mark.parametrize("name", [SEARCHED, FILE_SEARCHED, DRAWN])
def test_a_recorded_responses_answer(
    over_responses: Setup, captures: Path, name: str, cuts: int | None
) -> None:
    recorded = play_whole(over_responses, captures, name, cuts)
    answer = over_responses.client.responses.create(model=MODEL, input="Anything.")
    assert answer.output_text == text_of(recorded["output"][-1])
    status, _, content = over_responses.gateway.post("/responses", {"model": MODEL, "input": "Anything."})
    assert status == 200
    check_answer(json.loads(content), recorded)
    if SCHEMA:
        check_response(json.loads(content))


# Chat completions, from recordings of Responses


@in_every_framing
@pytest.mark.parametrize("name", [REASONED, SEARCHED])
def test_a_recorded_responses_stream_read_as_chat(
    over_responses: Setup, captures: Path, name: str, end: str, event_lines: bool, cuts: int
) -> None:
    play_stream(over_responses, captures, name, (end, event_lines, cuts))
    recorded = events_of(captures, name)[-1]["response"]
    asked = {"model": MODEL, "messages": ASKED, "stream": True, "stream_options": {"include_usage": True}}
    status, _, content = over_responses.gateway.post("/chat/completions", asked)
    assert status == 200, content
    chunks = chat_chunks(content)
    assert joined(chunks, "content") == text_of(recorded["output"][-1])
    assert not any("tool_calls" in choice["delta"] for chunk in chunks for choice in chunk["choices"])
    if name == REASONED:
        assert joined(chunks, "reasoning_content") == text_of(recorded["output"][0])
    else:
        cited = [url for chunk in chunks for url in chunk.get("citations", [])]
        annotations = recorded["output"][-1]["content"][0]["annotations"]
        assert cited == [each["url"] for each in annotations]
    usage = chunks[-1]["usage"]
    assert usage["prompt_tokens"] == recorded["usage"]["input_tokens"]
    assert usage["completion_tokens"] == recorded["usage"]["output_tokens"]
    assert usage["total_tokens"] == recorded["usage"]["total_tokens"]
