"""S12: a crowd of sign-ins comes in one after the other, and the door rests in between."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import pytest

from grok2api.admin.sign_in_line import BETWEEN, GROUP, LONGEST, MOMENT, MOST, SignInLine
from grok2api.errors import LimitExceeded
from grok2api.kit.clock import ManualClock, SystemClock


async def test_one_at_a_time_in_the_order_in_which_they_came() -> None:
    line, inside, came = SignInLine(SystemClock()), 0, list[int]()

    async def come(number: int) -> None:
        nonlocal inside
        async with line.turn():
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            came.append(number)
            inside -= 1

    await asyncio.gather(*(come(number) for number in range(8)))
    assert came == list(range(8))


async def test_a_full_line_turns_away_at_once_whoever_comes() -> None:
    line, told = SignInLine(ManualClock()), asyncio.Event()

    async def come() -> None:
        async with line.turn():
            await told.wait()

    async with asyncio.TaskGroup() as crowd:
        for _ in range(1 + LONGEST):
            crowd.create_task(come())
        await asyncio.sleep(0)
        with pytest.raises(LimitExceeded) as refused:
            await come()
        told.set()
    assert refused.value.retry_after == 2
    async with line.turn():
        pass


async def test_the_door_rests_while_others_wait_unless_nothing_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, rests = ManualClock(), list[float]()
    line = SignInLine(clock)

    async def rest(seconds: float) -> None:
        if seconds > 0:
            rests.append(round(seconds, 3))
            clock.advance(seconds)

    monkeypatch.setattr(asyncio, "sleep", rest)

    async def come(taken: float, error: LimitExceeded | None = None) -> None:
        with suppress(LimitExceeded):
            async with line.turn():
                await all_here.wait()
                clock.advance(taken)
                if error is not None:
                    raise error

    all_here = asyncio.Event()
    all_here.set()
    await come(0.02)
    await come(0.02)
    assert rests == [], "nobody waited"
    all_here.clear()
    async with asyncio.TaskGroup() as crowd:
        crowd.create_task(come(0.02))
        asyncio.get_running_loop().call_soon(all_here.set)
        for taken, error in ((30.0, None), (0.02, LimitExceeded("too early")), (0.02, None)):
            crowd.create_task(come(taken, error))
    assert rests == [0.8, 2.0]


async def test_who_gives_up_waiting_or_fails_inside_leaves_the_door_to_the_next() -> None:
    line, told = SignInLine(ManualClock()), asyncio.Event()

    async def come() -> None:
        with suppress(ValueError):
            async with line.turn():
                await told.wait()
                raise ValueError

    async with asyncio.TaskGroup() as both:
        both.create_task(come())
        waiting = both.create_task(come())
        await asyncio.sleep(0)
        waiting.cancel()
        told.set()
    assert waiting.cancelled()
    async with line.turn():
        pass


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """A clock on which those who sleep wake at once, later."""
    clock, let_others = ManualClock(), asyncio.sleep

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)
        await let_others(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return clock


async def test_a_crowd_of_strangers_steps_up_a_few_at_a_time(slept: ManualClock) -> None:
    line, came = SignInLine(slept), list[float]()

    async def step_up() -> None:
        await line.step_up()
        came.append(slept.monotonic())

    began = slept.monotonic()
    await asyncio.gather(*(step_up() for _ in range(5 * GROUP)))
    assert Counter(round((each - began) / BETWEEN) for each in came) == dict.fromkeys(range(5), GROUP)


async def test_who_comes_one_after_the_other_never_waits(slept: ManualClock) -> None:
    line, began = SignInLine(slept), slept.monotonic()
    for number in range(5 * GROUP):
        await line.step_up()
        assert slept.monotonic() == pytest.approx(began + number * MOMENT / GROUP, abs=1e-6)
        slept.advance(MOMENT / GROUP)


async def test_a_stranger_who_leaves_does_not_keep_the_others_waiting() -> None:
    line = SignInLine(SystemClock())
    for _ in range(GROUP):
        await line.step_up()
    async with asyncio.timeout(30), asyncio.TaskGroup() as both:
        first, _ = [both.create_task(line.step_up()) for _ in range(2)]
        await asyncio.sleep(0)
        first.cancel()
    assert first.cancelled()


async def test_far_too_many_strangers_are_not_kept_waiting() -> None:
    line = SignInLine(ManualClock())
    async with asyncio.TaskGroup() as crowd:
        waiting = [crowd.create_task(line.step_up()) for _ in range(GROUP + MOST)]
        await asyncio.sleep(0)
        with pytest.raises(LimitExceeded):
            await line.step_up()
        for each in waiting:
            each.cancel()
