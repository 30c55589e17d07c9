"""Places of a slot: never more than its limit, and none for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.state.conftest import Backend
from grok2api.storage.state import FREED, GAP, Grant, SharedState
from support.telling import told

LONG = 30.0
SHORT = 0.3
NUMBERS = count()


async def test_a_slot_gives_as_many_places_as_its_limit(state: SharedState) -> None:
    grants = [await state.acquire("slot", f"lease {n}", limit=3, ttl=LONG) for n in range(5)]
    assert grants == [Grant(True, 1), Grant(True, 2), Grant(True, 3), Grant(False, 3), Grant(False, 3)]
    assert await state.count("slot") == 3


async def test_a_hundred_at_once_get_ten_places(open_another: Callable[[], Awaitable[SharedState]]) -> None:
    states = [await open_another() for _ in range(4)]
    asked = [states[n % 4].acquire("slot", f"lease {n}", limit=10, ttl=LONG) for n in range(100)]
    grants = await asyncio.gather(*asked)
    assert sum(grant.ok for grant in grants) == 10
    assert {await each.count("slot") for each in states} == {10}


async def test_the_same_lease_takes_one_place_however_often_it_asks(state: SharedState) -> None:
    assert await state.acquire("slot", "lease", limit=1, ttl=LONG) == Grant(True, 1)
    assert await state.acquire("slot", "lease", limit=1, ttl=LONG) == Grant(True, 1)


async def test_a_place_that_is_given_back_is_free_at_once(state: SharedState) -> None:
    await state.acquire("slot", "first", limit=1, ttl=LONG)
    state.release("slot", "first")
    assert (await state.acquire("slot", "second", limit=1, ttl=LONG)).ok


async def test_giving_back_what_one_does_not_hold_changes_nothing(state: SharedState) -> None:
    await state.acquire("slot", "first", limit=1, ttl=LONG)
    state.release("slot", "another")
    state.release("elsewhere", "first")
    assert await state.count("slot") == 1


async def test_slots_do_not_know_each_other(state: SharedState) -> None:
    assert (await state.acquire("one", "lease", limit=1, ttl=LONG)).ok
    assert (await state.acquire("two", "lease", limit=1, ttl=LONG)).ok


async def test_the_lease_of_a_dead_process_ends_by_its_time(backend: Backend, state: SharedState) -> None:
    await state.acquire("slot", "of the dead", limit=1, ttl=SHORT)
    assert not (await state.acquire("slot", "next", limit=1, ttl=LONG)).ok
    await backend.pass_time(SHORT * 1.5)
    assert await state.count("slot") == 0
    assert (await state.acquire("slot", "next", limit=1, ttl=LONG)).ok


async def test_whoever_renews_keeps_what_it_holds(backend: Backend, state: SharedState) -> None:
    await state.acquire("slot", "kept", limit=2, ttl=SHORT)
    await state.acquire("slot", "lost", limit=2, ttl=SHORT)
    fleet = await state.renew("worker", {"slot": ["kept"]}, ttl=LONG)
    assert fleet.taken == {"slot": 2}
    await backend.pass_time(SHORT * 1.5)
    assert await state.count("slot") == 1


async def test_what_is_held_is_registered_again_even_beyond_the_limit(state: SharedState) -> None:
    await state.acquire("slot", "first", limit=1, ttl=LONG)
    fleet = await state.renew("worker", {"slot": ["second", "third"]}, slots=["other"], ttl=LONG)
    assert fleet.taken == {"slot": 3, "other": 0}
    state.release("slot", "first")
    assert not (await state.acquire("slot", "fourth", limit=2, ttl=LONG)).ok, "until it is below again"


async def test_the_fleet_is_who_has_renewed_of_late(backend: Backend, state: SharedState) -> None:
    await state.renew("ann", {}, ttl=LONG)
    await state.renew("cid", {}, ttl=SHORT)
    assert (await state.renew("bob", {}, ttl=LONG)).workers == ("ann", "bob", "cid")
    await backend.pass_time(SHORT * 1.5)
    assert (await state.renew("bob", {}, ttl=LONG)).workers == ("ann", "bob")
    await state.leave("ann")
    await state.leave("nobody")
    assert (await state.renew("bob", {}, ttl=LONG)).workers == ("bob",)


async def test_a_place_that_becomes_free_is_told_to_whoever_was_refused(
    open_another: Callable[[], Awaitable[SharedState]],
) -> None:
    here, there = await open_another(), await open_another()
    async with told(there, FREED) as notices:
        await notices.next(GAP)
        await here.acquire("quiet", "one", limit=1, ttl=LONG)
        here.release("quiet", "one")
        await here.acquire("slot", "one", limit=1, ttl=LONG)
        assert not (await there.acquire("slot", "two", limit=1, ttl=LONG)).ok
        here.release("slot", "one")
        assert await notices.next(FREED) == b"slot", "the other slot refused nobody, so nobody is told"


STEPS = st.lists(st.tuples(st.sampled_from("arn"), st.integers(0, 5)), max_size=30)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, limit=st.integers(1, 4))
async def test_a_slot_is_a_set_of_leases(
    state: SharedState, steps: list[tuple[str, int]], limit: int
) -> None:
    slot, model = f"slot {next(NUMBERS)}", set[str]()
    for step, number in steps:
        lease = f"lease {number}"
        if step == "a":
            expected = lease in model or len(model) < limit
            model |= {lease} if expected else set()
            assert await state.acquire(slot, lease, limit=limit, ttl=LONG) == Grant(expected, len(model))
        elif step == "r":
            model.discard(lease)
            state.release(slot, lease)
        else:
            model.add(lease)
            fleet = await state.renew("worker", {slot: [lease]}, ttl=LONG)
            assert fleet.taken == {slot: len(model)}
    assert await state.count(slot) == len(model)
