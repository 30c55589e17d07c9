"""Thousands of bodies that nobody should send: each gets an answer or an error, and the server goes on."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from contextlib import closing
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance

from grok2api.api.v1.openapi.document import openapi_document
from grok2api.dialects.chat.fields import CHAT_FIELDS
from grok2api.dialects.fields import FieldTable
from grok2api.dialects.messages.fields import MESSAGES_FIELDS
from grok2api.dialects.responses.fields import RESPONSES_FIELDS
from support.fuzzing import Fuzzer, Json
from support.processes import Gateway
from support.witness import judge

BODIES = (1000, pytest.param(5000, marks=pytest.mark.chaos))
EXAMPLES = (40, pytest.param(150, marks=pytest.mark.chaos))
SAY = "say exactly: ok"
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SCHEMA = {"name": "n", "schema": PARAMETERS, "strict": True}

CHATS: Sequence[Json] = (
    {"model": "grok-3", "messages": [{"role": "user", "content": SAY}]},
    {"model": "grok-3", "messages": [{"role": "user", "content": SAY}], "stream": True,
     "stream_options": {"include_usage": True}, "max_tokens": 5, "temperature": 1, "stop": ["x"], "seed": 1},
    {"model": "grok-4", "messages": [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": SAY},
                                     {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "fine"}],
     "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": PARAMETERS}}],
     "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": True},
    {"model": "grok-3", "messages": [{"role": "user", "content": SAY}],
     "response_format": {"type": "json_schema", "json_schema": SCHEMA}, "reasoning_effort": "low"},
)  # fmt: skip
RESPONSES: Sequence[Json] = (
    {"model": "grok-3", "input": SAY},
    {"model": "grok-3", "input": SAY, "stream": True, "max_output_tokens": 5,
     "instructions": "i", "store": False},
    {"model": "grok-4", "input": [
        {"role": "developer", "content": "Be short."},
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": SAY},
            {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"}]},
        {"type": "reasoning", "id": "rs_1", "content": None,
         "summary": [{"type": "summary_text", "text": "t"}]},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "fine"}],
     "tools": [{"type": "function", "name": "f", "description": "d", "parameters": PARAMETERS,
                "strict": False}, {"type": "web_search"}],
     "tool_choice": {"type": "function", "name": "f"}, "include": ["reasoning.encrypted_content"],
     "reasoning": {"effort": "low", "summary": "auto"}, "text": {"format": {"type": "text"}}},
    {"model": "grok-4", "input": [
        {"type": "message", "role": "user", "content": SAY, "phase": None},
        {"type": "reasoning", "summary": [], "encrypted_content": "enc_" + "a" * 44 + ".sealed"},
        {"type": "custom_tool_call", "call_id": "call_1", "name": "c", "input": "text", "namespace": "n"},
        {"type": "custom_tool_call_output", "call_id": "call_1",
         "output": [{"type": "input_text", "text": "a"}]}],
     "tools": [
        {"type": "custom", "name": "c",
         "format": {"type": "grammar", "syntax": "lark", "definition": "s: /a/"}},
        {"type": "namespace", "name": "n", "description": "d", "tools": [
            {"type": "function", "name": "f", "parameters": PARAMETERS}, {"type": "custom", "name": "c"}]},
        {"type": "mcp", "server_label": "s", "server_url": "https://s.invalid"}],
     "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [
        {"type": "custom", "name": "c", "namespace": "n"},
        {"type": "mcp", "server_label": "s", "name": "t"}]}},
    {"model": "grok-3", "input": [{"role": "user", "content": SAY}],
     "text": {"format": {"type": "json_schema", **SCHEMA}}, "metadata": {"a": "b"}},
)  # fmt: skip


MESSAGES: Sequence[Json] = (
    {"model": "grok-3", "max_tokens": 50, "messages": [{"role": "user", "content": SAY}]},
    {"model": "grok-3", "max_tokens": 50, "messages": [{"role": "user", "content": SAY}], "stream": True,
     "system": "Be short.", "temperature": 1, "stop_sequences": ["x"], "metadata": {"user_id": "u"}},
    {"model": "grok-4", "max_tokens": 500, "system": [{"type": "text", "text": "Be short."}], "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": SAY, "cache_control": {"type": "ephemeral"}},
            {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "t", "signature": "enc_" + "a" * 44 + ".sealed"},
            {"type": "tool_use", "id": "call_1", "name": "f", "input": {}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "call_1", "content": "fine", "is_error": False}]}],
     "tools": [{"name": "f", "description": "d", "input_schema": PARAMETERS},
               {"type": "web_search_20250305", "name": "web_search"}],
     "tool_choice": {"type": "tool", "name": "f"}, "thinking": {"type": "enabled", "budget_tokens": 1024}},
)  # fmt: skip


def bounded(examples: int) -> settings:
    """Return the settings of a test that sends `examples` requests."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


class Sender:
    """Sends bodies over one connection that is kept; a connection that breaks fails the test."""

    def __init__(self, gateway: Gateway, path: str) -> None:
        self._path = path
        self._headers = gateway.headers | {"Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
        self._connection.connect()
        self._connection.auto_open = 0

    def send(self, body: bytes) -> tuple[int, str, bytes]:
        """Return status, content type and body of the answer."""
        self._connection.request("POST", self._path, body=body, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        judge(self._path, "POST", answer.status, {k.lower(): v for k, v in answer.getheaders()}, body)
        return answer.status, answer.headers["content-type"], body

    def close(self) -> None:
        self._connection.close()


def check(path: str, status: int, kind: str, content: bytes) -> None:
    """Check that an answer is an answer, or an error in its envelope."""
    anthropic = path.startswith("/v1/messages")
    if status != 200:
        assert status in {400, 404}
        assert kind == "application/json"
        check_error(json.loads(content), anthropic=anthropic)
    elif kind == "application/json":
        answer = json.loads(content)
        assert answer["type" if anthropic else "object"] in {"chat.completion", "response", "message"}
    else:
        assert kind == "text/event-stream; charset=utf-8"
        assert content.endswith(b'"type":"message_stop"}\n\n' if anthropic else b"data: [DONE]\n\n")


def check_error(answer: Any, *, anthropic: bool) -> None:
    if anthropic:
        assert set(answer) == {"type", "error", "request_id"}
        assert set(answer["error"]) == {"type", "message"}
    else:
        assert set(answer) == {"error"}
        assert set(answer["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("bodies", BODIES)
@pytest.mark.parametrize(
    ("path", "valid", "table"),
    [
        ("/v1/chat/completions", CHATS, CHAT_FIELDS),
        ("/v1/responses", RESPONSES, RESPONSES_FIELDS),
        ("/v1/messages", MESSAGES, MESSAGES_FIELDS),
    ],
)
def test_whatever_is_sent_is_answered(
    gateway: Gateway, path: str, valid: Sequence[Json], table: FieldTable, bodies: int
) -> None:
    names = [row.name for row in table.rows]
    seen: dict[int, int] = {}
    with closing(Sender(gateway, path)) as sender:
        for request in valid:
            status, _, content = sender.send(json.dumps(request).encode())
            assert status == 200, content

        for number in range(bodies):
            body = Fuzzer(Random(number), valid, names).body()  # noqa: S311  the same bodies every time
            status, kind, content = sender.send(body)
            seen[status] = seen.get(status, 0) + 1
            try:
                check(path, status, kind, content)
            except AssertionError as error:
                raise AssertionError(f"body {number}: {body!r}") from error
        assert sender.send(json.dumps(valid[0]).encode())[0] == 200
    assert min(seen[200], seen[400]) > bodies // 20, seen


@pytest.fixture
def document(gateway: Gateway) -> Any:
    """The API's own description of itself."""
    status, _, content = gateway.get("/openapi.json")
    assert status == 200
    return json.loads(content)


def operations() -> list[tuple[str, str]]:
    """Return path and method of everything that the document describes."""
    paths = json.loads(openapi_document())["paths"]
    return [(path, method) for path, item in paths.items() for method in item]


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize(("path", "method"), operations())
def test_requests_made_from_the_document_are_answered_as_it_says(
    gateway: Gateway, document: Any, path: str, method: str, examples: int
) -> None:
    described = schemathesis.openapi.from_dict(document).get_all_operations()
    found = [result.ok() for result in described if isinstance(result, Ok)]
    (operation,) = (each for each in found if (each.path, each.method) == (path, method))

    @bounded(examples)
    @given(case=operation.as_strategy())
    def each(case: Any) -> None:
        response = case.call(base_url=gateway.url, headers=gateway.headers, timeout=30)
        case.validate_response(response, checks=[not_a_server_error, content_type_conformance])
        if response.status_code >= 400:
            check_error(response.json(), anthropic=path.startswith("/v1/messages"))

    each()
    assert gateway.get("/models")[0] == 200
