"""Three hundred WebSockets whose clients hang up at any moment of a turn."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from support.measured import measured, share_below
from support.observing import ledger
from support.processes import Gateway, Sandbox
from support.soak import HEALTHY, WARM, check_nothing_runs, keys, warmed
from support.sockets import asking, socket_url
from support.wiretap import wiretap

HANG_UPS = 300
AT_ONCE = 10
SLOWEST = 1.0
"""Seconds; a generous bound, the figure that counts is the one printed."""


async def hang_up(gateway: Gateway, tag: str, events: int) -> float:
    """Ask, read so many events and hang up; return when, on the event loop's clock."""
    headers = {"Authorization": f"Bearer {gateway.key}"}
    async with connect(socket_url(gateway), additional_headers=headers) as socket:
        await socket.send(asking(f"{tag} count to 500"))
        for _ in range(max(1, events)):
            await socket.recv()
        socket.transport.abort()
        return asyncio.get_running_loop().time()


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files in /proc")
async def test_three_hundred_hang_ups_leave_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    places = asyncio.Semaphore(AT_ONCE)
    left: dict[str, float] = {}

    async def one(number: int) -> None:
        async with places:
            tag = f"gone-{number:05d}"
            left[tag] = await hang_up(gateway, tag, number % 20)

    async with wiretap(sandbox.base_url) as tap:
        gateway = await asyncio.to_thread(
            Gateway.start, tmp_path, upstream=tap.base_url, keys=keys(HEALTHY[:2])
        )
        try:
            held = await asyncio.to_thread(warmed, gateway, sandbox)
            sandbox.scenario("trickle", delay=0.05, match={"path": "/responses"})
            async with asyncio.TaskGroup() as group:
                for number in range(HANG_UPS):
                    group.create_task(one(number))
            await asyncio.to_thread(held.wait_for, gateway)
        finally:
            code = await asyncio.to_thread(gateway.stop)
    check_nothing_runs(gateway, code)
    rows = ledger(tmp_path)[WARM:]
    assert [row["end"] for row in rows] == ["client_gone"] * HANG_UPS
    delays = [max(0.0, tap.closed[tag] - when) for tag, when in left.items()]
    measured(
        "hang-ups on sockets",
        count=HANG_UPS,
        median_ms=share_below(delays, 0.5) * 1000,
        p95_ms=share_below(delays, 0.95) * 1000,
        longest_ms=max(delays) * 1000,
    )
    assert share_below(delays, 0.95) < SLOWEST
