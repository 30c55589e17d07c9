"""A long mixed load over a pool of which three in ten always fail."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from support.history import History
from support.measured import measured
from support.processes import Gateway, Sandbox
from support.soak import (
    HEALTHY,
    LONGEST_IDLE,
    SICK,
    history,
    keys,
    resident_mb,
    sicken,
    soak,
    taken_out,
    warmed,
)

WARM_UP, REQUESTS, ROUNDS = 500, 3900, 5
GROWTH_MB = 30


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files in /proc")
async def test_twenty_thousand_requests_over_a_pool_that_is_partly_sick(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pool = keys(HEALTHY + tuple(SICK))
    gateway = await asyncio.to_thread(Gateway.start, tmp_path, upstream=sandbox.base_url, keys=pool)
    try:
        held = await asyncio.to_thread(warmed, gateway, sandbox)
        sicken(sandbox)
        warm_up = await soak(gateway, sandbox, "warm", WARM_UP, seed=1)
        resident = resident_mb(gateway.process.pid)
        outcomes, calls = warm_up, await asyncio.to_thread(taken_out, sandbox)
        for number in range(ROUNDS):
            outcomes += await soak(gateway, sandbox, f"soak{number}", REQUESTS, seed=2 + number)
            calls += await asyncio.to_thread(taken_out, sandbox)
        grown = resident_mb(gateway.process.pid) - resident
        told = await asyncio.to_thread(history, gateway, sandbox, outcomes, calls)
        after = await asyncio.to_thread(held.wait_for, gateway, tries=LONGEST_IDLE)
    finally:
        code = await asyncio.to_thread(gateway.stop)
    say(told)
    measured(
        "soak memory", mb_after_warm_up=resident, grown_mb=grown, files=held.files, files_after=after.files
    )
    assert code == 0
    told.check()
    assert told.success >= 0.995
    assert told.calls_per_request <= 1.2
    assert grown < GROWTH_MB


def say(told: History) -> None:
    """Tell the figures of a soak."""
    measured(
        "soak",
        requests=len(told.outcomes),
        success=told.success,
        calls_per_request=told.calls_per_request,
        rows=len(told.rows),
        ticks=sum(row["cost_ticks"] for row in told.rows),
    )
