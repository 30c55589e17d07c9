"""What workers tell each other reaches the pool and the follower, and nobody acts on its own words."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Message, Receive, Scope, Send

from grok2api.canonical.plan import Demand
from grok2api.config.sections.storing import Storage
from grok2api.config.settings import Settings
from grok2api.errors import AllCoolingDown, ConfigError
from grok2api.kit.clock import ManualClock, SystemClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.pool.health import Scope as BarScope
from grok2api.pool.hearsay import Bar
from grok2api.pool.slots import Slots
from grok2api.server.sharing import Announcing, Sharing, open_sharing
from grok2api.storage.memory.state import MemoryState
from grok2api.storage.state import FREED
from support.pool_bench import Bench
from support.redis_server import redis_url

SECRET = "a secret key of more than thirty-two characters"


@pytest.fixture
def bench() -> Bench:
    return Bench(SecretBox(KeyRing(SECRET)))


def worker(state: MemoryState, name: str) -> Sharing:
    return Sharing(state, name, Slots(state, worker=name, clock=ManualClock()))


@asynccontextmanager
async def listening(sharing: Sharing, bench: Bench) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(sharing.listen(bench.pool))
        await sharing.news.wait()
        sharing.news.clear()
        yield
        task.cancel()


async def heard() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_bar_that_one_worker_tells_holds_for_the_others_and_not_twice_for_itself(
    bench: Bench,
) -> None:
    kept = await bench.add("xai-1")
    state, demand = MemoryState(bench.clock), Demand("grok-4.3")
    here, there = worker(state, "here"), worker(state, "there")
    bar = Bar(BarScope.ACCOUNT_MODEL, "grok-4.3", kept.account_id, "rate limit", 5.0)
    async with listening(here, bench):
        here.spread(bar)
        await heard()
        bench.pool.release(await bench.pool.lease(demand), ok=True)
        there.spread(bar)
        await heard()
        with pytest.raises(AllCoolingDown):
            await bench.pool.lease(demand)


async def test_a_revision_is_looked_at_once_and_told_once(bench: Bench) -> None:
    state = MemoryState(bench.clock)
    here, there = worker(state, "here"), worker(state, "there")
    async with listening(here, bench):
        there.moved(7)
        await heard()
        assert (here.heard, here.news.is_set()) == (7, True)
        here.news.clear()
        here.moved(7)
        there.moved(7)
        there.moved(6)
        await heard()
        assert not here.news.is_set()


async def test_a_free_place_is_tried_at_once(bench: Bench) -> None:
    kept = await bench.add("xai-1", max_concurrency=1)
    state = MemoryState(bench.clock)
    member = bench.pool.roster.members[kept.id]
    member.full_until = bench.clock.monotonic() + 1
    async with listening(worker(state, "here"), bench):
        state.publish(FREED, b"somebody else")
        state.publish(FREED, b"\xff")
        state.publish("store", b"no number")
        state.publish("health", b"no word")
        await heard()
        assert member.full_until
        state.publish(FREED, kept.id.encode())
        await heard()
        assert not member.full_until


@pytest.mark.parametrize(("method", "looks"), [("GET", False), ("POST", True), ("DELETE", True)])
async def test_after_a_change_by_an_operator_the_store_is_looked_at(method: str, looks: bool) -> None:
    sharing = worker(MemoryState(ManualClock()), "here")
    seen = list[bool]()

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(sharing.news.is_set())

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None: ...

    await Announcing(app, sharing)({"type": "http", "method": method}, nothing, send)
    assert (seen, sharing.news.is_set()) == ([False], looks)


async def test_without_redis_limits_are_the_workers_own() -> None:
    async with open_sharing(Settings(), KeyRing(SECRET), SystemClock(), "here") as sharing:
        assert (sharing.slots, sharing.degraded) == (None, False)
        await sharing.beat()
        sharing.moved(3)


async def test_a_redis_that_is_away_stops_no_start() -> None:
    nobody = Settings(storage=Storage(redis_url="redis://:secret@127.0.0.1:1/0"))
    async with open_sharing(nobody, KeyRing(SECRET), SystemClock(), "here") as sharing:
        assert sharing.degraded


async def test_fleets_with_different_keys_do_not_meet() -> None:
    settings = Settings(storage=Storage(redis_url=redis_url(), redis_timeout_ms=5000))
    clock = SystemClock()
    async with (
        open_sharing(settings, KeyRing(SECRET + "1"), clock, "here") as here,
        open_sharing(settings, KeyRing(SECRET + "1"), clock, "there") as there,
        open_sharing(settings, KeyRing(SECRET + "2"), clock, "elsewhere") as elsewhere,
    ):
        for sharing in (here, there, elsewhere):
            assert not sharing.degraded
            await sharing.beat()
        assert [each.slots.workers for each in (here, there, elsewhere) if each.slots] == [2, 2, 1]


async def test_a_driver_that_is_not_installed_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "grok2api.storage.redis_state.state", None)
    with pytest.raises(ConfigError, match=r"pip install '\.\[redis\]'"):
        async with open_sharing(
            Settings(storage=Storage(redis_host="localhost")), KeyRing(SECRET), SystemClock(), "here"
        ):
            pass
