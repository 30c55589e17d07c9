"""The two long loads, at any length: mixed requests over a pool that is partly sick, and hang-ups."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.history import History, tags
from support.load import CHAT, Outcome, hanging_up, mixed, send_all
from support.observing import TRIES, eventually, ledger, ledger_of, open_files, open_sockets
from support.processes import Gateway, Sandbox, request
from support.wiretap import wiretap

HEALTHY = tuple(f"well{number}" for number in range(18))
SICK = {f"sick{number}": status for number, status in enumerate((500, 502, 503, 529, 500, 503, 504, 529))}
"""Eight credentials of 26, so that more than 30 % of the pool always fail, and with which status."""
AT_ONCE = 32
LONGEST_IDLE = 3200
"""Looks within which idle connections to upstream are closed: twice the 30 s for which one is kept."""
WARM = 2
"""Requests before every load."""
LONGEST_STAY = 0.4
"""Seconds within which a client hangs up."""
STORE_GROWS = 9
"""Files of further connections to the store, three each."""
RESPONSES_PATH = {"path": "/responses"}
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}


def keys(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sandbox keys of these names."""
    return tuple(f"xai-sandbox-{name}" for name in names)


def sicken(sandbox: Sandbox) -> None:
    """Let the sick credentials fail at every call, from now on."""
    for name, status in SICK.items():
        sandbox.scenario("status", status=status, match=RESPONSES_PATH | {"key": name})


def resident_mb(process_id: int) -> float:
    """Return how much memory a process has in use (Linux only)."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the process tells no VmRSS")


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds open."""

    sockets: int
    files: int

    @classmethod
    def by(cls, gateway: Gateway) -> Held:
        process = gateway.process.pid
        return cls(open_sockets(process), len(open_files(process)))

    def wait_for(self, gateway: Gateway, *, idle: int = 0, tries: int = TRIES) -> Held:
        """Return what is held once there are no more sockets than these; files may be a few more.

        Args:
            idle: Connections to upstream that may still be kept for the next request.
            tries: How often to look.
        """
        process, most = gateway.process.pid, self.sockets + idle
        eventually(lambda: open_sockets(process) <= most, f"no more than {most} sockets", tries)
        now = Held.by(gateway)
        assert now.files <= self.files + idle + STORE_GROWS, (self, now)
        return now


async def soak(gateway: Gateway, sandbox: Sandbox, name: str, count: int, seed: int) -> list[Outcome]:
    """Send mixed requests, 32 at once, and wait until no call to upstream is open."""
    outcomes = await send_all(gateway, mixed(name, count, seed), at_once=AT_ONCE)
    await asyncio.to_thread(_settled, sandbox)
    return outcomes


def _settled(sandbox: Sandbox) -> None:
    eventually(lambda: all(call["ended"] for call in sandbox.calls()), "the end of every call")


def history(
    gateway: Gateway, sandbox: Sandbox, outcomes: list[Outcome], earlier: Sequence[dict[str, Any]] = ()
) -> History:
    """Return what is known of all loads since the gateway was warmed; `earlier` calls were taken out."""
    rows = ledger_of(gateway.directory, WARM + len(outcomes))[WARM:]
    return History(outcomes=outcomes, rows=rows, calls=[*earlier, *sandbox.calls()])


def taken_out(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the calls that the sandbox has noted, and let it forget them: it keeps ten thousand."""
    calls = sandbox.calls()
    request("DELETE", sandbox.control_url + "/journal")
    return calls


def warmed(gateway: Gateway, sandbox: Sandbox) -> Held:
    """Send two requests, which the sandbox forgets; return what the gateway holds after them."""
    for _ in range(WARM):
        assert gateway.post(CHAT, HELLO)[0] == 200
    sandbox.clear()
    return Held.by(gateway)


async def hang_up_often(directory: Path, sandbox: Sandbox, count: int, seed: int) -> dict[str, float]:
    """Hang up on so many answers, check that nothing is left of them; return seconds by tag.

    The seconds are those from the hanging up to the end of the call to upstream.
    """
    async with wiretap(sandbox.base_url) as tap:
        gateway = await asyncio.to_thread(
            Gateway.start, directory, upstream=tap.base_url, keys=keys(HEALTHY[:2])
        )
        try:
            held = await asyncio.to_thread(warmed, gateway, sandbox)
            outcomes = await send_all(gateway, hanging_up("gone", count, seed, LONGEST_STAY), at_once=20)
            called = await asyncio.to_thread(_check_cancelled, sandbox, outcomes)
            await asyncio.to_thread(held.wait_for, gateway)
            # A request closes its sockets a moment before it ends; its row is written after that.
            await asyncio.to_thread(ledger_of, directory, WARM + count)
        finally:
            code = await asyncio.to_thread(gateway.stop)
    check_nothing_runs(gateway, code)
    rows = ledger(directory)[WARM:]
    assert [row["end"] for row in rows] == ["client_gone"] * count
    left = {outcome.ask.tag: outcome.ended for outcome in outcomes}
    return {tag: max(0.0, tap.closed[tag] - left[tag]) for tag in called}


def _check_cancelled(sandbox: Sandbox, outcomes: list[Outcome]) -> set[str]:
    """Check that upstream was told of every client that left; return the tags of the calls it had."""
    cancelled = eventually(lambda: _all_cancelled(sandbox), "the cancelling of every call")
    called = tags(cancelled)
    assert len(called) == len(set(called)), "nobody is called twice"
    assert set(called) >= {outcome.ask.tag for outcome in outcomes if b"\r\n\r\n" in outcome.body}
    return set(called)


def _all_cancelled(sandbox: Sandbox) -> list[dict[str, object]]:
    calls = sandbox.calls()
    return calls if all(call["ended"] == "cancelled" for call in calls) else []


def check_nothing_runs(gateway: Gateway, code: int) -> None:
    """Check the end of a gateway that had nothing to do any more."""
    assert code == 0
    draining = [line for line in gateway.log.read_text().splitlines() if '"draining"' in line]
    assert [json.loads(line)["running"] for line in draining] == [0], draining
