"""The witness must be able to object, and must object to what the gateway sends only."""

from __future__ import annotations

import pytest

from support.open_responses import needs_schema
from support.witness import judge

pytestmark = needs_schema

URL = "http://127.0.0.1:1/v1/responses"
OURS = {"openai-processing-ms": "1", "content-type": "application/json"}
STREAM = OURS | {"content-type": "text/event-stream; charset=utf-8"}
TORN = b'event: response.created\ndata: {"type":"response.created","sequence_number":0'
BAD = TORN + b"}\n\n"


@pytest.mark.parametrize(
    ("method", "url", "headers", "body"),
    [
        ("POST", URL, OURS, b'{"id":"resp_1","object":"response"}'),
        ("GET", f"{URL}/resp_1", OURS, b'{"id":"resp_1","object":"response"}'),
        ("GET", f"{URL}/resp_1/input_items?limit=5", OURS, b'{"data":[{"type":"message","id":"m"}]}'),
        ("POST", URL, STREAM, BAD),
    ],
    ids=["response", "stored", "items", "stream"],
)
def test_what_the_document_does_not_describe_fails_the_test(
    method: str, url: str, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises((AssertionError, KeyError)):
        judge(url, method, 200, headers, body)


@pytest.mark.parametrize(
    ("method", "url", "status", "headers", "body"),
    [
        ("POST", URL, 200, {"content-type": "application/json"}, b"{}"),
        ("POST", URL, 400, OURS, b"{}"),
        ("DELETE", f"{URL}/resp_1", 200, OURS, b"{}"),
        ("POST", "http://127.0.0.1:1/v1/chat/completions", 200, OURS, b"{}"),
        ("POST", URL, 200, STREAM, TORN),
    ],
    ids=["the sandbox's", "an error", "a deletion", "chat", "an event cut off"],
)
def test_everything_else_is_not_its_business(
    method: str, url: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    judge(url, method, status, headers, body)
