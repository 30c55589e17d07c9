"""The ledger of a worker, put together from the settings."""

from __future__ import annotations

from pathlib import Path

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.spool import Spool
from grok2api.config.live import Live
from grok2api.config.settings import Settings
from grok2api.storage.stores import Records

_FOLDER = "spool"
"""Below the data directory."""


def build_ledger(live: Live, records: Records) -> Ledger:
    """Return the ledger, whose rows wait on this host's disk while the store is away."""
    rules = live.current.ledger
    return Ledger(
        records.usage,
        flush_seconds=rules.flush_ms / 1000,
        max_queue=rules.max_queue,
        traces=lambda: live.current.ledger.trace_days > 0,
        spool=_spool(live.current),
    )


def _spool(settings: Settings) -> Spool | None:
    limit = settings.ledger.spool_mb * 1_048_576
    return Spool(spool_folder(settings), limit=limit) if limit else None


def spool_folder(settings: Settings) -> Path:
    """Return where rows wait on this host's disk."""
    return Path(settings.storage.data_dir) / _FOLDER
