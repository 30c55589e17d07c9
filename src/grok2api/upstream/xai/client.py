"""Calls to xAI: a dispatch and a lease go in, a reply or one classified fault comes out.

Must never retry and never translate: one call, one outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec
from typing_extensions import override

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.fault import Fault
from grok2api.kit.clock import Clock
from grok2api.kit.sse import Frame, FrameReader, FrameTooLong
from grok2api.upstream.base import ByteReply, StreamReply, UpstreamFault, UpstreamModel, WholeReply
from grok2api.upstream.transport import OpenReply, Transport, TransportError
from grok2api.upstream.xai.allowance import allowance_in
from grok2api.upstream.xai.faults import (
    broken_stream,
    classify_event,
    classify_hidden_error,
    classify_response,
    classify_transport,
)
from grok2api.upstream.xai.mislabelled import are_events, is_whole, tells, told_by_events

_EVENT_STREAM = "text/event-stream"
_NOT_YET = 202
"""What is asked for is still being made; the body may be empty."""
_JSON = (b"{", b'"')
"""How an error begins that is no event."""
_NO_STREAMS = frozenset({"application/json", "application/problem+json", "text/html", "text/plain"})


class XaiClient:
    """xAI's HTTP API on behalf of a leased credential.

    Args:
        transport: Carries the calls.
        clock: Tells the wall time, for a Retry-After that names a date.
        proxy: The way of credentials without a proxy of their own.
        first_byte: Seconds that a stream may take to begin; 0 is as long as any silence.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        proxy: str | None = None,
        first_byte: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._proxy = proxy
        self._first_byte = first_byte

    async def stream(self, dispatch: Dispatch, lease: Lease) -> StreamReply:
        """Open an event stream.

        Raises:
            UpstreamFault: no stream came; an error body under status 200 counts as the error it is.
        """
        reply = await self._open(dispatch, lease, accept=_EVENT_STREAM, first_byte=self._first_byte())
        if reply.content_type in _NO_STREAMS:
            return await _mislabelled(reply)
        return XaiStream(reply)

    async def whole(self, dispatch: Dispatch, lease: Lease) -> WholeReply:
        """Send a request and read its whole answer.

        Raises:
            UpstreamFault: it failed; an error body under status 200 counts as the error it is.
        """
        reply = await self._open(dispatch, lease, accept="application/json")
        try:
            content = await reply.body()
        except TransportError as error:
            raise UpstreamFault(classify_transport(error)) from error
        finally:
            reply.close()
        content = told_by_events(content)
        if reply.status != _NOT_YET and _is_error(content):
            raise UpstreamFault(classify_hidden_error(content))
        request_id = reply.headers.get("x-request-id", "")
        return WholeReply(reply.status, request_id, content, allowance_in(reply.headers))

    async def download(self, dispatch: Dispatch, lease: Lease) -> ByteReply:
        """Open an answer whose bytes are handed on as they come.

        Raises:
            UpstreamFault: it failed; a JSON error under status 200 is not looked for.
        """
        return XaiBytes(await self._open(dispatch, lease, accept="*/*"))

    async def list_models(self, lease: Lease) -> tuple[UpstreamModel, ...]:
        """Return the models that the leased credential may use.

        Raises:
            UpstreamFault: the list could not be had.
        """
        reply = await self.whole(Dispatch(method="GET", path="/models"), lease)
        try:
            return tuple(_models(msgspec.json.decode(reply.content)))
        except (msgspec.DecodeError, RecursionError) as error:
            raise UpstreamFault(broken_stream(f"the model list cannot be read: {error}")) from error

    @staticmethod
    def classify_event(error: Mapping[str, object]) -> Fault:
        """Classify the error that a stream reported."""
        return classify_event(error)

    @staticmethod
    def unreadable_stream(reason: str) -> Fault:
        """Return the fault for a stream that broke off or cannot be read."""
        return broken_stream(reason)

    async def _open(
        self, dispatch: Dispatch, lease: Lease, *, accept: str, first_byte: float = 0.0
    ) -> OpenReply:
        headers = {"Authorization": f"Bearer {lease.token}", "Accept": accept}
        if dispatch.upload is not None:
            headers["Content-Type"] = dispatch.upload.content_type
            headers["Content-Length"] = str(dispatch.upload.length)
        elif dispatch.content is not None:
            headers["Content-Type"] = "application/json"
        if dispatch.conversation:
            headers["x-grok-conv-id"] = dispatch.conversation
        try:
            reply = await self._transport.open(
                dispatch.method,
                lease.base_url + dispatch.path,
                headers=headers,
                content=dispatch.upload or dispatch.content,
                proxy=None if lease.sandbox else lease.proxy or self._proxy,
                first_byte=first_byte,
                once=not dispatch.repeatable,
            )
        except TransportError as error:
            raise UpstreamFault(classify_transport(error)) from error
        if reply.status >= 300:
            content = await reply.beginning()
            raise UpstreamFault(classify_response(reply.status, content, reply.headers, self._clock.now()))
        return reply


class XaiStream:
    """An open event stream of xAI's, cut into frames."""

    __slots__ = ("_frames", "_reply", "allowance", "request_id")

    def __init__(self, reply: OpenReply) -> None:
        self._reply = reply
        self._frames = FrameReader()
        self.request_id = reply.headers.get("x-request-id", "")
        self.allowance = allowance_in(reply.headers)

    async def read(self) -> list[Frame] | None:
        """Return the next frames (possibly none), or None at the end of the stream.

        Raises:
            UpstreamFault: the connection broke, fell silent, or an event has no end.
        """
        try:
            chunk = await self._reply.chunk()
            if not chunk:
                return self._last()
            return self._frames.feed(chunk)
        except TransportError as error:
            raise UpstreamFault(classify_transport(error)) from error
        except FrameTooLong as error:
            raise UpstreamFault(broken_stream(str(error))) from error

    def _last(self) -> list[Frame] | None:
        """Return a frame that came whole, but for the blank line behind it; None if there is none.

        Raises:
            UpstreamFault: what came is an error that is no event.
        """
        rest = self._frames.rest().strip()
        if rest.startswith(_JSON):
            raise UpstreamFault(classify_hidden_error(rest))
        return [frame for frame in self._frames.feed(rest + b"\n\n") if is_whole(frame)] if rest else None

    def close(self) -> None:
        """Drop the connection if the stream has not ended."""
        self._reply.close()


class _Begun(XaiStream):
    """A stream of which some bytes were read already, to see that it is one."""

    __slots__ = ("_beginning",)

    def __init__(self, reply: OpenReply, beginning: bytes) -> None:
        super().__init__(reply)
        self._beginning = beginning

    @override
    async def read(self) -> list[Frame] | None:
        beginning, self._beginning = self._beginning, b""
        return self._frames.feed(beginning) if beginning else await super().read()


async def _mislabelled(reply: OpenReply) -> XaiStream:
    """Return the stream in an answer that is declared as something else.

    Raises:
        UpstreamFault: it is none.
    """
    beginning = b""
    try:
        while not tells(beginning) and (chunk := await reply.chunk()):
            beginning += chunk
    except TransportError as error:
        raise UpstreamFault(classify_transport(error)) from error
    if are_events(beginning):
        return _Begun(reply, beginning)
    raise UpstreamFault(classify_hidden_error(beginning + await reply.beginning()))


class XaiBytes:
    """An answer of xAI's that is handed on as it comes."""

    __slots__ = ("_reply", "content_type", "length", "request_id")

    def __init__(self, reply: OpenReply) -> None:
        self._reply = reply
        length = reply.headers.get("content-length", "")
        self.content_type = reply.headers.get("content-type", "")
        self.length = int(length) if length.isascii() and length.isdigit() else None
        self.request_id = reply.headers.get("x-request-id", "")

    async def chunk(self) -> bytes:
        """Return the next bytes; empty at the end.

        Raises:
            UpstreamFault: the body broke off or fell silent.
        """
        try:
            return await self._reply.chunk()
        except TransportError as error:
            raise UpstreamFault(classify_transport(error)) from error

    def close(self) -> None:
        """Drop the connection if the body has not ended."""
        self._reply.close()


_ABSENT = msgspec.Raw(b"")


class _Peek(msgspec.Struct):
    """Enough of an answer to tell an object from an error. A union with Raw would not take anything."""

    type: msgspec.Raw = _ABSENT
    object: msgspec.Raw = _ABSENT
    error: msgspec.Raw = _ABSENT
    data: msgspec.Raw = _ABSENT
    output: msgspec.Raw = _ABSENT
    choices: msgspec.Raw = _ABSENT
    status: msgspec.Raw = _ABSENT


_peek = msgspec.json.Decoder(_Peek)
_JOB_STATES = frozenset({b'"pending"', b'"done"', b'"failed"', b'"expired"'})
"""A job that failed is told with an `error`, and is an answer none the less."""


def _is_error(content: bytes) -> bool:
    """Whether a 2xx body is an error in disguise: no answer in it, but an error or nothing readable."""
    try:
        peek = _peek.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return True
    answered = any(bytes(part) for part in (peek.object, peek.data, peek.output, peek.choices))
    if bytes(peek.status) in _JOB_STATES:
        return False
    told = bytes(peek.error) not in {b"", b"null"} or bytes(peek.type) == b'"error"'
    return not answered and told


def _models(listing: object) -> Iterator[UpstreamModel]:
    rows = listing.get("data") if isinstance(listing, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(name := row.get("id"), str) and name:
            yield UpstreamModel(
                id=name,
                created=created if isinstance(created := row.get("created"), int) else 0,
                aliases=_texts(row.get("aliases")) or (),
                efforts=_efforts(row.get("capabilities")),
            )


def _efforts(capabilities: object) -> tuple[str, ...] | None:
    return _texts(capabilities.get("reasoning_effort")) if isinstance(capabilities, dict) else None


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else None
