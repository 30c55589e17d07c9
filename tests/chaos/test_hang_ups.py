"""Five hundred clients that hang up at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.measured import measured, share_below
from support.processes import Sandbox
from support.soak import hang_up_often

HANG_UPS = 500
SLOWEST = 1.0
"""Seconds; a generous bound, the figure that counts is the one printed."""


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files in /proc")
async def test_five_hundred_hang_ups_leave_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    delays = list((await hang_up_often(tmp_path, sandbox, HANG_UPS, seed=3)).values())
    slow = share_below(delays, 0.95)
    measured(
        "hang-ups",
        count=HANG_UPS,
        calls_cancelled=len(delays),
        median_ms=share_below(delays, 0.5) * 1000,
        p95_ms=slow * 1000,
        longest_ms=max(delays) * 1000,
    )
    assert slow < SLOWEST
