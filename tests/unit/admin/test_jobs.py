"""Long work: told of while it runs, ended on request, and never lost from sight."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from typing_extensions import override

from grok2api.admin.jobs import JobProgress, JobRunner
from grok2api.errors import LimitExceeded, NotFound, StorageError
from grok2api.kit.clock import ManualClock
from grok2api.storage.records import JobRecord
from support.admin_client import Browser
from support.admin_server import AdminServer
from support.memory_records import MemoryJobs, Revisions


class NoticedJobs(MemoryJobs):
    """Jobs of which a test hears whenever one is touched."""

    def __init__(self, revisions: Revisions) -> None:
        super().__init__(revisions)
        self.touched = asyncio.Event()

    @override
    async def put(self, job: JobRecord) -> bool:
        self.touched.set()
        return await super().put(job)

    @override
    async def get(self, identifier: str) -> JobRecord | None:
        self.touched.set()
        return await super().get(identifier)


@pytest.fixture
def store() -> NoticedJobs:
    return NoticedJobs(Revisions())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def jobs(store: NoticedJobs, clock: ManualClock) -> AsyncIterator[JobRunner]:
    made = JobRunner(store, clock, holder="here", beat=0.01, grace=0.05)
    yield made
    await made.close()


async def until(store: NoticedJobs, job: JobRecord, fits: Callable[[JobRecord], bool]) -> JobRecord:
    """Return a job once it stands as it should; the test's own time limit ends the wait otherwise."""
    while True:
        store.touched.clear()
        present = await MemoryJobs.get(store, job.id)
        if present is not None and fits(present):
            return present
        await store.touched.wait()


async def ended(store: NoticedJobs, job: JobRecord) -> JobRecord:
    return await until(store, job, lambda present: present.state != "running")


async def until_told_to_stop(progress: JobProgress) -> object:
    while not progress.cancelled:  # noqa: ASYNC110  work that looks now and then is what is tested
        await asyncio.sleep(0)
    return {"reached": progress.done}


async def for_ever(_progress: JobProgress) -> object:
    return await asyncio.Event().wait()


async def test_a_job_tells_how_far_it_is_and_what_came_of_it(jobs: JobRunner, store: NoticedJobs) -> None:
    goes_on = asyncio.Event()

    async def work(progress: JobProgress) -> object:
        progress.step()
        progress.step(ok=False)
        await goes_on.wait()
        return {"rows": ["läuft"]}

    job = await jobs.start("test", work, total=3)
    present = await until(store, job, lambda present: present.done == 2)
    assert (present.state, present.total, present.failed) == ("running", 3, 1)
    goes_on.set()
    done = await ended(store, job)
    assert (done.state, json.loads(done.result)) == ("done", {"rows": ["läuft"]})


async def test_work_that_looks_ends_by_itself_and_keeps_what_it_did(
    jobs: JobRunner, store: NoticedJobs
) -> None:
    job = await jobs.start("test", until_told_to_stop)
    await jobs.cancel(job.id)
    stopped = await ended(store, job)
    assert stopped.state == "cancelled"
    assert stopped.cancel_requested


async def test_work_that_does_not_look_is_cancelled(jobs: JobRunner, store: NoticedJobs) -> None:
    job = await jobs.start("test", for_ever)
    await jobs.cancel(job.id)
    assert (await ended(store, job)).state == "cancelled"


async def test_any_worker_can_end_a_job(jobs: JobRunner, store: NoticedJobs, clock: ManualClock) -> None:
    job = await jobs.start("test", until_told_to_stop)
    other = JobRunner(store, clock, holder="there")
    assert (await other.cancel(job.id)).cancel_requested
    assert (await ended(store, job)).state == "cancelled"


async def test_a_job_that_waits_for_its_turn_ends_without_having_begun(
    jobs: JobRunner, store: NoticedJobs
) -> None:
    first = [await jobs.start("test", for_ever) for _ in range(4)]
    waiting = await jobs.start("test", for_ever)
    await jobs.cancel(waiting.id)
    assert (await ended(store, waiting)).state == "cancelled"
    assert {(await jobs.get(each.id)).state for each in first} == {"running"}


async def test_a_refusal_is_told_and_a_fault_is_not_shown(jobs: JobRunner, store: NoticedJobs) -> None:
    async def refused(_progress: JobProgress) -> object:
        raise StorageError("The store is away.")

    async def broken(_progress: JobProgress) -> object:
        raise ValueError("xai-a-secret")

    told = await ended(store, await jobs.start("test", refused))
    assert (told.state, told.message) == ("failed", "The store is away.")
    told = await ended(store, await jobs.start("test", broken))
    assert told.state == "failed"
    assert "secret" not in told.message


async def test_a_store_that_is_away_does_not_end_a_job(jobs: JobRunner, store: NoticedJobs) -> None:
    goes_on = asyncio.Event()

    async def work(progress: JobProgress) -> object:
        progress.step()
        await goes_on.wait()
        return None

    job = await jobs.start("test", work)
    store._revisions.away = True
    for _ in range(3):
        store.touched.clear()
        await store.touched.wait()
    store._revisions.away = False
    goes_on.set()
    assert (await ended(store, job)).state == "done"


async def test_an_end_that_the_store_did_not_hear_of_is_told_again(
    jobs: JobRunner, store: NoticedJobs
) -> None:
    goes_on = asyncio.Event()

    async def work(_progress: JobProgress) -> object:
        await goes_on.wait()
        return {"added": 3}

    job = await jobs.start("test", work)
    store._revisions.away = True
    goes_on.set()
    for _ in range(3):
        store.touched.clear()
        await store.touched.wait()
    store._revisions.away = False
    told = await ended(store, job)
    assert (told.state, json.loads(told.result)) == ("done", {"added": 3})


async def test_a_job_whose_holder_is_silent_has_failed(
    jobs: JobRunner, store: NoticedJobs, clock: ManualClock
) -> None:
    job = JobRecord(
        id="job_1",
        kind="import",
        state="running",
        holder="gone",
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    await store.put(job)
    clock.advance(30)
    assert (await jobs.get("job_1")).state == "running"
    clock.advance(1)
    assert (await jobs.get("job_1")).state == "failed"
    assert [each.state for each in await jobs.recent(5)] == ["failed"]
    await store.put(replace(job, state="done"))
    assert (await jobs.get("job_1")).state == "done"


async def test_too_many_jobs_are_refused(jobs: JobRunner) -> None:
    for _ in range(68):
        await jobs.start("test", for_ever)
    with pytest.raises(LimitExceeded):
        await jobs.start("test", for_ever)


async def test_the_end_of_the_server_ends_its_jobs(jobs: JobRunner) -> None:
    job = await jobs.start("test", for_ever)
    await jobs.close()
    assert (await jobs.get(job.id)).state == "cancelled"
    with pytest.raises(LimitExceeded):
        await jobs.start("test", for_ever)


async def test_old_jobs_are_forgotten(jobs: JobRunner, store: NoticedJobs, clock: ManualClock) -> None:
    old = await ended(store, await jobs.start("test", until_at_once))
    clock.advance(8 * 86_400)
    await jobs.start("test", until_at_once)
    with pytest.raises(NotFound):
        await jobs.get(old.id)


async def until_at_once(_progress: JobProgress) -> object:
    return None


async def events_of(operator: Browser, job_id: str) -> AsyncIterator[tuple[str, dict[str, object]]]:
    url = f"{operator.base}/jobs/{job_id}/events"
    async with operator.http.get(url, headers=operator.headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        name = ""
        async for line in answer.content:
            text = line.decode().rstrip()
            if text.startswith("event: "):
                name = text.removeprefix("event: ")
            elif text.startswith("data: "):
                yield name, json.loads(text.removeprefix("data: "))


async def test_a_watcher_sees_a_job_from_where_it_is_to_its_end(
    operator: Browser, admin: AdminServer
) -> None:
    steps = asyncio.Queue[bool]()

    async def work(progress: JobProgress) -> object:
        while await steps.get():
            progress.step()
        return {"answer": 42}

    job = await admin.services.jobs.start("test", work, total=2)
    names = []
    async for name, told in events_of(operator, job.id):
        names.append(name)
        if name == "snapshot":
            await steps.put(True)
        elif name == "progress" and told["done"] == 1:
            await steps.put(False)
        last = told
    assert names[0] == "snapshot"
    assert names[-1] == "done"
    assert set(names[1:-1]) == {"progress"}
    assert (last["state"], last["result"]) == ("done", None)
    assert (await operator.get(f"/jobs/{job.id}")).json["result"] == {"answer": 42}


async def test_a_watcher_sees_what_was_cancelled(operator: Browser, admin: AdminServer) -> None:
    job = await admin.services.jobs.start("test", until_told_to_stop)
    names = []
    async for name, _ in events_of(operator, job.id):
        names.append(name)
        if name == "snapshot":
            assert (await operator.send("DELETE", f"/jobs/{job.id}")).json["cancel_requested"]
    assert names[-1] == "cancelled"


async def test_watching_ends_when_the_server_drains(operator: Browser, admin: AdminServer) -> None:
    job = await admin.services.jobs.start("test", for_ever)
    names = []
    async for name, _ in events_of(operator, job.id):
        names.append(name)
        admin.world.draining = True
    assert "done" not in names


async def test_jobs_are_listed_and_shown(operator: Browser, admin: AdminServer) -> None:
    job = await admin.services.jobs.start("import", until_at_once)
    async for _ in events_of(operator, job.id):
        pass
    listed = (await operator.get("/jobs")).json["data"]
    assert [(each["id"], each["kind"], each["state"]) for each in listed] == [(job.id, "import", "done")]
    assert (await operator.get(f"/jobs/{job.id}")).json["state"] == "done"
    assert (await operator.get("/jobs/job_unknown")).status == 404
    assert (await operator.get("/jobs/job_unknown/events")).status == 404
    assert (await operator.send("DELETE", "/jobs/job_unknown")).status == 404
    assert (await operator.get("/jobs?limit=0")).error["param"] == "limit"
