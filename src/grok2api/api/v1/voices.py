"""GET /v1/tts/voices and /v1/tts/voices/{id}: the voices as xAI itself lists them."""

from __future__ import annotations

import asyncio
import re
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.types import Receive, Scope, Send

from grok2api.api.auth import caller_of
from grok2api.api.context import context_of, send_json
from grok2api.api.streaming import ClientWatch
from grok2api.api.v1.sounding import told_of
from grok2api.api.v1.speech import SoundServices
from grok2api.api.v1.turns import Account, envelope_of, interruption
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch
from grok2api.dialects.audio.native import TTS_MODEL
from grok2api.errors import NotFound
from grok2api.gateway.settling import settled

OPERATION: Final = "voices"
_PATH: Final = "/tts/voices"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")


class VoicesEndpoint:
    """Answers with xAI's voices, or with one."""

    def __init__(self, services: SoundServices) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            NotFound: there is no such voice.
        """
        turns, context, caller = self._services.turns, context_of(scope), caller_of(scope)
        settings = turns.live.current
        with Account(turns, OPERATION, context, caller) as settlement:
            dispatch = Dispatch(method="GET", path=_path(scope))
            envelope = envelope_of(context, caller)
            call = Call(
                request_id=envelope.request_id,
                dialect="audio",
                model=TTS_MODEL,
                stream=False,
                body=Body({}),
                caller=caller,
                received_at=envelope.received_at,
            )
            errand = self._services.calls.errand(
                call, settlement, settings, lambda _target, _lease, _amendments: dispatch, surface="speech"
            )
            with turns.in_flight.flight() as flight:
                async with ClientWatch(receive, deadline=settings.grok.deadline) as watch:
                    try:
                        made = await self._services.calls.fetch(errand)
                    except asyncio.CancelledError:
                        reason = interruption(watch, flight, settings)
                        if reason is not None:
                            raise settled(errand, reason) from None
                        return
            settlement.close(end="completed", status=200)
            await send_json(send, 200, made.reply.content, told_of(call, lease=made.lease))


def _path(scope: Scope) -> str:
    """Return upstream's path for a request's own."""
    query = urlencode(parse_qsl(scope["query_string"].decode("latin-1"))[:16])
    voice = scope["path_params"].get("voice_id") if scope.get("path_params") else None
    if voice is not None and not _ID.match(voice):
        raise NotFound("There is no such voice. GET /v1/tts/voices lists them.", param="voice_id")
    path = _PATH if voice is None else f"{_PATH}/{voice}"
    return f"{path}?{query}" if query else path
