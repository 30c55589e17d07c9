"""Ten thousand requests of every kind on four workers, with faults, hang-ups and kills: no row is untrue.

None is missing either, however its request ended, except around a kill: what a worker had in hand, or had not
written yet, goes with it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from support.fleet import Ground, StoreKind, ground
from support.ledger_mix import (
    Evidence,
    check_rows,
    check_sums,
    of_every_kind,
    rows_at_rest,
    tally,
    trouble,
)
from support.load import send_all
from support.measured import measured
from support.observing import children
from support.pool_faults import QUIET
from support.processes import Gateway, Sandbox

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3600)]

REQUESTS = int(os.environ.get("LEDGER_REQUESTS", "10000"))
KILLS = int(os.environ.get("LEDGER_KILLS", "20"))
"""Without any, no missing row is excused."""
ROUND, AT_ONCE = 500, 16
"""Requests of one round, after which upstream's journal is read; how many at a time."""
UNFLUSHED = 1.0
"""Seconds of ended requests that a killed worker may have kept to itself."""
LOOK = 0.02


@pytest.mark.parametrize("store", ["local", "pgsql", "mysql", "redis"])
def test_no_row_is_lost_counted_twice_or_untrue(store: StoreKind, sandbox: Sandbox, tmp_path: Path) -> None:
    with ground(store, tmp_path) as place:
        evidence = send(place, sandbox, tmp_path)
        rows = rows_at_rest(place, evidence)
        lost = evidence.lost(rows)
        measured(
            f"the ledger on {store}",
            requests=len(evidence.asked),
            reached=len(evidence.reached),
            answered=len(evidence.answered),
            kills=len(evidence.kills),
            rows=len(rows),
            rows_lost=len(lost),
            farthest_lost_ms=max(lost.values(), default=0.0) * 1000,
            **{f"status_{status}": count for status, count in sorted(evidence.statuses.items())},
            **tally(rows),
        )
        check_rows(rows, evidence)
        check_sums(place, rows)
    assert not {tag: age for tag, age in lost.items() if age > UNFLUSHED}


def send(place: Ground, sandbox: Sandbox, directory: Path) -> Evidence:
    """Send everything, round by round, while workers are killed; return what is known of it."""
    evidence, over = Evidence(), Event()
    gateway = Gateway.start(
        directory,
        upstream=sandbox.base_url,
        keys=tuple(f"xai-sandbox-{number}" for number in range(8)),
        environment=QUIET
        | {"SERVER_WORKERS": "4", "GROK2API_PERFORMANCE__QUEUE_WAIT": "20"}
        | place.environment,
    )

    def kill() -> None:
        while not over.wait(LOOK):
            done = len(evidence.kills)
            if done == KILLS or len(evidence.asked) * (KILLS + 1) < REQUESTS * (done + 1):
                continue
            workers = children(gateway.process.pid)
            if len(workers) < 4:
                continue
            os.kill(workers[done % len(workers)], signal.SIGKILL)
            evidence.kills.append(time.time())

    killer = Thread(target=kill)
    killer.start()
    try:
        for first in range(0, REQUESTS, ROUND):
            trouble(sandbox)
            asks = of_every_kind(first, min(ROUND, REQUESTS - first), seed=first)
            asyncio.run(send_all(gateway, asks, at_once=AT_ONCE, seen=evidence.seen))
            evidence.harvest(sandbox)
        over.set()
        killer.join()
        rows_at_rest(place, evidence)
        evidence.harvest_films(sandbox)
    finally:
        over.set()
        gateway.stop()
    return evidence
