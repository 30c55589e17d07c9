"""Background responses: what one process writes, every other one reads, in order and only while it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grok2api.storage.records import Conflict, RunEnd, RunFrames, RunRecord, RunState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.stores import Records

NOW = 1_795_000_000.25
RUN = "run_1"


def a_run(identifier: str = RUN, holder: str = "worker_a", at: float = NOW) -> RunRecord:
    return RunRecord(id=identifier, holder=holder, created_at=at, beat_at=at)


def frames(first: int, count: int, identifier: str = RUN) -> RunFrames:
    return RunFrames(run_id=identifier, first=first, count=count, content=f"v1:灵:{first}+{count}")


def an_end(
    first: int | None = 2, count: int = 1, *, state: RunState = "completed", identifier: str = RUN
) -> RunEnd:
    last = None if first is None else frames(first, count, identifier)
    return RunEnd(
        run_id=identifier, state=state, frames=last, response="v1:sealed", cut=first is None, at=NOW + 9
    )


async def begun(records: Records, *identifiers: str) -> None:
    for identifier in identifiers or (RUN,):
        await records.runs.begin(a_run(identifier), frames(0, 2, identifier))


async def test_a_run_is_seen_elsewhere_as_it_goes(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    await begun(records)
    assert await other.runs.get(RUN) == replace(a_run(), frames=2)
    await records.runs.append([frames(2, 3)], now=NOW + 1)
    assert await other.runs.get(RUN) == replace(a_run(), frames=5, beat_at=NOW + 1)
    assert await other.runs.response(RUN) == ""
    assert await records.runs.finish(an_end(5, 2)) is True
    ended = await other.runs.get(RUN)
    assert ended == replace(a_run(), frames=7, beat_at=NOW + 1, state="completed", ended_at=NOW + 9)
    assert await other.runs.response(RUN) == "v1:sealed"
    assert await other.runs.frames_from(RUN, 0, limit=10) == (frames(0, 2), frames(2, 3), frames(5, 2))
    assert await other.runs.get("run_unknown") is None
    assert await other.runs.response("run_unknown") == ""


async def test_a_run_begins_once(records: Records) -> None:
    await begun(records)
    with pytest.raises(Conflict):
        await begun(records)
    assert await records.runs.count() == 1


@pytest.mark.parametrize(
    ("first", "limit", "expected"),
    [(0, 10, [0, 2, 5]), (1, 10, [0, 2, 5]), (2, 10, [2, 5]), (4, 1, [2]), (6, 10, [5]), (7, 10, [])],
)
async def test_frames_are_read_from_where_somebody_is(
    records: Records, first: int, limit: int, expected: list[int]
) -> None:
    await begun(records)
    await records.runs.append([frames(2, 3), frames(5, 2)], now=NOW)
    batches = await records.runs.frames_from(RUN, first, limit=limit)
    assert [batch.first for batch in batches] == expected


async def test_a_batch_that_leaves_a_gap_or_comes_twice_is_not_kept(records: Records) -> None:
    await begun(records)
    await records.runs.append([frames(2, 1)], now=NOW)
    await records.runs.append([frames(2, 1), frames(7, 1), frames(3, 1)], now=NOW)
    batches = await records.runs.frames_from(RUN, 0, limit=10)
    assert [batch.first for batch in batches] == [0, 2, 3]


async def test_what_has_ended_or_is_gone_takes_nothing(records: Records) -> None:
    await begun(records, "run_1", "run_2")
    assert await records.runs.finish(an_end())
    assert not await records.runs.finish(an_end(3, state="failed")), "the first end stands"
    assert await records.runs.delete("run_2")
    assert not await records.runs.delete("run_2")
    await records.runs.append([frames(3, 1), frames(2, 1, "run_2")], now=NOW)
    await records.runs.note_cut(RUN)
    assert not await records.runs.wish_cancel(RUN)
    assert not await records.runs.wish_cancel("run_2")
    kept = await records.runs.get(RUN)
    assert kept is not None
    assert (kept.state, kept.frames, kept.cut, kept.cancel_wished) == ("completed", 3, False, False)
    assert await records.runs.frames_from("run_2", 0, limit=10) == ()


async def test_a_holder_hears_of_its_own_runs_only(records: Records) -> None:
    await begun(records, "run_1", "run_2", "run_3")
    await records.runs.begin(a_run("run_4", "worker_b"), frames(0, 1, "run_4"))
    assert await records.runs.wish_cancel("run_2")
    await records.runs.finish(an_end(identifier="run_3"))
    assert await records.runs.running("worker_a") == {"run_1": False, "run_2": True}
    await records.runs.delete("run_1")
    assert await records.runs.running("worker_a") == {"run_2": True}


async def test_a_run_without_a_sign_of_life_is_found_and_ended_once(records: Records) -> None:
    await begun(records, "run_1")
    await records.runs.begin(a_run("run_2", "worker_b"), frames(0, 2, "run_2"))
    await records.runs.beat("worker_b", now=NOW + 20)
    assert await records.runs.silent(NOW + 15) == ("run_1",)
    lost = an_end(state="failed")
    assert not await records.runs.finish(replace(lost, run_id="run_2"), silent_since=NOW + 15)
    assert await records.runs.finish(lost, silent_since=NOW + 15)
    assert await records.runs.silent(NOW + 15) == ()


async def test_a_run_that_grew_too_large_ends_without_its_last_frames(records: Records) -> None:
    await begun(records)
    await records.runs.note_cut(RUN)
    kept = await records.runs.get(RUN)
    assert kept is not None
    assert kept.cut
    assert await records.runs.finish(an_end(None))
    ended = await records.runs.get(RUN)
    assert ended is not None
    assert (ended.state, ended.frames, ended.cut) == ("completed", 2, True)


async def test_old_runs_are_forgotten_with_their_frames(records: Records) -> None:
    await begun(records, "run_1", "run_2")
    await records.runs.finish(an_end())
    assert await records.runs.forget(NOW + 8) == 0
    assert await records.runs.forget(NOW + 9) == 1
    assert await records.runs.get(RUN) is None
    assert await records.runs.frames_from(RUN, 0, limit=10) == ()
    assert await records.runs.count() == 1


async def test_large_batches_come_back_whole(records: Records) -> None:
    await begun(records)
    large = replace(frames(2, 1), content="x" * 3_000_000)
    await records.runs.append([large], now=NOW)
    assert await records.runs.frames_from(RUN, 2, limit=1) == (large,)
