"""Video jobs: held by one at a time, written under a fence, found again by whoever comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grok2api.storage.records import ClaimLost, Conflict
from grok2api.storage.videos import VideoJob

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.stores import Records

NOW = 1_795_000_000.25
LIFE = 8.0


def a_job(number: int = 1, **fields: object) -> VideoJob:
    values: dict[str, object] = {
        "id": f"job_{number:03}",
        "key_id": "key_1",
        "dialect": "openai",
        "operation": "generations",
        "state": "submitting",
        "model": "grok-imagine-1.0-video",
        "prompt": f"v1:sealed:灵 {number}",
        "seconds": 4,
        "size": "1280x720",
        "resolution": "720p",
        "request_id": f"req_{number}",
        "started_at": NOW,
        "created_at": NOW + number,
        "holder": "worker_a",
        "fence": 1,
        "held_until": NOW + LIFE,
    }
    return VideoJob(**{**values, **fields})  # type: ignore[arg-type]


async def test_a_job_comes_back_whole(records: Records) -> None:
    job = a_job(
        duration=4.04, cost_ticks=2**50, idempotency="a" * 64, request_hash="b" * 64, error_message="läuft"
    )
    await records.videos.begin(job)
    assert await records.videos.get(job.id) == job
    assert await records.videos.with_idempotency("a" * 64) == job
    assert await records.videos.get("job_unknown") is None
    assert await records.videos.with_idempotency("c" * 64) is None


async def test_an_id_and_an_idempotency_key_are_taken_once(records: Records) -> None:
    await records.videos.begin(a_job(1, idempotency="a" * 64))
    for again in (a_job(1), a_job(2, idempotency="a" * 64)):
        with pytest.raises(Conflict):
            await records.videos.begin(again)
    await records.videos.begin(a_job(3))
    await records.videos.begin(a_job(4))


async def test_an_old_idempotency_key_can_be_used_anew(records: Records) -> None:
    await records.videos.begin(a_job(1, idempotency="a" * 64))
    assert await records.videos.release_idempotency("a" * 64, before=NOW) is False
    assert await records.videos.release_idempotency("a" * 64, before=NOW + 10) is True
    await records.videos.begin(a_job(2, idempotency="a" * 64))
    kept = await records.videos.with_idempotency("a" * 64)
    assert kept is not None
    assert kept.id == "job_002"


@pytest.mark.parametrize("lasting", [True, False])
async def test_only_the_last_holder_can_write(
    records: Records, open_another: Callable[[], Awaitable[Records]], lasting: bool
) -> None:
    other = await open_another()
    job = a_job()
    await records.videos.begin(job)
    changed = await records.videos.change(job, {"state": "running", "upstream_id": "u"}, lasting=lasting)
    assert changed == replace(job, state="running", upstream_id="u")
    (taken,) = await other.videos.claim("worker_b", seconds=LIFE, now=NOW + LIFE, limit=10)
    assert (taken.holder, taken.fence, taken.held_until) == ("worker_b", 2, NOW + 2 * LIFE)
    with pytest.raises(ClaimLost):
        await records.videos.change(changed, {"state": "failed"}, lasting=lasting)
    assert await records.videos.discard(changed) is False
    assert await other.videos.discard(taken) is True
    with pytest.raises(ClaimLost):
        await other.videos.change(taken, {"progress": 5})


async def test_what_is_held_or_over_cannot_be_claimed(records: Records) -> None:
    await records.videos.begin(a_job(1))
    await records.videos.begin(a_job(2, state="completed", held_until=0.0, completed_at=NOW))
    await records.videos.begin(a_job(3, state="saving", held_until=NOW))
    await records.videos.begin(a_job(4, state="running", held_until=NOW - 1))
    taken = await records.videos.claim("worker_b", seconds=LIFE, now=NOW, limit=10)
    assert [job.id for job in taken] == ["job_003", "job_004"], "the oldest first"
    assert await records.videos.claim("worker_c", seconds=LIFE, now=NOW, limit=10) == ()


async def test_a_claim_takes_no_more_than_it_may(records: Records) -> None:
    for number in range(1, 4):
        await records.videos.begin(a_job(number, held_until=0.0))
    assert len(await records.videos.claim("worker_b", seconds=LIFE, now=NOW, limit=2)) == 2


async def test_a_job_held_before_the_clock_went_back_is_free(records: Records) -> None:
    await records.videos.begin(a_job(1, held_until=NOW + 3600))
    (taken,) = await records.videos.claim("worker_b", seconds=LIFE, now=NOW, limit=10)
    assert taken.fence == 2


async def test_renewing_tells_what_is_still_held(records: Records) -> None:
    await records.videos.begin(a_job(1))
    await records.videos.begin(a_job(2, holder="worker_b"))
    await records.videos.begin(a_job(3, state="failed"))
    held = await records.videos.renew("worker_a", seconds=LIFE, now=NOW + 5)
    assert held == {"job_001": 1}
    job = await records.videos.get("job_001")
    assert job is not None
    assert job.held_until == NOW + 5 + LIFE


async def test_what_is_let_go_can_be_claimed_at_once(records: Records) -> None:
    await records.videos.begin(a_job(1))
    await records.videos.release("worker_a")
    (taken,) = await records.videos.claim("worker_b", seconds=LIFE, now=NOW, limit=10)
    assert (taken.holder, taken.fence) == ("worker_b", 2)
    with pytest.raises(ClaimLost):
        await records.videos.change(a_job(1), {"progress": 5})


async def test_a_job_that_is_over_is_forgotten_whole_and_an_open_one_is_marked(records: Records) -> None:
    await records.videos.begin(a_job(1))
    await records.videos.begin(a_job(2, state="completed", asset_id="asset"))
    assert await records.videos.forget("job_001", key_id="key_2") is None
    opened = await records.videos.forget("job_001", key_id="key_1")
    assert opened is not None
    assert opened.open
    kept = await records.videos.get("job_001")
    assert kept is not None
    assert kept.forgotten
    assert await records.videos.forget("job_001", key_id="key_1") is None
    ended = await records.videos.forget("job_002", key_id="key_1")
    assert ended is not None
    assert ended.asset_id == "asset"
    assert await records.videos.get("job_002") is None
    assert await records.videos.list("key_1", 10) == ()


async def test_a_list_goes_either_way_from_a_cursor(records: Records) -> None:
    for number in range(1, 6):
        await records.videos.begin(a_job(number, created_at=NOW + number // 2))
    await records.videos.begin(a_job(6, key_id="key_2"))
    newest = await records.videos.list("key_1", 2)
    assert [job.id for job in newest] == ["job_005", "job_004"]
    following = await records.videos.list("key_1", 10, after=newest[-1].cursor)
    assert [job.id for job in following] == ["job_003", "job_002", "job_001"]
    oldest = await records.videos.list("key_1", 10, after=following[-1].cursor, ascending=True)
    assert [job.id for job in oldest] == ["job_002", "job_003", "job_004", "job_005"]


async def test_open_jobs_are_counted(records: Records) -> None:
    await records.videos.begin(a_job(1))
    await records.videos.begin(a_job(2, key_id="key_2", state="saving"))
    await records.videos.begin(a_job(3, state="failed"))
    assert await records.videos.count_open() == 2
    assert await records.videos.count_open("key_1") == 1


async def test_only_what_has_long_been_over_is_deleted(records: Records) -> None:
    await records.videos.begin(a_job(1, state="completed", completed_at=NOW - 10))
    await records.videos.begin(a_job(2, state="failed", completed_at=NOW - 20))
    await records.videos.begin(a_job(3, state="completed", completed_at=NOW))
    await records.videos.begin(a_job(4))
    assert await records.videos.delete_ended(NOW, limit=1) == 1
    assert await records.videos.get("job_002") is None
    assert await records.videos.delete_ended(NOW, limit=10) == 1
    assert await records.videos.get("job_003") is not None
    assert await records.videos.get("job_004") is not None
