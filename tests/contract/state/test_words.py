"""Pins, counters and notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from contract.state.conftest import Backend
from grok2api.storage.state import GAP, SharedState
from support.telling import told

LONG = 30.0
SHORT = 0.3
Opener = Callable[[], Awaitable[SharedState]]


async def test_the_first_pin_holds_for_everybody(open_another: Opener) -> None:
    here, there = await open_another(), await open_another()
    assert await here.pinned("session 灵") is None
    assert await here.pin("session 灵", "cred_1", ttl=LONG) == "cred_1"
    assert await there.pin("session 灵", "cred_2", ttl=LONG) == "cred_1"
    assert await there.pinned("session 灵") == "cred_1"
    await there.unpin("session 灵")
    assert await here.pinned("session 灵") is None


async def test_a_pin_ends_after_its_last_use(backend: Backend, state: SharedState) -> None:
    await state.pin("session", "cred_1", ttl=SHORT)
    await state.pin("session", "cred_2", ttl=SHORT * 3)
    await backend.pass_time(SHORT * 1.5)
    assert await state.pinned("session") == "cred_1"
    await backend.pass_time(SHORT * 3)
    assert await state.pinned("session") is None


async def test_a_counter_sums_up_and_ends_after_its_first_addition(
    backend: Backend, open_another: Opener
) -> None:
    here, there = await open_another(), await open_another()
    assert await here.add("counter", 2, ttl=SHORT) == 2
    assert await there.add("counter", 40, ttl=LONG) == 42
    assert await here.add("other", -1, ttl=LONG) == -1
    await backend.pass_time(SHORT * 1.5)
    assert await here.add("counter", 1, ttl=LONG) == 1


async def test_names_of_one_kind_do_not_meet_those_of_another(state: SharedState) -> None:
    await state.pin("name", "value", ttl=LONG)
    assert await state.add("name", 1, ttl=LONG) == 1
    assert (await state.acquire("name", "lease", limit=1, ttl=LONG)).ok
    assert await state.pinned("name") == "value"


async def test_a_notice_reaches_whoever_listens_to_its_topic(open_another: Opener) -> None:
    here, there = await open_another(), await open_another()
    async with told(here, "health", "store") as first, told(there, "store") as second:
        await first.next(GAP)
        await second.next(GAP)
        here.publish("health", b'{"a":1}')
        here.publish("elsewhere", b"nobody")
        here.publish("store", "灵\0".encode())
        assert await first.next("health") == b'{"a":1}'
        assert await first.next("store") == "灵\0".encode()
        assert await second.next("store") == "灵\0".encode()
