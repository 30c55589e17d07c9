"""The ledger of a worker, put together from the settings.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grok2api.accounting.budgets import RowSink
from grok2api.accounting.client_keys import KeyDirectory
from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import Prices
from grok2api.accounting.pricing import load as load_prices
from grok2api.accounting.running import Running
from grok2api.accounting.settlement import Settlement
from grok2api.accounting.spool import Spool
from grok2api.api.inflight import InFlight
from grok2api.config.live import Live
from grok2api.config.settings import Settings
from grok2api.errors import LedgerUnavailable
from grok2api.server.background import Background
from grok2api.server.foundation import Foundation
from grok2api.server.live import LiveRequests
from grok2api.server.metering import Metering

_FOLDER = "spool"
"""Below the data directory."""
_RETRY_AFTER = 5


def build_ledger(live: Live, rows: RowSink, keys: KeyDirectory, metering: Metering) -> Ledger:
    """Return the ledger, whose rows wait on this host's disk while the store is away.

    Args:
        live: The settings.
        rows: Where rows go.
        keys: Knows of which client keys nothing is kept.
        metering: Told of each row.
    """
    rules = live.current.ledger
    return Ledger(
        rows,
        flush_seconds=rules.flush_ms / 1000,
        max_queue=rules.max_queue,
        traces=lambda: live.current.ledger.trace_days > 0,
        spool=host_spool(live.current) if rules.spool_mb else None,
        noted=metering.settled,
        never_logs=keys.never_logs,
    )


def own_prices(live: Live) -> Prices:
    """Return the price list, with what an operator has set in place of it."""
    return load_prices(lambda: live.current.ledger.prices, lambda: live.current.ledger.media_prices)


def build_live(
    base: Foundation, *, running: Running, in_flight: InFlight, background: Background
) -> LiveRequests:
    """Return this worker's part in what runs now.

    Args:
        base: What it stands on.
        running: The requests of this worker.
        in_flight: Ends those that clients wait for.
        background: Ends those in the background.
    """
    settings = base.live.current
    return LiveRequests(
        running=running,
        in_flight=in_flight,
        runs=background.runs,
        store=base.records.live,
        clock=base.clock,
        holder=base.holder,
        alone=settings.server.workers == 1 and settings.storage.type == "local",
    )


def opening_accounts(
    begin: Callable[..., Settlement], ledger: Ledger, live: Live
) -> Callable[..., Settlement]:
    """Return what opens the account of a request; with `ledger.strict`, none that could not be kept.

    What it returns raises LedgerUnavailable then. Accounts within a request go on: it was let in already.
    """

    def opened(**named: object) -> Settlement:
        if live.current.ledger.strict and not ledger.keeps:
            raise LedgerUnavailable(
                "Usage cannot be recorded at the moment, and this server answers nothing that it cannot "
                "record (setting ledger.strict). Try again shortly.",
                retry_after=_RETRY_AFTER,
            )
        return begin(**named)

    return opened


def host_spool(settings: Settings) -> Spool:
    """Return where rows wait on this host's disk, of all its workers."""
    return Spool(Path(settings.storage.data_dir) / _FOLDER, limit=settings.ledger.spool_mb * 1_048_576)
