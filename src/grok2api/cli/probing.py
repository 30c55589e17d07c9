"""Asks upstream whether a credential works, one call or two for each and no retries.

It costs nothing: only lists and the key's own facts are asked for. Must never change a record, and must
never say a key; what upstream said comes through the classifier, which removes secrets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import msgspec

import grok2api
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.fault import Fault, FaultKind
from grok2api.cli.credential_view import open_secret
from grok2api.cli.session import Session
from grok2api.config.settings import Settings
from grok2api.kit.clock import SystemClock
from grok2api.storage.records import Credential
from grok2api.upstream.base import UpstreamFault, UpstreamModel
from grok2api.upstream.transport import Timeouts, Transport
from grok2api.upstream.xai.client import XaiClient

_LONGEST_SILENCE: Final = 30.0
_AT_A_TIME: Final = 8

_WORDS: Final[Mapping[FaultKind, str]] = {
    FaultKind.BAD_KEY: "xAI does not know this key",
    FaultKind.NOT_AUTHENTICATED: "xAI does not accept this key",
    FaultKind.TOKEN_EXPIRED: "xAI no longer accepts this sign-in",
    FaultKind.BLOCKED: "xAI blocked this key, its team or its user",
    FaultKind.ACCESS_DENIED: "xAI denies this key access",
    FaultKind.NO_CREDIT: "out of credit",
    FaultKind.QUOTA: "the allowance is used up",
    FaultKind.RATE_LIMIT: "the rate limit is reached; try again shortly",
    FaultKind.UNREACHABLE: "xAI cannot be reached from here (see grok.base_url and grok.proxy_url)",
    FaultKind.TIMEOUT: "xAI did not answer in time",
    FaultKind.UNREADABLE: "xAI refused without a reason that could be read",
}


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of asking. `models` is what the credential may use when `ok`."""

    credential: Credential
    ok: bool
    message: str
    models: tuple[UpstreamModel, ...] = ()


class _KeyFacts(msgspec.Struct):
    """The part of upstream's answer about a key that says whether it may be used."""

    team_blocked: bool = False
    api_key_blocked: bool = False
    api_key_disabled: bool = False

    @property
    def trouble(self) -> str:
        """Return what keeps the key from being used, or an empty text."""
        if self.team_blocked:
            return "xAI blocked the key's team"
        if self.api_key_blocked:
            return "xAI blocked the key"
        return "the key is disabled at xAI" if self.api_key_disabled else ""


async def probe_all(
    session: Session, credentials: Sequence[Credential], *, done: Callable[[], None] = lambda: None
) -> list[Probe]:
    """Return one probe for each credential, in their order; `done` is called after each."""
    gate = asyncio.Semaphore(_AT_A_TIME)

    async def one(client: XaiClient, credential: Credential) -> Probe:
        async with gate:
            probe = await _probe(client, session, credential)
        done()
        return probe

    async with xai_client(session.settings) as client, asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(client, credential)) for credential in credentials]
    return [task.result() for task in tasks]


@asynccontextmanager
async def xai_client(settings: Settings) -> AsyncIterator[XaiClient]:
    """Open the upstream client with the time limits of somebody who waits at a terminal."""
    timeouts = Timeouts(
        connect=settings.grok.connect_timeout, silence=min(settings.grok.timeout, _LONGEST_SILENCE)
    )
    async with Transport(user_agent=f"grok2api/{grok2api.__version__}", timeouts=timeouts) as transport:
        yield XaiClient(transport, SystemClock())


async def _probe(client: XaiClient, session: Session, credential: Credential) -> Probe:
    token = open_secret(credential, session.box)
    if token is None:
        return Probe(credential, False, "its secret does not open with this server's secret key")
    lease = Lease(
        credential_id=credential.id,
        account_id=credential.account_id,
        token=token,
        base_url=session.settings.grok.base_url,
        proxy=credential.proxy or session.settings.grok.proxy_url or None,
    )
    try:
        models = await client.list_models(lease)
        trouble = await _trouble(client, lease) if credential.kind == "api_key" else ""
    except UpstreamFault as error:
        return Probe(credential, False, in_words(error.fault))
    if trouble:
        return Probe(credential, False, trouble)
    return Probe(credential, True, f"{len(models)} models", models)


async def _trouble(client: XaiClient, lease: Lease) -> str:
    """Ask for the key's own facts; an upstream that does not know the question knows no trouble."""
    try:
        reply = await client.whole(Dispatch(method="GET", path="/api-key"), lease)
        return msgspec.json.decode(reply.content, type=_KeyFacts).trouble
    except msgspec.DecodeError:
        return ""
    except UpstreamFault as error:
        if error.fault.kind in {FaultKind.OBJECT_MISSING, FaultKind.INVALID_REQUEST}:
            return ""
        raise


def in_words(fault: Fault) -> str:
    """Return a fault in an operator's words, with upstream's own where there are any."""
    words = _WORDS.get(fault.kind, fault.kind.value.replace("_", " "))
    status = f" ({fault.upstream_status})" if fault.upstream_status else ""
    return f"{words}{status}: {fault.detail}" if fault.detail else f"{words}{status}"
