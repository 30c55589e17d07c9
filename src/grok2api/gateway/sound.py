"""What is spoken and heard: one call each, on any credential of the caller's that may.

Nothing is left behind upstream, so a call that failed may be sent again, as a turn may. What it costs is
noted as soon as it is known what was spoken or heard. Must never hold a sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.call import Call
from grok2api.canonical.plan import Plan, Target
from grok2api.canonical.price import SoundPrice
from grok2api.canonical.usage import Usage
from grok2api.config.settings import Settings
from grok2api.dialects.audio.transcript import Transcript, read_transcript
from grok2api.errors import Grok2ApiError, ModelNotFound, UpstreamError
from grok2api.gateway.media_calls import Made, MediaCalls, MediaErrand, OpenBytes, Write
from grok2api.gateway.orders import demand_of
from grok2api.gateway.settling import settled
from grok2api.gateway.upstreams import Upstream
from grok2api.upstream.base import ByteReply, UpstreamFault

SoundSurface = Literal["speech", "transcripts"]

_MOST_OF_AN_ERROR: Final = 64 * 1024
_ERRORS: Final = (b'{"error"', b'{"code"')
_SOUNDS: Final = ("audio/", "application/octet-stream")


class Heard(NamedTuple):
    """What upstream heard."""

    transcript: Transcript
    made: Made


class SoundCalls:
    """Speaks and hears.

    Args:
        media: Sends the calls.
        upstream: Tells what an answer that is no sound means.
        price: Gives what they cost where upstream does not say.
    """

    def __init__(self, *, media: MediaCalls, upstream: Upstream, price: Callable[[], SoundPrice]) -> None:
        self._media = media
        self._upstream = upstream
        self._price = price

    def errand(
        self, call: Call, settlement: Settlement, settings: Settings, write: Write, *, surface: SoundSurface
    ) -> MediaErrand:
        """Decide about a call.

        Args:
            call: The request; a sound has no model of its own, so that any name will do.
            settlement: Its account.
            settings: The snapshot that it lives with.
            write: Writes the request for one attempt.
            surface: Which of xAI's limits it counts against.
        """
        plan = Plan(public_id=call.model, mode="media", targets=(Target("", surface=surface),))
        settlement.asked(call.model, stream=call.stream)
        settlement.demanded(demand_of(call, plan, plan.targets[0]))
        return MediaErrand(call=call, plan=plan, settlement=settlement, settings=settings, write=write)

    async def speak(self, errand: MediaErrand, text: str, *, in_json: bool = False) -> OpenBytes:
        """Return a sound that has begun.

        Args:
            errand: What is asked for.
            text: What is spoken.
            in_json: Whether the sound comes within JSON.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """

        async def begin(reply: ByteReply) -> bytes:
            return await self._begin(reply, in_json=in_json)

        try:
            sound = await self._media.download(errand, begin=begin)
        except Grok2ApiError as error:
            raise settled(errand, error) from error
        errand.settlement.used(Usage(cost_ticks=self._price().spoken(len(text)), estimated=True))
        return sound

    async def hear(self, errand: MediaErrand, *, as_is: bool = False) -> Heard:
        """Return what upstream heard.

        Args:
            errand: What is asked for.
            as_is: Whether upstream's answer is handed on, be it readable or not.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        try:
            made = await self._media.whole(errand)
            transcript = _read(made.reply.content, as_is=as_is)
        except Grok2ApiError as error:
            raise settled(errand, error) from error
        told = transcript.cost_ticks
        cost = self._price().heard(transcript.duration) if told is None else told
        errand.settlement.used(Usage(cost_ticks=cost, estimated=told is None))
        return Heard(transcript, made)

    async def fetch(self, errand: MediaErrand) -> Made:
        """Return an answer that costs nothing.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        try:
            return await self._media.whole(errand)
        except Grok2ApiError as error:
            raise settled(errand, error) from error

    async def _begin(self, reply: ByteReply, *, in_json: bool) -> bytes:
        """Return the first bytes of a sound, while another credential may still speak."""
        first = await reply.chunk()
        if not first:
            raise UpstreamFault(self._upstream.unreadable_stream("no sound came"))
        kind = reply.content_type.lower()
        if in_json and not first.lstrip().startswith(_ERRORS):
            return first
        if not in_json and (not kind or kind.startswith(_SOUNDS)):
            return first
        content = first
        while len(content) < _MOST_OF_AN_ERROR and (chunk := await reply.chunk()):
            content += chunk
        raise UpstreamFault(
            self._upstream.classify_event(error)
            if (error := _error_in(content)) is not None
            else self._upstream.unreadable_stream(f"'{kind[:80]}' came in place of a sound")
        )


def check_allowed(call: Call, general: str) -> None:
    """Refuse a name that is not on the list of a key that has one.

    Args:
        call: The request.
        general: What stands on such a list for all names.

    Raises:
        ModelNotFound: it says what to put on the list.
    """
    models = call.caller.models
    if models is not None and call.model not in models and general not in models:
        raise ModelNotFound(
            f"The model '{call.model[:100]}' is not on the list of this key. Ask whoever runs this server to "
            f"put it there, or '{general}', which stands for any name.",
            param="model",
        )


def _read(content: bytes, *, as_is: bool) -> Transcript:
    try:
        return read_transcript(content)
    except ValueError:
        if as_is:
            return Transcript(text="")
        # Another account would be paid for the same answer, so nobody else is asked.
        raise UpstreamError("Grok heard the sound, but its answer cannot be read.") from None


def _error_in(content: bytes) -> Mapping[str, object] | None:
    try:
        error = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return error if isinstance(error, dict) else None
