"""The soak and the hang-ups of `make chaos`, short enough for every run of the tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from support.processes import Gateway, Sandbox
from support.soak import AT_ONCE, HEALTHY, SICK, hang_up_often, history, keys, sicken, soak, warmed

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files in /proc")


async def test_a_mixed_load_over_a_pool_that_is_partly_sick(sandbox: Sandbox, tmp_path: Path) -> None:
    pool = keys(HEALTHY + tuple(SICK))
    gateway = await asyncio.to_thread(Gateway.start, tmp_path, upstream=sandbox.base_url, keys=pool)
    try:
        held = await asyncio.to_thread(warmed, gateway, sandbox)
        sicken(sandbox)
        outcomes = await soak(gateway, sandbox, "soak", 200, seed=5)
        told = await asyncio.to_thread(history, gateway, sandbox, outcomes)
        await asyncio.to_thread(held.wait_for, gateway, idle=AT_ONCE)
    finally:
        code = await asyncio.to_thread(gateway.stop)
    assert code == 0
    told.check()
    assert told.success == 1.0
    assert told.calls_per_request <= 1.2


async def test_hanging_up_at_any_moment_leaves_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    assert await hang_up_often(tmp_path, sandbox, 40, seed=7), "some were on the wire"
