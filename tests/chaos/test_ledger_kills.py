"""Ten thousand requests on four workers, of which one is killed twenty times: the ledger stays exact."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from support.ledger_crowd import Crowd, check_sums, check_whole, figures, lost_rows, told
from support.observing import children, ledger
from support.operator import SIGNED
from support.processes import Gateway, Sandbox

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

REQUESTS = int(os.environ.get("LEDGER_REQUESTS", "10000"))
KILLS, LOOK = 20, 0.05
UNFLUSHED = 1.0
"""Seconds of answers that a killed worker may have kept to itself."""
MOST_TOLD = 5_000
"""Entries that the sandbox's journal keeps."""


def test_no_row_is_lost_or_counted_twice(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = SIGNED | {"SERVER_WORKERS": "4", "GROK2API_GROK__RETRY_BACKOFF_BASE": "0"}
    keys = tuple(f"xai-sandbox-{number}" for number in range(8))
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=keys, environment=environment)
    crowd, killed, over = Crowd(gateway), list[float](), Event()

    def kill() -> None:
        while not over.wait(LOOK):
            if len(crowd.answered) * KILLS < REQUESTS * (len(killed) + 1):
                continue
            workers = children(gateway.process.pid)
            killed.append(time.time())
            os.kill(workers[len(killed) % len(workers)], signal.SIGKILL)

    killer = Thread(target=kill)
    killer.start()
    try:
        crowd.all(crowd.one, range(REQUESTS))
        over.set()
        killer.join()
        lost = lost_rows(crowd, killed)
        check_whole(crowd)
    finally:
        over.set()
        gateway.stop()
    rows = ledger(tmp_path)
    check_sums(tmp_path)
    if REQUESTS <= MOST_TOLD:
        assert not figures(rows) - told(sandbox)
    assert not {row["request_id"] for row in rows} & lost.keys()
    print(  # noqa: T201  what was measured
        f"\n{REQUESTS} requests, {len(crowd.answered)} answered, {len(killed)} kills, "
        f"{len(rows)} rows, {len(lost)} answered without a row, at most "
        f"{max(lost.values(), default=0.0):.2f} s before a kill"
    )
    assert all(seconds <= UNFLUSHED for seconds in lost.values())
