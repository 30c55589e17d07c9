"""Sending kept media to a client: whole or in part, and nothing twice that it holds already.

A file is read as fast as its client takes it, and no faster; a client that stands still gives its place up.
What a browser could run is never shown in its place. Must never hold more than a piece of a file.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

from starlette.types import Receive, Scope, Send

from grok2api.api.admission import Admission
from grok2api.api.body import ClientGone
from grok2api.api.conditions import Span, http_date, still_the_same, unchanged, wanted
from grok2api.api.context import RequestContext, context_of
from grok2api.api.inflight import Flight, InFlight
from grok2api.api.streaming import ClientWatch, Headers
from grok2api.config.live import Live
from grok2api.errors import RequestTimeout, ShuttingDown
from grok2api.media.formats import format_of
from grok2api.media.library import MediaLibrary, away_error, gone_error
from grok2api.media.names import file_name
from grok2api.storage.records import Asset

_POLICY: Final = b"sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
"""Opened by itself, a picture or clip may be shown, and nothing may run."""
_STANDSTILL: Final = 60.0
"""Seconds that a client may take nothing."""
_SLOWEST: Final = 32 * 1024
"""Bytes a second on the whole, below which a client is given up."""


class AssetDelivery:
    """Answers GET and HEAD with the bytes of an asset; who may have them was decided before.

    Args:
        library: Where they are.
        live: The settings.
        admission: The places for uploads and downloads of this worker.
        in_flight: Where running requests are known.
    """

    def __init__(self, library: MediaLibrary, live: Live, admission: Admission, in_flight: InFlight) -> None:
        self._library = library
        self._live = live
        self._admission = admission
        self._in_flight = in_flight

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, asset: Asset, *, seconds: float
    ) -> None:
        """Answer one request.

        Args:
            scope: The request; its context is there.
            receive: Tells that the client left.
            send: Where the answer goes.
            asset: What it is answered with.
            seconds: For how long the client may keep it without asking again.

        Raises:
            NotFound: the bytes are not here.
            RangeNotSatisfiable: it asks for bytes behind the end.
            Overloaded: too many downloads run and wait.
            MediaStoreError: they cannot be read.
            ClientGone: the client left.
        """
        if self._library.elsewhere(asset):
            raise away_error(asset)
        context, headers = context_of(scope), _headers(asset, seconds)
        if _is_held(context, asset):
            await _start(send, 304, headers)
            await send({"type": "http.response.body", "body": b""})
            return
        headers += _headers_of_content(asset)
        span = _span(scope["method"], context, asset)
        status, part = (206, span) if span else (200, Span(0, asset.size))
        headers.append((b"content-length", b"%d" % len(part)))
        if span:
            headers.append((b"content-range", span.content_range(asset.size).encode()))
        if scope["method"] == "HEAD":
            if not await self._library.present(asset):
                raise gone_error()
            await _start(send, status, headers)
            await send({"type": "http.response.body", "body": b""})
            return
        download = _Download(send, status, headers)
        with self._in_flight.flight() as flight:
            await self._watched(download, receive, flight, asset, part)

    async def _watched(
        self, download: _Download, receive: Receive, flight: Flight, asset: Asset, part: Span
    ) -> None:
        """Send until the client leaves, is too slow, or the server stops."""
        rules = self._live.current.performance
        place = self._admission.place(
            limit=rules.assets_max_concurrent, length=rules.queue_length, wait=rules.queue_wait
        )
        deadline = rules.queue_wait + _STANDSTILL + len(part) / _SLOWEST
        async with ClientWatch(receive, deadline=deadline) as watch:
            try:
                async with place, aclosing(self._library.read(asset, part.start, part.end)) as pieces:
                    async for piece in pieces:
                        await download.write(piece)
                    await download.end()
            except asyncio.CancelledError:
                if not (watch.gone or watch.late or flight.stopping):
                    raise
                task = asyncio.current_task()
                if task is not None:
                    task.uncancel()
                if watch.gone or download.begun:
                    raise ClientGone from None
                raise _reason(flight) from None


class _Download:
    """The answer on its way; nothing is sent before there are bytes to send."""

    def __init__(self, send: Send, status: int, headers: Headers) -> None:
        self._send = send
        self._status = status
        self._headers = headers
        self.begun = False

    async def write(self, piece: bytes) -> None:
        """Send a piece once the client has taken those before.

        Raises:
            ClientGone: it takes nothing any more.
        """
        if not self.begun:
            self.begun = True
            await _start(self._send, self._status, self._headers)
        try:
            async with asyncio.timeout(_STANDSTILL):
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            raise ClientGone from None

    async def end(self) -> None:
        """End the answer."""
        await self._send({"type": "http.response.body", "body": b""})


def _reason(flight: Flight) -> ShuttingDown | RequestTimeout:
    """Return what a client is told that has received nothing yet."""
    if flight.stopping:
        return ShuttingDown("The server is shutting down. Send the request again.", retry_after=1)
    return RequestTimeout("The download did not begin in time. Send the request again.")


async def _start(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


def _tag(asset: Asset) -> str:
    return f'"{asset.etag}"'


def _headers(asset: Asset, seconds: float) -> Headers:
    """Return what is said with the bytes and without them."""
    return [
        (b"etag", _tag(asset).encode()),
        (b"last-modified", http_date(asset.created_at).encode()),
        (b"cache-control", b"private, max-age=%d" % max(0, seconds)),
        (b"accept-ranges", b"bytes"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"content-security-policy", _POLICY),
    ]


def _headers_of_content(asset: Asset) -> Headers:
    found = format_of(asset.mime)
    how = "inline" if found is not None and found.inline else "attachment"
    return [
        (b"content-type", asset.mime.encode()),
        (b"content-disposition", f'{how}; filename="{file_name(asset)}"'.encode()),
    ]


def _is_held(context: RequestContext, asset: Asset) -> bool:
    return unchanged(
        context.header(b"if-none-match"),
        context.header(b"if-modified-since"),
        etag=_tag(asset),
        modified=asset.created_at,
    )


def _span(method: str, context: RequestContext, asset: Asset) -> Span | None:
    """Return the part that is asked for; ranges are a matter of GET alone."""
    same = still_the_same(context.header(b"if-range"), etag=_tag(asset), modified=asset.created_at)
    return wanted(context.header(b"range"), asset.size) if method == "GET" and same else None
