"""A run in memory: readers wait for more, the newest frames stay, nobody is waited for."""

from __future__ import annotations

import asyncio

import pytest

from grok2api.dialects.responses.recording import ResponseRecording
from grok2api.gateway.runs.live import Overrun, Run, split
from support.runs_bench import closing, delta, opening


def a_run(limit: int = 100_000) -> Run:
    run = Run(ResponseRecording(), limit=limit)
    run.take(opening())
    return run


def test_frames_are_cut_at_their_ends() -> None:
    assert split(opening() + delta(1) + closing(2)) == [
        opening(),
        delta(1),
        closing(2).removesuffix(b"data: [DONE]\n\n"),
        b"data: [DONE]\n\n",
    ]
    assert split(b"") == []


async def test_readers_are_woken_at_once_each_at_its_place() -> None:
    run = a_run()
    waiting = [asyncio.ensure_future(run.more(position)) for position in (0, 1, 2)]
    await asyncio.sleep(0)
    assert [each.done() for each in waiting] == [True, False, False]
    run.take(delta(1))
    await asyncio.sleep(0)
    assert [each.done() for each in waiting] == [True, True, False]
    run.take(closing(2))
    assert await waiting[2] == split(closing(2))
    assert await run.more(4) == []
    assert run.over.is_set()


async def test_what_grows_too_large_keeps_the_newest() -> None:
    run = a_run(limit=1000)
    for number in range(1, 60):
        run.take(delta(number))
    assert run.count == 60
    with pytest.raises(Overrun):
        run.since(0)
    with pytest.raises(Overrun):
        await run.more(0)
    kept = run.since(55)
    assert kept == [delta(number) for number in range(55, 60)]
    run.take(closing(60))
    assert await run.more(60) == split(closing(60))
