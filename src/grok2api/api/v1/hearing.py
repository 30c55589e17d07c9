"""POST /v1/audio/transcriptions, and xAI's own POST /v1/stt: a sound in, its text out.

The sound is spooled as it comes and goes upstream from there, for every attempt anew: it is never whole in
memory. Must never send a sound that upstream is known not to hear.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from starlette.types import Receive, Scope, Send

from grok2api.api.auth import caller_of
from grok2api.api.context import RequestContext, context_of
from grok2api.api.inflight import Flight
from grok2api.api.multipart import Form, FormFile, form_rules, read_form
from grok2api.api.streaming import ClientWatch, EventStream, Headers
from grok2api.api.v1.sounding import ByteStream, told_of
from grok2api.api.v1.speech import SoundServices
from grok2api.api.v1.turns import Account, envelope_of, interruption
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch
from grok2api.dialects.audio.answers import content_type, events, failure, written
from grok2api.dialects.audio.native import STT_MODEL, NativeHearing, read_stt
from grok2api.dialects.audio.refusals import about_file
from grok2api.dialects.audio.sounds import checked_sound
from grok2api.dialects.audio.transcribing import LARGEST, TranscriptionRequest, read_transcription
from grok2api.dialects.base import Envelope
from grok2api.dialects.fields import missing
from grok2api.errors import Grok2ApiError, InvalidRequest, TooLarge, Unsupported
from grok2api.gateway.media_calls import MediaErrand
from grok2api.gateway.settling import settled
from grok2api.gateway.sound import Heard, check_allowed
from grok2api.gateway.transcriber import hearing_dispatch
from grok2api.kit.multipart import File

_FILE = "file"
_FIELDS_BYTES = 2 * 1024 * 1024
"""What a form may be longer than its sound."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read."""

    call: Call
    dispatch: Dispatch


@dataclass(frozen=True, slots=True)
class Listener:
    """What makes one endpoint of another: how it reads a form, and how it tells what was heard."""

    operation: str
    read: Callable[[Form, Envelope], Asked]
    body: Callable[[Call, Heard], tuple[str, bytes]]
    """Returns the content type and the body of a whole answer."""
    as_is: bool = False
    """Whether the answer is upstream's own."""


class HearingEndpoint:
    """Answers with what a sound says.

    Args:
        listener: Which of the two endpoints it is.
        services: What it is answered with.
    """

    def __init__(self, listener: Listener, services: SoundServices) -> None:
        self._listener = listener
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Its place is held from the first byte, so that spooled sounds are bounded."""
        services, context, caller = self._services, context_of(scope), caller_of(scope)
        turns, settings = services.turns, services.turns.live.current
        rules = replace(form_rules(settings, file=LARGEST, refusal=_too_large), body=LARGEST + _FIELDS_BYTES)
        account = Account(turns, self._listener.operation, context, caller)
        with account as settlement:
            async with services.place(settings), read_form(context, receive, rules) as form:
                asked = self._listener.read(form, envelope_of(context, caller))
                check_allowed(asked.call, STT_MODEL)
                await account.enter(lambda: turns.estimator.heard(sum(file.size for file in form.files)))
                context.mark("read")
                errand = services.calls.errand(
                    asked.call,
                    settlement,
                    settings,
                    lambda _target, _lease, _amendments: asked.dispatch,
                    surface="transcripts",
                )
                with turns.in_flight.flight() as flight:
                    if asked.call.stream:
                        await self._streamed(errand, flight, receive, send)
                    else:
                        await self._whole(errand, flight, context, receive=receive, send=send)

    async def _whole(
        self,
        errand: MediaErrand,
        flight: Flight,
        context: RequestContext,
        *,
        receive: Receive,
        send: Send,
    ) -> None:
        async with ClientWatch(receive, deadline=errand.settings.grok.deadline) as watch:
            try:
                heard = await self._hear(errand)
            except asyncio.CancelledError:
                reason = interruption(watch, flight, errand.settings)
                if reason is not None:
                    raise settled(errand, reason) from None
                errand.settlement.close(end="client_gone", status=499)
                return
        context.mark("upstream")
        kind, body = self._listener.body(errand.call, heard)
        errand.settlement.close(end="completed", status=200)
        stream = ByteStream(send, [*_told(errand.call, heard), *_described(kind, body)])
        await stream.write(body)
        await stream.end()

    async def _streamed(self, errand: MediaErrand, flight: Flight, receive: Receive, send: Send) -> None:
        settings = errand.settings
        stream = EventStream(send, told_of(errand.call))
        watch = ClientWatch(
            receive,
            stream,
            deadline=settings.grok.deadline,
            open_after=settings.stream.open_after,
            keepalive=settings.stream.keepalive,
        )
        async with watch:
            try:
                await self._tell(errand, stream)
            except Grok2ApiError as error:
                await _fail(errand, stream, error)
            except asyncio.CancelledError:
                if not (watch.late or flight.stopping):
                    errand.settlement.close(end="client_gone", status=499)
                reason = interruption(watch, flight, settings)
                if reason is not None:
                    await _fail(errand, stream, reason)

    async def _hear(self, errand: MediaErrand) -> Heard:
        try:
            return await self._services.calls.hear(errand, as_is=self._listener.as_is)
        except Grok2ApiError as error:
            raise about_file(error, _FILE) from error

    async def _tell(self, errand: MediaErrand, stream: EventStream) -> None:
        request = cast(TranscriptionRequest, errand.call.prepared)
        heard = await self._hear(errand)
        if not stream.opened:
            stream.headers = _told(errand.call, heard)
        errand.settlement.first_byte()
        for event in events(heard.transcript, request.form):
            await stream.write(event)
        errand.settlement.close(end="completed", status=200)
        await stream.end()


class RefuseTranslation:
    """POST /v1/audio/translations: there is nothing upstream that could do it."""

    def __init__(self, services: SoundServices) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse one request.

        Raises:
            Unsupported: always; it says what to use.
        """
        with Account(self._services.turns, "translation", context_of(scope), caller_of(scope)):
            raise Unsupported(
                "xAI does not translate speech. Send the sound to POST /v1/audio/transcriptions, and what it "
                "says to POST /v1/chat/completions to have it translated."
            )


async def _fail(errand: MediaErrand, stream: EventStream, error: Grok2ApiError) -> None:
    """End the stream with the error, or, when nothing was sent yet, with a status."""
    if not stream.opened:
        raise settled(errand, error)
    errand.settlement.close(end="cut", status=200, error_code=error.code)
    await stream.write(failure(error))
    await stream.end()


def _told(call: Call, heard: Heard) -> Headers:
    return told_of(call, lease=heard.made.lease)


def _described(kind: str, body: bytes) -> Headers:
    return [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]


def _read_openai(form: Form, envelope: Envelope) -> Asked:
    call = read_transcription(_fields(form), envelope)
    file = _file(form)
    if file is None:
        raise missing(_FILE)
    request = cast(TranscriptionRequest, call.prepared)
    return Asked(call, hearing_dispatch(request.fields, _part(file)))


def _told_openai(call: Call, heard: Heard) -> tuple[str, bytes]:
    request = cast(TranscriptionRequest, call.prepared)
    body = written(
        heard.transcript,
        request.form,
        words=request.words,
        segments=request.segments,
        hint=request.language,
    )
    return content_type(request.form), body


def _read_native(form: Form, envelope: Envelope) -> Asked:
    file = _file(form)
    call = read_stt(_fields(form), envelope, has_file=file is not None)
    request = cast(NativeHearing, call.prepared)
    part = None if file is None else _part(file, unchecked=request.raw)
    return Asked(call, hearing_dispatch(request.fields, part))


def _told_native(_call: Call, heard: Heard) -> tuple[str, bytes]:
    return "application/json", heard.made.reply.content


def _fields(form: Form) -> list[tuple[str, str]]:
    """Return the fields, a file that stands where a text belongs among them, so that none is lost."""
    texts = [(name, text) for name, values in form.fields.items() for text in values if name != _FILE]
    strays = [(file.name, file.filename or "file") for file in form.files if file not in form.files_of(_FILE)]
    return texts + strays


def _file(form: Form) -> FormFile | None:
    """Return the sound; None if there is none.

    Raises:
        InvalidRequest: there are several, or it is a text.
    """
    if _FILE in form.fields:
        raise InvalidRequest("'file' must be a file: the part needs a file name.", param=_FILE)
    files = form.files_of(_FILE)
    if len(files) > 1:
        raise InvalidRequest("'file' may be sent only once.", param=_FILE)
    return files[0] if files else None


def _part(file: FormFile, *, unchecked: bool = False) -> File:
    """Return the sound as it goes upstream, under a name that tells what it is.

    Raises:
        InvalidRequest: it is empty.
        Unsupported: it is of a kind that upstream does not hear.
    """
    sound = None if unchecked and file.size else checked_sound(file.head, _FILE)
    if sound is not None and sound.name:
        return File(_FILE, f"audio.{sound.name}", file.stretch, sound.media_type)
    return File(_FILE, file.filename or "audio", file.stretch, file.content_type)


def _too_large(_limit: int) -> TooLarge:
    return TooLarge(
        f"The sound is larger than {LARGEST // 1_048_576} MiB, which is the most that xAI hears.", param=_FILE
    )


OPENAI_LISTENER = Listener("transcription", _read_openai, _told_openai)
NATIVE_LISTENER = Listener("stt", _read_native, _told_native, as_is=True)
