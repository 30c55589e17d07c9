"""Asks upstream whether a credential works, two calls for each and no retries.

It costs nothing: only lists and the credential's own facts are asked for. Must never change a record, and
must never say a secret; what upstream said comes through the classifier, which removes them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import grok2api
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault, FaultKind
from grok2api.canonical.identity import Identity
from grok2api.config.settings import Settings
from grok2api.kit.clock import Clock, SystemClock
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.operations.abreast import for_each
from grok2api.operations.views import PROXY_UNOPENED, UNOPENED, open_secret
from grok2api.pool.proxy_seal import open_proxy
from grok2api.pool.refresh.rules import over
from grok2api.pool.tokens import open_tokens
from grok2api.storage.records import Credential
from grok2api.upstream.base import UpstreamFault, UpstreamModel
from grok2api.upstream.transport import Timeouts, Transport
from grok2api.upstream.xai.client import XaiClient
from grok2api.upstream.xai.identity import identify

_LONGEST_SILENCE: Final = 30.0

_OVER: Final = "its access token has ended; refresh it: grok2api credentials refresh"
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
    FaultKind.PROXY_DOWN: "its proxy does not answer (see its proxy and grok.proxy_url)",
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
    identity: Identity | None = None
    """Who it is, if upstream said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What upstream is asked with.

    Attributes:
        base_url: Where upstream is.
        proxy: The proxy of credentials that have none of their own, or None.
        at_a_time: How many credentials are asked about at once; 0 for all.
    """

    client: XaiClient
    box: SecretBox = field(repr=False)
    clock: Clock
    base_url: str
    proxy: str | None = field(default=None, repr=False)
    at_a_time: int


async def probe_all(
    credentials: Sequence[Credential],
    asking: Asking,
    *,
    done: Callable[[Probe], None] = lambda _probe: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Probe]:
    """Return a probe for each credential, in their order; fewer if it was stopped.

    Args:
        credentials: Which ones.
        asking: What upstream is asked with.
        done: Told of each probe as it is done.
        cancelled: Asked before each one whether to stop.
    """

    async def work(credential: Credential) -> Probe:
        return await probe(credential, asking)

    return await for_each(credentials, work, at_a_time=asking.at_a_time, done=done, cancelled=cancelled)


async def probe(credential: Credential, asking: Asking) -> Probe:
    """Ask upstream for the models and the identity of one credential."""
    token, trouble = _token(credential, asking)
    if trouble:
        return Probe(credential, False, trouble)
    try:
        proxy = open_proxy(credential, asking.box)
    except SealBroken:
        return Probe(credential, False, PROXY_UNOPENED)
    lease = Lease(
        credential_id=credential.id,
        account_id=credential.account_id,
        token=token,
        base_url=asking.base_url,
        proxy=proxy or asking.proxy,
        kind=credential.kind,
        generation=credential.generation,
    )
    try:
        identity = await identify(asking.client, lease, sign_in=credential.kind == "oauth")
        models = await asking.client.list_models(lease)
    except UpstreamFault as error:
        return Probe(credential, False, in_words(error.fault))
    if identity.blocked:
        return Probe(credential, False, identity.blocked, identity=identity)
    return Probe(credential, True, f"{len(models)} models", models, identity)


@asynccontextmanager
async def asking_of(settings: Settings, box: SecretBox) -> AsyncIterator[Asking]:
    """Open an upstream client with the time limits of somebody who waits at a terminal."""
    timeouts = Timeouts(
        connect=settings.grok.connect_timeout, silence=min(settings.grok.timeout, _LONGEST_SILENCE)
    )
    async with Transport(
        user_agent=f"grok2api/{grok2api.__version__}", timeouts=lambda: timeouts
    ) as transport:
        clock = SystemClock()
        yield Asking(
            client=XaiClient(transport, clock),
            box=box,
            clock=clock,
            base_url=settings.grok.base_url,
            proxy=settings.grok.proxy_url or None,
            at_a_time=settings.performance.usage_max_concurrent,
        )


def in_words(fault: Fault) -> str:
    """Return a fault in an operator's words, with upstream's own where there are any."""
    words = _WORDS.get(fault.kind, fault.kind.value.replace("_", " "))
    status = f" ({fault.upstream_status})" if fault.upstream_status else ""
    return f"{words}{status}: {fault.detail}" if fault.detail else f"{words}{status}"


def _token(credential: Credential, asking: Asking) -> tuple[str, str]:
    """Return the token to show, and why there is none."""
    if credential.kind == "api_key":
        key = open_secret(credential, asking.box)
        return ("", UNOPENED) if key is None else (key, "")
    tokens = open_tokens(credential, asking.box)
    if tokens is None:
        return "", UNOPENED
    if not tokens.access_token or over(credential, asking.clock.now()):
        return "", credential.refresh_error or f"{_OVER} {credential.id}"
    return tokens.access_token, ""
