"""Judges every answer of /v1/responses that passes through the test suite's own clients.

Tests look at what they are about; here the Open Responses document looks at the rest of the same answer. It
judges only while `OPEN_RESPONSES_SCHEMA` names it. Answers are told from the sandbox's by a header that only
the gateway sends.
"""

from __future__ import annotations

import functools
import json
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
from typing_extensions import override

from support.open_responses import SCHEMA, check_event, check_item, check_response

Json = dict[str, Any]

_PATH = re.compile(r"/v1/responses(?:/(?P<id>[^/]+)(?:/(?P<what>input_items|cancel))?)?")
_OURS = "openai-processing-ms"
_NO_RESPONSES = frozenset({"compact", "input_tokens"})


def judge(url: str, method: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check an answer if it is one that the document describes; `headers` are in lower case."""
    path = _PATH.fullmatch(urlsplit(url).path)
    if not SCHEMA or path is None or status != 200 or _OURS not in headers or method == "DELETE":
        return
    if path["id"] in _NO_RESPONSES:
        return
    if headers.get("content-type", "").startswith("text/event-stream"):
        for event in whole_events(body):
            check_event(event)
    elif path["what"] == "input_items":
        for item in json.loads(body)["data"]:
            check_item(item)
    else:
        check_response(json.loads(body))


def whole_events(body: bytes) -> Iterator[Json]:
    """Yield the events of a stream, as far as they came."""
    for frame in body.split(b"\n\n")[:-1]:
        lines = dict(line.partition(b": ")[::2] for line in frame.split(b"\n") if not line.startswith(b":"))
        data = lines.get(b"data", b"[DONE]")
        if data != b"[DONE]":
            yield json.loads(data)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return whom clients trust; to read it anew costs each of them more than all of its requests."""
    return ssl.create_default_context()


class JudgingTransport(httpx2.HTTPTransport):
    """Carries an SDK's requests, and judges what comes back once it was read."""

    def __init__(self) -> None:
        super().__init__(verify=_trust())

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = super().handle_request(request)
        assert isinstance(answer.stream, httpx2.SyncByteStream)
        answer.stream = _Judged(answer.stream, request, answer)
        return answer


class AsyncJudgingTransport(httpx2.AsyncHTTPTransport):
    """The same for clients that do not block."""

    def __init__(self) -> None:
        super().__init__(verify=_trust())

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await super().handle_async_request(request)
        assert isinstance(answer.stream, httpx2.AsyncByteStream)
        answer.stream = _AsyncJudged(answer.stream, request, answer)
        return answer


class _Reading:
    def __init__(self, request: httpx2.Request, answer: httpx2.Response) -> None:
        self._request, self._answer = request, answer
        self._pieces: list[bytes] = []

    def judge(self, *, whole: bool) -> None:
        streamed = "event-stream" in self._answer.headers.get("content-type", "")
        if whole or streamed:
            headers = {name.lower(): value for name, value in self._answer.headers.items()}
            body, self._pieces = b"".join(self._pieces), []
            judge(str(self._request.url), self._request.method, self._answer.status_code, headers, body)


class _Judged(httpx2.SyncByteStream, _Reading):
    def __init__(
        self, stream: httpx2.SyncByteStream, request: httpx2.Request, answer: httpx2.Response
    ) -> None:
        super().__init__(request, answer)
        self._stream = stream

    @override
    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._pieces.append(piece)
            yield piece
        self.judge(whole=True)

    @override
    def close(self) -> None:
        self._stream.close()
        self.judge(whole=False)


class _AsyncJudged(httpx2.AsyncByteStream, _Reading):
    def __init__(
        self, stream: httpx2.AsyncByteStream, request: httpx2.Request, answer: httpx2.Response
    ) -> None:
        super().__init__(request, answer)
        self._stream = stream

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._pieces.append(piece)
            yield piece
        self.judge(whole=True)

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()
        self.judge(whole=False)
