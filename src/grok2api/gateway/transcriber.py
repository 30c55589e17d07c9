"""The text of a sound that came within another request: one call, with an account of its own.

No Grok text model hears, so that what is said has to be in the words of the prompt. Must never bill it to the
request that it came with: it has a row of its own in the ledger.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.dispatch import Dispatch
from grok2api.config.settings import Settings
from grok2api.dialects.audio.native import STT_MODEL
from grok2api.dialects.audio.sounds import HEAD, checked_sound
from grok2api.dialects.audio.transcribing import PATH
from grok2api.gateway.media_calls import MediaErrand
from grok2api.gateway.sound import SoundCalls
from grok2api.kit.multipart import Field, File, InMemory, MultipartBody

OPERATION = "transcription"


class Transcriber:
    """Hears what clients put into their conversations.

    Args:
        calls: Hear it.
        begin: Opens an account.
    """

    def __init__(self, *, calls: SoundCalls, begin: Callable[..., Settlement]) -> None:
        self._calls = calls
        self._begin = begin

    async def text_of(
        self,
        sound: bytes,
        declared: str,
        *,
        caller: Caller,
        request_id: str,
        settings: Settings,
        param: str,
        received_at: float | None = None,
    ) -> str:
        """Return what a sound says; empty where nobody speaks.

        Args:
            sound: The file, decoded.
            declared: The format that the client names, like `wav`; what the bytes say wins.
            caller: Whose sound it is; its scope of the pool serves, whatever models it may use.
            request_id: Of the request that the sound came with.
            settings: The snapshot of that request.
            param: Where the sound stands in it, for errors.
            received_at: Monotonic seconds at which it came.

        Raises:
            InvalidRequest: it is empty.
            Unsupported: it is of a kind that upstream does not hear.
            Grok2ApiError: nobody could hear it.
        """
        found = checked_sound(sound[:HEAD], param)
        ending = found.name or declared.strip().lower()[:16]
        part = File("file", f"audio.{ending}" if ending else "audio", InMemory(sound), found.media_type)
        dispatch = hearing_dispatch((), part)
        settlement = self._begin(
            request_id=f"{request_id[:96]}.stt.{secrets.token_hex(4)}",
            key_id=caller.key_id,
            operation=OPERATION,
            received_at=received_at,
        )
        try:
            errand = self._errand(caller, settlement, settings, dispatch)
            heard = await self._calls.hear(errand)
            settlement.close(end="completed", status=200)
        finally:
            settlement.close(end="client_gone", status=499)  # unless it is settled: then it was cancelled
        return heard.transcript.text

    def _errand(
        self, caller: Caller, settlement: Settlement, settings: Settings, dispatch: Dispatch
    ) -> MediaErrand:
        call = Call(
            request_id=settlement.request_id,
            dialect="audio",
            model=STT_MODEL,
            stream=False,
            body=Body({}),
            caller=caller,
            received_at=0.0,
        )
        return self._calls.errand(
            call, settlement, settings, lambda _target, _lease, _amendments: dispatch, surface="transcripts"
        )


def hearing_dispatch(fields: Iterable[tuple[str, str]], sound: File | None) -> Dispatch:
    """Write the request for a transcript: upstream reads fields only as long as no file has come."""
    parts = [Field(name, text) for name, text in fields]
    upload = MultipartBody([*parts, sound] if sound is not None else parts)
    return Dispatch(method="POST", path=PATH, upload=upload)
