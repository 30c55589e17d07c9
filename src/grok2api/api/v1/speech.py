"""POST /v1/audio/speech, and xAI's own POST /v1/tts: a text in, its sound out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from starlette.types import Receive, Scope, Send

from grok2api.api.admission import Admission
from grok2api.api.auth import caller_of
from grok2api.api.context import context_of
from grok2api.api.v1.sounding import Sounding, Wanted
from grok2api.api.v1.turns import Account, Place, TurnServices, envelope_of, received
from grok2api.canonical.amendments import Amendments
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.plan import Target
from grok2api.config.settings import Settings
from grok2api.dialects.audio.native import TTS_MODEL, NativeSpeech, read_tts
from grok2api.dialects.audio.speech import PATH, SpeechEvents, SpeechRequest, read_speech, speech_dispatch
from grok2api.dialects.base import Envelope
from grok2api.gateway.media_calls import Write
from grok2api.gateway.sound import SoundCalls, check_allowed
from grok2api.gateway.transcriber import Transcriber


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundServices:
    """What the endpoints of sound work with."""

    turns: TurnServices
    calls: SoundCalls
    transcriber: Transcriber
    """Hears what comes within conversations."""
    admission: Admission
    """The places for media of any kind."""

    def place(self, settings: Settings) -> Place:
        """Return a place among the requests for media that this worker serves at once."""
        rules = settings.performance
        return self.admission.place(
            limit=rules.media_max_concurrent, length=rules.queue_length, wait=rules.queue_wait
        )


@dataclass(frozen=True, slots=True)
class Speaker:
    """What makes one endpoint of another: how it reads, writes and tells."""

    operation: str
    read: Callable[[bytes, Envelope], Call]
    write: Callable[[Call], Write]
    wanted: Callable[[Call], Wanted]


class SpeechEndpoint:
    """Answers with a sound.

    Args:
        speaker: Which of the two endpoints it is.
        services: What it is answered with.
    """

    def __init__(self, speaker: Speaker, services: SoundServices) -> None:
        self._speaker = speaker
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        turns, context, caller = self._services.turns, context_of(scope), caller_of(scope)
        settings, speaker = turns.live.current, self._speaker
        account = Account(turns, speaker.operation, context, caller)
        with account as settlement:
            call = speaker.read(await received(context, receive, settings), envelope_of(context, caller))
            check_allowed(call, TTS_MODEL)
            wanted = speaker.wanted(call)
            await account.enter(lambda: turns.estimator.spoken(wanted.text))
            context.mark("read")
            errand = self._services.calls.errand(
                call, settlement, settings, speaker.write(call), surface="speech"
            )
            with turns.in_flight.flight() as flight:
                place = self._services.place(settings)
                sounding = Sounding(self._services.calls, errand, wanted, flight, place)
                await sounding.run(receive, send)


def _openai_write(call: Call) -> Write:
    return partial(_write_speech, cast(SpeechRequest, call.prepared))


def _write_speech(request: SpeechRequest, _target: Target, _lease: Lease, amendments: Amendments) -> Dispatch:
    return speech_dispatch(request, amendments)


def _openai_wanted(call: Call) -> Wanted:
    request = cast(SpeechRequest, call.prepared)
    events = SpeechEvents(request) if request.as_events else None
    return Wanted(
        text=request.text,
        media_type=request.form.media_type,
        events=events,
        custom_voice=request.custom_voice,
    )


def _native_write(call: Call) -> Write:
    dispatch = Dispatch(method="POST", path=PATH, content=call.body.content())
    return lambda _target, _lease, _amendments: dispatch


def _native_wanted(call: Call) -> Wanted:
    request = cast(NativeSpeech, call.prepared)
    return Wanted(text=request.text, media_type=request.media_type, in_json=request.timestamps)


OPENAI_SPEAKER = Speaker("speech", read_speech, _openai_write, _openai_wanted)
NATIVE_SPEAKER = Speaker("tts", read_tts, _native_write, _native_wanted)
