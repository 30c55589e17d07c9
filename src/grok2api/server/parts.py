"""What several rooms of the composition root are made of, handed on as one value.

Must never hold what only one of them needs.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.accounting.budgets import RowSink
from grok2api.accounting.client_keys import KeyDirectory
from grok2api.accounting.pricing import Prices
from grok2api.config.live import Live
from grok2api.gateway.attempts import Attempts
from grok2api.gateway.limits.gate import KeyGate
from grok2api.gateway.models import Models
from grok2api.kit.clock import Clock
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.secretbox import KeyRing
from grok2api.pool.pool import Pool
from grok2api.server.media import Media
from grok2api.storage.stores import Records
from grok2api.upstream.transport import Fetcher
from grok2api.upstream.xai.client import XaiClient


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
