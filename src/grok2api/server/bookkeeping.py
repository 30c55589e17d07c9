"""The ledger of a worker, put together from the settings."""

from __future__ import annotations

from pathlib import Path

from grok2api.accounting.budgets import RowSink
from grok2api.accounting.client_keys import KeyDirectory
from grok2api.accounting.ledger import Ledger
from grok2api.accounting.spool import Spool
from grok2api.config.live import Live
from grok2api.config.settings import Settings

_FOLDER = "spool"
"""Below the data directory."""


def build_ledger(live: Live, rows: RowSink, keys: KeyDirectory) -> Ledger:
    """Return the ledger, whose rows wait on this host's disk while the store is away."""
    rules = live.current.ledger
    return Ledger(
        rows,
        flush_seconds=rules.flush_ms / 1000,
        max_queue=rules.max_queue,
        traces=lambda: live.current.ledger.trace_days > 0,
        spool=_spool(live.current),
        never_logs=keys.never_logs,
    )


def _spool(settings: Settings) -> Spool | None:
    limit = settings.ledger.spool_mb * 1_048_576
    return Spool(Path(settings.storage.data_dir) / _FOLDER, limit=limit) if limit else None
