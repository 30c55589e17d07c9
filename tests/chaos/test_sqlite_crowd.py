"""SQLite under sixty-four writers, and held by somebody else: how late the workers and the requests are."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Timer

import pytest

from support.fleet import served
from support.load import Outcome, send_all
from support.loop_lag import buckets_of_workers, lag
from support.measured import measured, share_below
from support.observing import database, eventually
from support.pool_faults import Drill, asks, drilling
from support.processes import Sandbox
from support.store_writers import Crowd

WORKERS, PROCESSES, WRITERS, ROUNDS = 4, 4, 16, 10
LATEST = 0.05
"""Seconds that the event loops may be late, ninety-nine times of a hundred."""
HELD = 10.0
SLOWER = 1.2
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


@pytest.fixture
def house(sandbox: Sandbox, tmp_path: Path) -> Iterator[Drill]:
    with drilling(tmp_path, sandbox, SERVER__WORKERS=WORKERS) as drill:
        drill.fill(["ann", "bob", "cleo"])
        eventually(lambda: served(drill.gateway, 12), "all workers")
        yield drill


def test_the_workers_are_not_late_while_sixty_four_write(house: Drill) -> None:
    data = house.gateway.directory / "data"
    house.load(asks("warm", 400), at_once=8)
    quiet = buckets_of_workers(data)
    time.sleep(10)
    before = buckets_of_workers(data)
    crowd = Crowd(data, processes=PROCESSES, writers=WRITERS, rounds=ROUNDS)
    began, outcomes = time.monotonic(), list[Outcome]()
    for number in itertools.count():
        outcomes += house.load(asks(f"crowd{number}", 50), at_once=4)
        if crowd.over:
            break
    seconds, after = time.monotonic() - began, buckets_of_workers(data)
    written = crowd.end()
    idle, busy = lag(quiet, before, 0.99), lag(before, after, 0.99)
    for number in range(WORKERS):
        p99 = {"idle_p99_ms": idle[number] * 1000, "busy_p99_ms": busy[number] * 1000}
        measured(f"lateness of worker {number + 1}", **p99)
    writes = PROCESSES * WRITERS * (ROUNDS * 5 + 2)
    slowest = max(each.slowest for each in written)
    measured(
        "sixty-four writers",
        writes=writes,
        per_second=writes / seconds,
        slowest_seconds=slowest,
        asked=len(outcomes),
    )
    assert [error for each in written for error in each.errors] == []
    assert [outcome.status for outcome in outcomes if not outcome.whole] == []
    assert max(busy) <= max(LATEST, *idle), "no later than without the writers, or than is promised"


def test_requests_are_not_slower_while_another_process_holds_the_file(house: Drill) -> None:
    house.load(asks("warm", 400), at_once=4)
    steady = timed(house, "steady", HELD)
    with closing(sqlite3.connect(database(house.gateway.directory), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        held = timed(house, "held", HELD)
        other.execute("ROLLBACK")
    measured(
        "the file held for ten seconds",
        p95_before_ms=steady * 1000,
        p95_held_ms=held * 1000,
        ratio=held / steady,
    )
    assert held <= SLOWER * steady


def timed(house: Drill, name: str, seconds: float) -> float:
    """Send requests for so long, one after the other; return the time that 95 of a hundred did not exceed."""
    over, took, last = Event(), list[float](), time.monotonic()
    Timer(seconds, over.set).start()

    def seen(outcome: Outcome) -> bool:
        nonlocal last
        now = time.monotonic()
        took.append(now - last)
        last = now
        assert outcome.whole, outcome
        return not over.is_set()

    endless = (ask for number in itertools.count() for ask in asks(f"{name}{number}", 1))
    asyncio.run(send_all(house.gateway, endless, at_once=1, seen=seen))
    return share_below(took, 0.95)
