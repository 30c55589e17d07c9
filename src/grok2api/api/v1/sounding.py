"""A sound on its way to the client: bytes as they come, or events, in step with upstream.

Upstream is read again only when the client has taken what was written; when it leaves, so does the call to
upstream. Every way out has settled the request. Must never end a sound that broke off as if it were whole:
bytes end with the connection, events with an error.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from starlette.types import Receive, Send

from grok2api.api.inflight import Flight
from grok2api.api.streaming import ClientWatch, EventStream, Headers, Outlet
from grok2api.api.v1.turns import Place, interruption
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Lease
from grok2api.dialects.audio.native import sound_type
from grok2api.dialects.audio.refusals import about_voice
from grok2api.dialects.audio.speech import SpeechEvents
from grok2api.dialects.dropped import told_shortly
from grok2api.errors import Grok2ApiError
from grok2api.gateway.failures import fault_error
from grok2api.gateway.media_calls import MediaErrand, OpenBytes
from grok2api.gateway.settling import settled
from grok2api.gateway.sound import SoundCalls
from grok2api.observability.logging import get_logger
from grok2api.upstream.base import UpstreamFault

_log = get_logger("grok2api.sound")


class Telling(Protocol):
    """How a sound is written."""

    def feed(self, chunk: bytes) -> bytes:
        """Return what to send for some more of it; possibly nothing yet."""
        ...

    def finish(self) -> bytes:
        """Return what is left at its end."""
        ...

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return what ends it after an error; empty where nothing can."""
        ...


class AsBytes:
    """A sound as it is."""

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes."""
        return chunk

    def finish(self) -> bytes:
        """Return nothing."""
        return b""

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return nothing: there is no error that a player could read."""
        return b""


class ByteStream:
    """The client's side of an answer that is no text. `headers` may still grow until it opens."""

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self.headers = headers
        self.opened = False

    async def write(self, content: bytes) -> None:
        """Send some bytes."""
        await self._open()
        await self._send({"type": "http.response.body", "body": content, "more_body": True})

    async def end(self) -> None:
        """End the answer."""
        await self._open()
        await self._send({"type": "http.response.body", "body": b""})

    async def _open(self) -> None:
        if not self.opened:
            self.opened = True
            await self._send({"type": "http.response.start", "status": 200, "headers": self.headers})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of a sound is wanted."""

    text: str
    media_type: str
    """What it is where upstream does not say."""
    events: SpeechEvents | None = None
    """What tells it in events; None sends it as it is."""
    in_json: bool = False
    """Whether it comes within JSON."""
    custom_voice: str = ""
    """A voice that nobody here knows, if one is asked for."""


class Sounding:
    """One sound.

    Args:
        calls: Make it.
        errand: What is asked for.
        wanted: How it is told.
        flight: The request among those that run.
        place: The request's place among those that are served at once.
    """

    def __init__(
        self, calls: SoundCalls, errand: MediaErrand, wanted: Wanted, flight: Flight, place: Place
    ) -> None:
        self._calls = calls
        self._errand = errand
        self._wanted = wanted
        self._telling: Telling = wanted.events or AsBytes()
        self._flight = flight
        self._place = place
        self._sound: OpenBytes | None = None

    async def run(self, receive: Receive, send: Send) -> None:
        """Answer.

        Raises:
            Grok2ApiError: there is no sound, and nothing was sent.
        """
        settings = self._errand.settings
        headers = told_of(self._errand.call)
        outlet: Outlet
        if self._wanted.events is None:
            outlet, stream = ByteStream(send, headers), None
        else:
            outlet = stream = EventStream(send, headers)
        watch = ClientWatch(
            receive,
            stream,
            deadline=settings.grok.deadline,
            open_after=settings.stream.open_after,
            keepalive=settings.stream.keepalive,
        )
        try:
            async with watch:
                await self._run(outlet, watch)
        finally:
            self._close(ok=False)

    async def _run(self, outlet: Outlet, watch: ClientWatch) -> None:
        try:
            async with self._place:
                await self._tell(outlet)
        except UpstreamFault as error:
            await self._fail(outlet, fault_error(error.fault))
        except Grok2ApiError as error:
            voice = self._wanted.custom_voice
            await self._fail(outlet, about_voice(error, voice) if voice else error)
        except asyncio.CancelledError:
            if not (watch.late or self._flight.stopping):
                self._close(ok=False)
                self._errand.settlement.close(end="client_gone", status=499)
            reason = interruption(watch, self._flight, self._errand.settings)
            if reason is not None:
                await self._fail(outlet, reason)

    async def _tell(self, outlet: Outlet) -> None:
        wanted, settlement = self._wanted, self._errand.settlement
        sound = self._sound = await self._calls.speak(self._errand, wanted.text, in_json=wanted.in_json)
        if not outlet.opened:
            outlet.headers = self._told(sound)
        while chunk := await sound.chunk(self._errand.call.request_id):
            settlement.first_byte()
            if content := self._telling.feed(chunk):
                await outlet.write(content)
        if rest := self._telling.finish():
            await outlet.write(rest)
        self._close(ok=True)
        settlement.close(end="completed", status=200)
        await outlet.end()

    def _told(self, sound: OpenBytes) -> Headers:
        headers = told_of(self._errand.call, sound.dispatch.dropped, sound.lease)
        if self._wanted.events is not None:
            return headers
        kind, length = sound.reply.content_type, sound.reply.length
        kind = "application/json" if self._wanted.in_json else sound_type(kind, self._wanted.media_type)
        headers.append((b"content-type", kind.encode()))
        if length is not None:
            headers.append((b"content-length", b"%d" % length))
        return headers

    async def _fail(self, outlet: Outlet, error: Grok2ApiError) -> None:
        """End what was begun so that nobody takes it for whole; tell by a status what was not."""
        self._close(ok=False)
        if not outlet.opened:
            raise settled(self._errand, error)
        self._errand.settlement.close(end="cut", status=200, error_code=error.code)
        _log.warning(
            "a sound broke off", request_id=self._errand.call.request_id, reason=error.public_message
        )
        if content := self._telling.fail(error):
            await outlet.write(content)
            await outlet.end()

    def _close(self, *, ok: bool) -> None:
        if self._sound is not None:
            self._sound.close(ok=ok)


def told_of(call: Call, left_out: tuple[str, ...] = (), lease: Lease | None = None) -> Headers:
    """Return the headers that tell the truth about an answer: what the request lost, and who made it up."""
    headers: Headers = []
    if names := told_shortly((*call.dropped, *left_out)):
        headers.append((b"x-grok2api-dropped-params", ",".join(names).encode("ascii", "replace")))
    if lease is not None and lease.sandbox:
        headers.append((b"x-grok2api-sandbox", b"1"))
    return headers
