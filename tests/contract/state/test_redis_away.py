"""What holds when Redis goes away and comes back; the other backend never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from secrets import token_hex

import pytest

from grok2api.storage.redis_state.client import open_client
from grok2api.storage.redis_state.line import Line
from grok2api.storage.redis_state.scripts import Scripts
from grok2api.storage.redis_state.state import RedisState, open_redis_state
from grok2api.storage.state import GAP, Grant, Rate, StateAway
from support.fault_proxy import FaultProxy, Verb, blackhole, fault_proxy, latency, passing, refuse
from support.redis_server import forget_keys, new_prefix, redis_url
from support.telling import told

LONG = 30.0
TIMEOUT = 0.1


@pytest.fixture(scope="module", params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Both loops: they say different things of a connection that has died."""
    return "asyncio", {"use_uvloop": request.param}


@dataclass(frozen=True, slots=True)
class Wire:
    """Shared state behind a proxy, and the same without one."""

    proxy: FaultProxy
    behind: RedisState
    beside: RedisState

    async def back(self) -> None:
        """Let Redis be there again, and knock until it opens."""
        await self.proxy.set(passing(), now=True)
        while True:
            try:
                await self.behind.renew("worker", {}, ttl=LONG)
            except StateAway:
                await asyncio.sleep(0.01)
            else:
                return


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    url, prefix = redis_url(), new_prefix()
    async with (
        fault_proxy(url) as proxy,
        open_redis_state(proxy.url, prefix=prefix, timeout=TIMEOUT) as behind,
        open_redis_state(url, prefix=prefix, timeout=5) as beside,
    ):
        yield Wire(proxy, behind, beside)
    forget_keys(url, prefix)


@pytest.mark.parametrize("fault", [refuse(), blackhole(), latency(2000)], ids=["gone", "silent", "slow"])
async def test_when_redis_does_not_answer_everybody_is_told_at_once(wire: Wire, fault: Verb) -> None:
    await wire.behind.acquire("slot", "held", limit=3, ttl=LONG)
    await wire.proxy.set(fault, now=True)
    asked = [wire.behind.acquire("slot", f"lease {n}", limit=3, ttl=LONG) for n in range(20)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in answers} == {StateAway}
    assert wire.behind.away
    connected = wire.proxy.connections
    for verb in (
        wire.behind.count("slot"),
        wire.behind.spend("rate", Rate(1, 1, 1)),
        wire.behind.add("counter", 1, ttl=LONG),
        wire.behind.pin("pin", "value", ttl=LONG),
        wire.behind.pinned("pin"),
        wire.behind.leave("worker"),
    ):
        with pytest.raises(StateAway):
            await verb
    wire.behind.publish("topic", b"lost")
    assert wire.proxy.connections == connected, "and Redis is left alone"
    await wire.back()
    assert (await wire.behind.acquire("slot", "again", limit=3, ttl=LONG)).ok


async def test_a_knock_that_is_not_answered_leaves_it_away(wire: Wire) -> None:
    await wire.proxy.set(refuse(), now=True)
    for _ in range(3):
        with pytest.raises(StateAway):
            await wire.behind.renew("worker", {}, ttl=LONG)
        assert wire.behind.away


async def test_a_connection_that_died_meanwhile_is_made_anew_in_silence(wire: Wire) -> None:
    await wire.behind.acquire("slot", "first", limit=3, ttl=LONG)
    await wire.proxy.set(refuse(), now=True)
    await wire.proxy.set(passing(), now=True)
    assert await wire.behind.acquire("slot", "second", limit=3, ttl=LONG) == Grant(True, 2)
    assert not wire.behind.away


async def test_what_was_given_back_meanwhile_is_said_with_the_next_renewal(wire: Wire) -> None:
    for lease in ("kept", "ended", "ended too"):
        await wire.behind.acquire("slot", lease, limit=3, ttl=LONG)
    await wire.proxy.set(refuse(), now=True)
    wire.behind.release("slot", "ended")
    with pytest.raises(StateAway):
        await wire.behind.count("slot")
    wire.behind.release("slot", "ended too")
    assert await wire.beside.count("slot") == 3
    await wire.back()
    assert await wire.beside.count("slot") == 1


async def test_leases_are_registered_again_when_redis_has_forgotten_them(wire: Wire) -> None:
    await wire.behind.acquire("slot", "held", limit=1, ttl=LONG)
    wire.beside.release("slot", "held")
    assert await wire.beside.count("slot") == 0
    assert (await wire.behind.renew("worker", {"slot": ["held"]}, ttl=LONG)).taken == {"slot": 1}
    assert not (await wire.beside.acquire("slot", "another", limit=1, ttl=LONG)).ok


async def test_whoever_listens_is_told_that_something_may_be_missing(wire: Wire) -> None:
    async with told(wire.behind, "health") as notices:
        await notices.next(GAP)
        wire.beside.publish("health", b"before")
        assert await notices.next("health") == b"before"
        await wire.proxy.set(refuse(), now=True)
        await notices.next(GAP)
        wire.beside.publish("health", b"meanwhile")
        await wire.proxy.set(passing(), now=True)
        await notices.next(GAP)
        wire.beside.publish("health", b"after")
        assert await notices.next("health") == b"after"


async def test_scripts_that_redis_does_not_know_are_told_to_it() -> None:
    url, prefix = redis_url(), new_prefix()
    fresh = Scripts({name: f"{text}-- {token_hex(8)}\n" for name, text in Scripts().by_name.items()})
    client = open_client(url)
    line = Line(client, fresh, timeout=5)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(line.run())
        state = RedisState(line, fresh, client, prefix)
        asked = [state.acquire("slot", f"lease {n}", limit=4, ttl=LONG) for n in range(8)]
        assert sum(grant.ok for grant in await asyncio.gather(*asked)) == 4
        assert await state.pin("pin", "value", ttl=LONG) == "value"
        task.cancel()
    await client.aclose()
    forget_keys(url, prefix)


async def test_a_busy_process_does_not_blame_redis(wire: Wire) -> None:
    loop = asyncio.get_running_loop()

    def busy() -> None:
        end = loop.time() + TIMEOUT * 1.5
        while loop.time() < end:
            pass

    assert await wire.behind.count("slot") == 0
    asked = asyncio.gather(*(wire.behind.acquire("slot", f"lease {n}", limit=9, ttl=LONG) for n in range(3)))
    for _ in range(5):
        loop.call_soon(busy)
        await asyncio.sleep(0)
    assert [grant.ok for grant in await asked] == [True] * 3
    assert not wire.behind.away
