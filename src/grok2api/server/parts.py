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
from grok2api.kit.secretbox import KeyRing
from grok2api.pool.pool import Pool
from grok2api.routing.catalogue import load as load_catalogue
from grok2api.server.bookkeeping import own_prices
from grok2api.server.key_limits import settling_rows
from grok2api.server.media import Media
from grok2api.server.pooling import Pooling
from grok2api.server.ways import Ways
from grok2api.storage.stores import Records
from grok2api.upstream.transport import Fetcher, Transport
from grok2api.upstream.xai.client import XaiClient

SEALED_ID_PURPOSE: Final = "sealed id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What nearly everything of a worker is made of."""

    live: Live
    ring: KeyRing
    records: Records
    pool: Pool
    client: XaiClient
    attempts: Attempts
    models: Models
    prices: Prices
    ids: SealedIds
    media: Media
    fetcher: Fetcher
    clock: Clock
    holder: str
    keys: KeyDirectory
    gate: KeyGate
    rows: RowSink
    """Where rows of the ledger go."""


def build_parts(
    live: Live,
    ring: KeyRing,
    records: Records,
    house: Pooling,
    media: Media,
    ways: Ways,
    clock: Clock,
    holder: str,
    keys: KeyDirectory,
    gate: KeyGate,
) -> Parts:
    """Return what nearly everything is made of."""
    pool, client, prices = house.pool, _client(live, ways.transport, clock), own_prices(live)
    return Parts(
        live=live,
        ring=ring,
        records=records,
        pool=pool,
        client=client,
        attempts=Attempts(pool=pool, upstream=client, budget=RetryBudget(clock), breaker=Breaker(clock)),
        models=Models(load_catalogue(), pool=pool, lister=client),
        prices=prices,
        ids=SealedIds(ring.derive(SEALED_ID_PURPOSE, 64)),
        media=media,
        fetcher=ways.fetcher,
        clock=clock,
        holder=holder,
        keys=keys,
        gate=gate,
        rows=settling_rows(records, gate, keys),
    )


def _client(live: Live, transport: Transport, clock: Clock) -> XaiClient:
    return XaiClient(
        transport,
        clock,
        proxy=live.current.grok.proxy_url or None,
        first_byte=lambda: min(live.current.grok.first_byte_timeout, transport.timeouts.silence),
    )
