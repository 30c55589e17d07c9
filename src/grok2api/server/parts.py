"""What several rooms of the composition root are made of, put together and handed on as one value.

Must never hold what only one of them needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from grok2api.accounting.budgets import RowSink
from grok2api.accounting.client_keys import KeyDirectory
from grok2api.accounting.pricing import Prices
from grok2api.config.live import Live
from grok2api.gateway.attempts import Attempts
from grok2api.gateway.breaker import Breaker
from grok2api.gateway.limits.gate import KeyGate
from grok2api.gateway.models import Models
from grok2api.gateway.retry import RetryBudget
from grok2api.kit.clock import Clock
from grok2api.kit.sealedid import SealedIds
from grok2api.pool.pool import Pool
from grok2api.routing.catalogue import load as load_catalogue
from grok2api.server.bookkeeping import own_prices
from grok2api.server.foundation import Foundation
from grok2api.server.key_limits import settling_rows
from grok2api.server.media import Media
from grok2api.server.ways import Ways
from grok2api.upstream.transport import Fetcher, Transport
from grok2api.upstream.xai.client import XaiClient

SEALED_ID_PURPOSE: Final = "sealed id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(Foundation):
    """What nearly everything of a worker is made of."""

    pool: Pool
    client: XaiClient
    attempts: Attempts
    models: Models
    prices: Prices
    ids: SealedIds
    media: Media
    fetcher: Fetcher
    keys: KeyDirectory
    gate: KeyGate
    rows: RowSink
    """Where rows of the ledger go."""


def build_parts(
    base: Foundation, *, pool: Pool, keys: KeyDirectory, gate: KeyGate, media: Media, ways: Ways
) -> Parts:
    """Return what nearly everything is made of.

    Args:
        base: What all of it stands on.
        pool: The credentials, as requests see them.
        keys: The clients' keys.
        gate: Holds these to their limits.
        media: The media of this worker.
        ways: The ways out.
    """
    live, clock = base.live, base.clock
    client = _client(live, ways.transport, clock)
    return Parts(
        live=live,
        ring=base.ring,
        records=base.records,
        clock=clock,
        holder=base.holder,
        pool=pool,
        client=client,
        attempts=Attempts(pool=pool, upstream=client, budget=RetryBudget(clock), breaker=Breaker(clock)),
        models=Models(load_catalogue(), pool=pool, lister=client),
        prices=own_prices(live),
        ids=SealedIds(base.ring.derive(SEALED_ID_PURPOSE, 64)),
        media=media,
        fetcher=ways.fetcher,
        keys=keys,
        gate=gate,
        rows=settling_rows(base.records, gate, keys),
    )


def _client(live: Live, transport: Transport, clock: Clock) -> XaiClient:
    def first_byte() -> float:
        grok = live.current.grok
        return min(grok.first_byte_timeout, grok.timeout)

    return XaiClient(transport, clock, proxy=live.current.grok.proxy_url or None, first_byte=first_byte)
