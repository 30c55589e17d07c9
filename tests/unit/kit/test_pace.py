from __future__ import annotations

import asyncio
from time import thread_time

from grok2api.kit.pace import PIECE, Pace


def work(seconds: float) -> None:
    begun = thread_time()
    while thread_time() - begun < seconds:
        pass


async def test_a_rest_is_due_after_a_piece_of_work_and_not_again_after_the_rest() -> None:
    pace = Pace()
    work(PIECE)
    assert pace.due
    await pace.rest()
    assert not pace.due


async def test_a_piece_lets_others_come_first() -> None:
    pace, order = Pace(), list[str]()
    asyncio.get_running_loop().call_soon(order.append, "a request")
    await pace.rest()
    order.append("the work")
    assert order == ["a request", "the work"]


async def test_it_goes_on_though_others_never_end() -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def busy() -> None:
        work(PIECE)
        if not ended.is_set():
            loop.call_soon(busy)

    busy()
    await Pace().rest()
    ended.set()


def test_in_a_thread_of_its_own_it_gives_way() -> None:
    pace = Pace()
    work(PIECE)
    pace.give_way()
    assert not pace.due
