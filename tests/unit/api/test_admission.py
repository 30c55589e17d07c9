"""Places of one worker: never more than the limit, in order of arrival, and nothing kept for who left."""

from __future__ import annotations

import asyncio

import pytest

from grok2api.api.admission import Admission
from grok2api.errors import Overloaded


class Crowd:
    """Requests that hold their place until they are told to go."""

    def __init__(self, *, limit: int = 2, length: int = 100, wait: float = 60.0) -> None:
        self.admission = Admission()
        self.limit, self.length, self.wait = limit, length, wait
        self.inside: dict[int, asyncio.Event] = {}
        self.entered: list[int] = []
        self.refused: list[int] = []
        self.two_refused = asyncio.Event()
        self.most = 0

    async def come(self, number: int) -> None:
        try:
            async with self.admission.place(limit=self.limit, length=self.length, wait=self.wait):
                self.inside[number] = asyncio.Event()
                self.entered.append(number)
                self.most = max(self.most, len(self.inside))
                try:
                    await self.inside[number].wait()
                finally:
                    del self.inside[number]
        except Overloaded:
            self.refused.append(number)
            if len(self.refused) == 2:
                self.two_refused.set()


async def breathe() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_those_who_wait_are_served_in_order_and_never_too_many_at_once() -> None:
    crowd = Crowd(limit=2)
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(crowd.come(number))
        await breathe()
        assert crowd.entered == [0, 1]
        for number in range(6):
            crowd.inside[number].set()
            await breathe()
    assert crowd.entered == [0, 1, 2, 3, 4, 5]
    assert crowd.most == 2


async def test_a_newcomer_does_not_overtake_who_waits() -> None:
    crowd = Crowd(limit=1)
    async with asyncio.TaskGroup() as group:
        for number in range(2):
            group.create_task(crowd.come(number))
        await breathe()
        crowd.inside[0].set()
        group.create_task(crowd.come(2))
        await breathe()
        assert crowd.entered == [0, 1]
        crowd.inside[1].set()
        await breathe()
        crowd.inside[2].set()


async def test_one_more_than_fits_is_told_at_once_when_to_come_again() -> None:
    crowd = Crowd(limit=1, length=1)
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(crowd.come(number))
        await breathe()
        assert crowd.refused == [2]
        for number in range(2):
            crowd.inside[number].set()
            await breathe()
    with pytest.raises(Overloaded) as caught:
        async with (
            crowd.admission.place(limit=1, length=0, wait=0),
            crowd.admission.place(limit=1, length=9, wait=0),
        ):
            pytest.fail("there is no second place")
    assert (caught.value.status, caught.value.retry_after) == (429, 1)


async def test_who_waited_too_long_is_refused_and_leaves_no_gap() -> None:
    crowd = Crowd(limit=1, wait=0.01)
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(crowd.come(number))
        await crowd.two_refused.wait()
        crowd.inside[0].set()
        await breathe()
        group.create_task(crowd.come(3))
        await breathe()
        crowd.inside[3].set()
    assert crowd.entered == [0, 3]


@pytest.mark.parametrize("leaver", [0, 1, 2])
async def test_who_left_is_skipped(leaver: int) -> None:
    crowd = Crowd(limit=1)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(crowd.come(number)) for number in range(3)]
        await breathe()
        tasks[leaver].cancel()
        for _ in range(2):
            await breathe()
            next(iter(crowd.inside.values())).set()
    assert sorted({*crowd.entered, leaver}) == [0, 1, 2]


async def test_who_leaves_in_the_moment_of_being_called_hands_the_place_on() -> None:
    crowd = Crowd(limit=1)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(crowd.come(number)) for number in range(3)]
        await breathe()
        crowd.inside[0].set()
        for _ in range(20):
            if not crowd.inside:
                break
            await asyncio.sleep(0)
        tasks[1].cancel()
        await breathe()
        assert list(crowd.inside) == [2]
        crowd.inside[2].set()


async def test_a_limit_that_is_raised_lets_more_in_and_one_that_is_lowered_fewer() -> None:
    crowd = Crowd(limit=1)
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(crowd.come(number))
        await breathe()
        crowd.limit = 3
        group.create_task(crowd.come(6))
        await breathe()
        crowd.inside[0].set()
        await breathe()
        crowd.inside[1].set()
        await breathe()
        while crowd.inside:
            next(iter(crowd.inside.values())).set()
            await breathe()
    assert crowd.entered == list(range(7))


async def test_without_a_limit_everybody_is_let_in() -> None:
    crowd = Crowd(limit=0, length=0, wait=0)
    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(crowd.come(number))
        await breathe()
        assert len(crowd.inside) == 50
        for event in crowd.inside.values():
            event.set()
