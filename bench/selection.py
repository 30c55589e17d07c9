"""What one choice of a credential costs, by the size and the state of the pool: `python bench/selection.py`.

Unlike the rest of the benchmark this measures a function and not a server, so it imports the product. A
figure is the time from asking for a lease to having it, with the trace of the choice; giving it back is not
counted. Exit code 0; a missed target is told, not punished.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "src")]

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from grok2api.canonical.plan import Demand  # noqa: E402 - the path above must be set first
from grok2api.kit.clock import SystemClock  # noqa: E402
from grok2api.pool.health import Health, Status  # noqa: E402
from grok2api.pool.member import Member  # noqa: E402
from grok2api.pool.pool import Pool, PoolRules  # noqa: E402
from grok2api.pool.roster import Roster  # noqa: E402
from grok2api.pool.selection import Strategy  # noqa: E402

SIZES = (2, 26, 10_000)
STATES = ("well", "busy", "resting")
STRATEGIES: tuple[Strategy, ...] = ("least_busy", "weighted", "round_robin", "most_quota")
ROUNDS = 3000
TARGET_MICROSECONDS = 200.0
AWAKE = 10
"""Members that do not rest in a resting pool."""


def pool_of(size: int, state: str, strategy: Strategy) -> Pool:
    """Return a pool whose members are all well, all busy, or nearly all resting."""
    clock, roster = SystemClock(), Roster("https://api.x.ai/v1")
    now, members = clock.monotonic(), []
    for number in range(size):
        member = Member(
            id=f"cred_{number:032x}",
            name="",
            account_id=f"team_{number}",
            token="xai-bench",  # noqa: S106 - no secret
            quota=0.5,
        )
        if state == "busy":
            member.in_flight = 1 + number % 3
        elif state == "resting" and number < size - AWAKE:
            member.health = Health(Status.COOLING, "benchmark", now + 3600)
        members.append(member)
    roster.put(members)
    return Pool(roster, clock=clock, persist=lambda _change: None, rules=PoolRules(strategy=strategy))


async def choices(pool: Pool, demand: Demand) -> list[float]:
    """Return the microseconds of each choice; the first one, which builds the index, is left out."""
    pool.release(await pool.lease(demand), ok=True)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        lease = await pool.lease(demand)
        taken.append((time.perf_counter() - begun) * 1e6)
        pool.release(lease, ok=True)
    return taken


def main() -> int:
    """Measure every combination and print a table."""
    table = Table(title="One choice of a credential, microseconds (median, p99)")
    for column in ("credentials", "state", "strategy", "by turn", "p99", "by conversation", "p99"):
        table.add_column(column, justify="right" if column not in {"state", "strategy"} else "left")
    missed = []
    for size in SIZES:
        for state in STATES:
            for strategy in STRATEGIES:
                pool, cells = pool_of(size, state, strategy), []
                for demand in (Demand("grok-4.3"), Demand("grok-4.3", affinity="a conversation")):
                    taken = asyncio.run(choices(pool, demand))
                    median, tail = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
                    cells += [f"{median:.1f}", f"{tail:.1f}"]
                    if median > TARGET_MICROSECONDS:
                        missed.append(f"{size} {state} {strategy}: {median:.0f}")
                table.add_row(f"{size:,}", state, strategy, *cells)
    console = Console()
    console.print(table)
    met = f"at most {TARGET_MICROSECONDS:.0f} microseconds"
    console.print(f"target missed ({met}): {'; '.join(missed)}" if missed else f"target met: {met}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
