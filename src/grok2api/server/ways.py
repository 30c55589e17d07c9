"""The ways out of a worker: to xAI, to what strangers' URLs name, and to the processes that read pictures.

They are opened when a worker starts and closed when it ends. Must never decide what is sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import grok2api
from grok2api.config.live import Live
from grok2api.kit.netguard import UnfitUrl, origin_of
from grok2api.media.darkroom import Darkroom
from grok2api.upstream.transport import Fetcher, Policy, Timeouts, Transport

USER_AGENT: Final = f"grok2api/{grok2api.__version__}"
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ways:
    """What must be closed again."""

    transport: Transport
    fetcher: Fetcher
    darkroom: Darkroom


@asynccontextmanager
async def open_ways(live: Live) -> AsyncIterator[Ways]:
    """Give the ways for as long as the block runs."""

    def timeouts() -> Timeouts:
        grok = live.current.grok
        return Timeouts(connect=grok.connect_timeout, silence=grok.timeout)

    async with (
        Transport(user_agent=USER_AGENT, timeouts=timeouts) as transport,
        _fetcher(live) as fetcher,
        Darkroom() as darkroom,
    ):
        yield Ways(transport, fetcher, darkroom)


def _fetcher(live: Live) -> Fetcher:
    grok = live.current.grok
    try:
        trusted = frozenset({origin_of(grok.base_url)})
    except UnfitUrl:  # spelt in a way that serves calls; nothing can be fetched under it
        trusted = frozenset()

    def policy() -> Policy:
        fetch = live.current.fetch
        limit, seconds = fetch.max_mb * _MIB, fetch.seconds
        return Policy(rules=fetch.rules(), limit=limit, seconds=seconds, trusted_origins=trusted)

    return Fetcher(
        user_agent=USER_AGENT,
        policy=policy,
        proxy=grok.proxy_url or None,
        connect=lambda: live.current.grok.connect_timeout,
    )
