"""The queue's room: in order of arrival, bounded by who is in it, and empty when they left."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from grok2api.pool.waiting import Place, WaitingRoom

LONG = 60.0


async def until(room: WaitingRoom, count: int) -> None:
    """Return when so many wait."""
    for _ in range(50):
        if len(room) == count:
            return
        await asyncio.sleep(0)
    pytest.fail(f"{len(room)} wait, not {count}")


async def test_a_line_is_served_in_order_one_call_after_the_other() -> None:
    room, served = WaitingRoom(), list[int]()

    async def wait(number: int) -> None:
        with room.line_up("a") as place:
            await place.called(LONG)
            served.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(wait(number))
        await until(room, 5)
        room.call_first()
    assert served == [0, 1, 2, 3, 4]
    assert not room.has_line("a")


async def test_lines_are_called_by_the_arrival_of_their_first() -> None:
    """Else a line that never empties would always stand before a younger one."""
    room, called = WaitingRoom(), list[str]()

    async def wait(line: str, name: str) -> None:
        with room.line_up(line) as place:
            await place.called(LONG)
            called.append(name)

    async with asyncio.TaskGroup() as group:
        tasks = []
        for line, name in (("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")):
            tasks.append(group.create_task(wait(line, name)))
            await until(room, len(tasks))
        tasks[0].cancel()
        await until(room, 3)
        for _ in range(50):
            await asyncio.sleep(0)
        assert called == ["3"]
        group.create_task(wait("b", "5"))
        await until(room, 3)
        room.call_first()
    assert called == ["3", "2", "4", "5"]


@pytest.mark.parametrize("leaver", [0, 1, 2])
async def test_who_leaves_keeps_no_place_and_passes_the_call_on(leaver: int) -> None:
    room, served = WaitingRoom(), list[int]()

    async def wait(number: int) -> None:
        with room.line_up("a") as place:
            await place.called(LONG)
            served.append(number)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wait(number)) for number in range(3)]
        await until(room, 3)
        room.call_first()
        tasks[leaver].cancel()
    assert served == [number for number in range(3) if number != leaver]
    assert len(room) == 0


async def test_a_call_that_came_while_nobody_listened_is_not_lost() -> None:
    place = Place(1, deque())
    place.call()
    await place.called(LONG)


async def test_a_place_gives_up_by_itself() -> None:
    await Place(1, deque()).called(0.001)


async def test_a_new_line_of_the_same_name_is_not_ended_by_the_old_one() -> None:
    room = WaitingRoom()
    with room.line_up("a"):
        pass
    with room.line_up("a"):
        assert room.has_line("a")
        with room.line_up("a"):
            assert len(room) == 2
        assert room.has_line("a")
    assert not room.has_line("a")
