"""Long work: every process reads what one reports; a stop that was asked for stays asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grok2api.storage.records import JobRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.stores import Records

NOW = 1_795_000_000.25


def a_job(number: int = 1, **fields: object) -> JobRecord:
    values: dict[str, object] = {
        "id": f"job_{number:03}",
        "kind": "import",
        "state": "running",
        "holder": "host/4711",
        "created_at": NOW + number,
        "updated_at": NOW + number,
    }
    return JobRecord(**{**values, **fields})  # type: ignore[arg-type]


async def test_a_job_comes_back_whole(records: Records) -> None:
    job = a_job(total=10, done=4, failed=1, message="läuft 灵", result='{"lines":[]}')
    assert await records.jobs.put(job) is False
    assert await records.jobs.get(job.id) == job
    assert await records.jobs.get("job_unknown") is None


async def test_progress_written_here_is_read_there(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    await records.jobs.put(a_job(total=10))
    done = a_job(total=10, done=10, state="done", updated_at=NOW + 60)
    await records.jobs.put(done)
    assert await other.jobs.get(done.id) == done


async def test_a_stop_asked_for_elsewhere_outlives_every_report(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    job = a_job()
    await records.jobs.put(job)
    assert await other.jobs.request_cancel(job.id) is True
    assert await records.jobs.put(replace(job, done=5)) is True
    assert await records.jobs.get(job.id) == replace(job, done=5, cancel_requested=True)


async def test_only_a_running_job_can_be_asked_to_stop(records: Records) -> None:
    await records.jobs.put(a_job(state="done"))
    assert await records.jobs.request_cancel("job_001") is False
    assert await records.jobs.request_cancel("job_unknown") is False


async def test_the_newest_jobs_come_first(records: Records) -> None:
    for number in (2, 3, 1):
        await records.jobs.put(a_job(number))
    assert [job.id for job in await records.jobs.recent(2)] == ["job_003", "job_002"]


async def test_old_jobs_are_forgotten(records: Records) -> None:
    for number in (1, 2, 3):
        await records.jobs.put(a_job(number))
    assert await records.jobs.forget(NOW + 3) == 2
    assert [job.id for job in await records.jobs.recent(10)] == ["job_003"]


async def test_a_large_result_is_kept_whole(records: Records) -> None:
    job = a_job(result="x" * 500_000)
    await records.jobs.put(job)
    assert await records.jobs.get(job.id) == job
