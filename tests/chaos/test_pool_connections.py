"""Thousands of connections that fall silent, or are closed as we send: F10 and F11 at length."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from support.fault_proxy import (
    Verb,
    close_idle,
    close_on_reuse,
    half_open,
    passing,
    threaded_fault_proxy,
)
from support.load import Outcome, send_all
from support.measured import measured
from support.observing import eventually, open_sockets
from support.pool_faults import Drill, asks, drilling, forget_orders
from support.processes import Sandbox

POOL = ("one", "two", "three", "four")
LINUX = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts sockets in /proc")
HALF_OPEN, REUSES, AT_ONCE = 1000, 10_000, 50
AT_A_TIME = 250
"""Streams that fall silent together."""
LONG = 4000
"""Looks; a hundred seconds."""


def in_flight(drill: Drill) -> int:
    """Return how many calls the worker counts on its credentials."""
    return sum(row["live"]["in_flight"] for row in drill.credentials().values())


@LINUX
@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_a_thousand_half_open_connections_leave_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    forget_orders(sandbox)
    settings = {"GROK__TIMEOUT": "1", "GROK__MAX_RETRY": "0", "GROK__RETRY_BUDGET": "0.2"}
    with (
        threaded_fault_proxy(sandbox.base_url) as proxy,
        drilling(tmp_path, sandbox, upstream=proxy.url, **settings) as drill,
    ):
        drill.fill(POOL)
        process, before = drill.gateway.process.pid, open_sockets(drill.gateway.process.pid)
        told: Counter[int] = Counter()
        for turn in range(HALF_OPEN // AT_A_TIME):
            proxy.set(half_open((0, 900)[turn % 2]), now=True)
            outcomes = drill.load(asks(f"half{turn}", AT_A_TIME, stream=True), at_once=AT_A_TIME)
            assert not any(outcome.whole for outcome in outcomes)
            told.update(outcome.status for outcome in outcomes)
            proxy.set(passing())
            drill.clear()
            eventually(lambda: drill.ask().status == 200, "an open way", LONG)
        eventually(lambda: in_flight(drill) == 0, "free places")
        eventually(lambda: open_sockets(process) <= before + 4, "closed sockets", LONG)
        measured(
            "half-open connections",
            requests=sum(told.values()),
            sockets_before=before,
            sockets_after=open_sockets(process),
        )


@LINUX
@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("verb", [close_on_reuse(), close_on_reuse(reset=True)], ids=["closed", "reset"])
def test_thousands_of_kept_connections_that_are_closed_as_we_send(
    sandbox: Sandbox, tmp_path: Path, verb: Verb
) -> None:
    forget_orders(sandbox)
    with (
        threaded_fault_proxy(sandbox.base_url) as proxy,
        drilling(tmp_path, sandbox, upstream=proxy.url, GROK__RETRY_BUDGET="0.2") as drill,
    ):
        drill.fill(POOL)
        proxy.set(verb, now=True)
        outcomes = drill.load(asks("kept", REUSES // 2), at_once=8)
        statuses = drill.statuses()
        connections = proxy.proxy.connections
    failed = failures(outcomes)
    measured("closed on reuse", requests=len(outcomes), connections=connections, errors=len(failed))
    assert failed == []
    assert statuses == {"active": len(POOL)}


@LINUX
@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_connections_that_upstream_closes_when_they_were_idle(sandbox: Sandbox, tmp_path: Path) -> None:
    """Bursts come about as far apart as upstream waits, so that closing and sending cross on the wire."""
    forget_orders(sandbox)
    idle, chance = 0.3, Random(3)  # noqa: S311  a run that can be repeated
    with (
        threaded_fault_proxy(sandbox.base_url) as proxy,
        drilling(tmp_path, sandbox, upstream=proxy.url, GROK__RETRY_BUDGET="0.2") as drill,
    ):
        drill.fill(POOL)
        proxy.set(close_idle(idle), now=True)
        every = asks("idle", REUSES // 2)

        async def bursts() -> list[Outcome]:
            outcomes: list[Outcome] = []
            while burst := list(islice(every, AT_ONCE)):
                outcomes += await send_all(drill.gateway, burst, at_once=8)
                await asyncio.sleep(idle + chance.uniform(-0.02, 0.02))
            return outcomes

        outcomes = asyncio.run(bursts())
        statuses = drill.statuses()
        connections = proxy.proxy.connections
    failed = failures(outcomes)
    measured("closed when idle", requests=len(outcomes), connections=connections, errors=len(failed))
    assert failed == []
    assert statuses == {"active": len(POOL)}


def failures(outcomes: list[Outcome]) -> list[object]:
    """Return what clients were told who did not get their answer."""
    return [json.loads(each.body or b"null") for each in outcomes if not each.whole]
