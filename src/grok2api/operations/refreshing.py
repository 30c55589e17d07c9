"""New tokens for sign-ins because an operator asks for them, one or many.

The work is the refresher's: claimed in the store, journalled and stored before use, so that it is safe beside
running servers. Must never touch a token itself.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import grok2api
from grok2api.config.settings import Settings
from grok2api.kit.clock import Clock, SystemClock
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.abreast import for_each
from grok2api.operations.notation import moment
from grok2api.pool.refresh.outcome import Outcome, Result
from grok2api.pool.refresh.refresher import Refresher
from grok2api.pool.refresh.rules import RefreshRules
from grok2api.storage.records import Credential
from grok2api.storage.stores import Records
from grok2api.upstream.transport import Timeouts, Transport
from grok2api.upstream.xai.oauth import CALL_SECONDS, XaiIssuer

_AT_A_TIME: Final = 8
_NO_SIGN_IN: Final = "it is an API key, which has nothing to refresh"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of one refresh; `message` is for people."""

    credential: Credential
    ok: bool
    message: str


async def refresh_all(
    credentials: Sequence[Credential],
    refresher: Refresher,
    *,
    done: Callable[[Refreshed], None] = lambda _refreshed: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Refreshed]:
    """Refresh sign-ins, fresh ones too; return what came of each in their order, fewer if it was stopped.

    Args:
        credentials: Which ones.
        refresher: Does it.
        done: Told of each one as it is done.
        cancelled: Asked before each one whether to stop; one that has begun is brought to its end.
    """

    async def work(credential: Credential) -> Refreshed:
        return await refresh_one(credential, refresher)

    return await for_each(credentials, work, at_a_time=_AT_A_TIME, done=done, cancelled=cancelled)


async def refresh_one(credential: Credential, refresher: Refresher) -> Refreshed:
    """Refresh one sign-in, even if its tokens are fresh or a failure was a short while ago."""
    if credential.kind != "oauth":
        return Refreshed(credential, False, _NO_SIGN_IN)
    outcome = await refresher.refresh(credential.id, force=True)
    return Refreshed(credential, outcome.usable, _in_words(outcome))


@asynccontextmanager
async def refresher_of(
    settings: Settings, records: Records, box: SecretBox, pepper: bytes
) -> AsyncIterator[Refresher]:
    """Open a refresher for somebody who is no server; what is under way at the end ends first."""
    proxy = settings.grok.proxy_url or None
    async with issuer_of(settings) as issuer:
        refresher = Refresher(
            records,
            issuer,
            box,
            SystemClock(),
            pepper=pepper,
            holder=f"{socket.gethostname()[:64]}/{os.getpid()}/{secrets.token_hex(4)}",
            taken=lambda _record: None,
            rules=RefreshRules(),
            proxy=lambda: proxy,
        )
        try:
            yield refresher
        finally:
            await asyncio.shield(refresher.close())


@asynccontextmanager
async def issuer_of(settings: Settings) -> AsyncIterator[XaiIssuer]:
    """Open the way to the sign-in service of the settings."""
    timeouts = Timeouts(connect=settings.grok.connect_timeout, silence=CALL_SECONDS)
    async with Transport(
        user_agent=f"grok2api/{grok2api.__version__}", timeouts=lambda: timeouts
    ) as transport:
        yield issuer_over(transport, settings, SystemClock())


def issuer_over(transport: Transport, settings: Settings, clock: Clock) -> XaiIssuer:
    """Return the sign-in service of the settings, asked over this transport."""
    return XaiIssuer(
        transport,
        issuer=settings.oauth.issuer,
        client_id=settings.oauth.client_id,
        scopes=settings.oauth.scopes,
        clock=clock,
    )


def _in_words(outcome: Outcome) -> str:
    record = outcome.record
    if outcome.usable:
        until = None if record is None else moment(record.expires_at)
        said = "refreshed" if outcome.result is Result.RENEWED else "somebody else has just refreshed it"
        return f"{said}; good until {until}" if until else said
    if outcome.result is Result.UNSTORED:
        return "new tokens came and the store is away; they could not be kept"
    return outcome.reason or outcome.result.value
