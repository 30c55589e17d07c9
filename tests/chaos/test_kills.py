"""Ten times killed under load, ten times started again on the same data directory."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from support.history import tag_of_row
from support.load import CHAT, Outcome, mixed, send_all
from support.measured import measured
from support.observing import ledger, ledger_of
from support.processes import Gateway, Sandbox
from support.soak import HEALTHY, HELLO, keys

KILLS = 10
AT_ONCE = 16
LOOKED_BEFORE = 100
"""Answers between the last look at the ledger and the kill."""
MORE_THAN_ENOUGH = 10_000
LOST_SECONDS = 1.0
"""How old an answer may be, at the kill, that the ledger does not know yet."""

Rows = dict[str, dict[str, Any]]


@dataclass(slots=True)
class Killing:
    """Kills a gateway after so many whole answers."""

    gateway: Gateway
    answers: int
    written: Rows | None = None
    """What the ledger held a moment before; read so early that the reading does not give it time to write."""
    killed_at: float = 0.0

    def seen(self, outcome: Outcome) -> bool:
        """Count an answer; tell whether its sender goes on."""
        if self.killed_at:
            return False
        self.answers -= outcome.whole
        if self.written is None and self.answers <= LOOKED_BEFORE:
            self.written = rows_of(self.gateway)
        if self.answers <= 0:
            self.gateway.process.kill()
            self.killed_at = asyncio.get_running_loop().time()
            self.gateway.process.wait(timeout=10)
        return not self.killed_at


def rows_of(gateway: Gateway) -> Rows:
    """Return the ledger by request id; the id is the table's key, so no row can hide another."""
    return {row["request_id"]: row for row in ledger(gateway.directory)}


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_ten_kills_under_load_lose_nothing_that_was_written(sandbox: Sandbox, tmp_path: Path) -> None:
    chance = Random(11)  # noqa: S311  a run that can be repeated
    known: Rows = {}
    for number in range(KILLS):
        began = time.monotonic()
        gateway = await start(tmp_path, sandbox)
        ready = time.monotonic() - began
        killing = Killing(gateway, answers=chance.randint(200, 2000))
        try:
            asks = mixed(f"kill{number}", MORE_THAN_ENOUGH, seed=number)
            outcomes = await send_all(gateway, asks, at_once=AT_ONCE, seen=killing.seen)
        finally:
            gateway.process.kill()
            gateway.process.wait(timeout=10)
        after = rows_of(gateway)
        for before in (known, killing.written or {}):
            assert {key: after.get(key) for key in before} == before, "what was written stays as it was"
        check_losses(number, ready, killing, outcomes, after)
        known = after
    gateway = await start(tmp_path, sandbox)
    try:
        assert (await asyncio.to_thread(gateway.post, CHAT, HELLO))[0] == 200
        rows = await asyncio.to_thread(ledger_of, tmp_path, len(known) + 1)
    finally:
        code = await asyncio.to_thread(gateway.stop)
    assert code == 0
    assert known, "some were written"
    assert {row["request_id"]: row for row in rows[:-1]} == known
    assert set(Counter(map(tag_of_row, rows)).values()) == {1}, "no request is in the ledger twice"


async def start(directory: Path, sandbox: Sandbox) -> Gateway:
    return await asyncio.to_thread(Gateway.start, directory, upstream=sandbox.base_url, keys=keys(HEALTHY))


def check_losses(number: int, ready: float, killing: Killing, outcomes: list[Outcome], after: Rows) -> None:
    """Check that only the youngest answers lack a row, and tell how many they are."""
    written = set(map(tag_of_row, after.values()))
    answered = [outcome for outcome in outcomes if outcome.whole and outcome.ended <= killing.killed_at]
    ages = [killing.killed_at - outcome.ended for outcome in answered if outcome.ask.tag not in written]
    measured(
        f"kill {number + 1} of {KILLS}",
        ready_seconds=ready,
        answered=len(answered),
        lost_rows=len(ages),
        oldest_lost_ms=max(ages, default=0.0) * 1000,
    )
    assert answered
    assert max(ages, default=0.0) <= LOST_SECONDS
