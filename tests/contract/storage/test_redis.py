"""What only Redis promises: one prefix, nothing left behind, many clients at once, versions of the keys."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grok2api.errors import ConfigError, StorageError
from grok2api.storage.contents import RequestContent
from grok2api.storage.files import FileRecord
from grok2api.storage.open import open_records
from grok2api.storage.open_redis import examine_redis_records, upgrade_redis_records
from grok2api.storage.records import (
    AdminSession,
    Asset,
    Credential,
    JobRecord,
    RunFrames,
    RunRecord,
    SettingOverride,
    Transcript,
)
from grok2api.storage.redis.link import Link, Place
from grok2api.storage.redis.schema import VERSION, present_version, upgrade
from grok2api.storage.videos import VideoJob
from support.redis_server import forget_keys, keys_under, new_prefix, redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from grok2api.storage.records import ClientKey, UsageRecord
    from grok2api.storage.stores import Records

CLIENTS = 8


@pytest.fixture
def url() -> str:
    return redis_url()


@pytest.fixture
def prefix(url: str) -> Iterator[str]:
    made = new_prefix()
    yield made
    forget_keys(url, made)


async def opened(url: str, prefix: str, *, auto_upgrade: bool = True) -> Records:
    return await open_records(
        "redis", "", Path(), auto_upgrade=auto_upgrade, redis_url=url, redis_prefix=prefix
    )


@pytest.fixture
async def clients(url: str, prefix: str) -> AsyncIterator[list[Records]]:
    """Eight clients of one store, each with connections of its own."""
    async with AsyncExitStack() as stack:
        made = [await opened(url, prefix) for _ in range(CLIENTS)]
        for each in made:
            stack.push_async_callback(each.close)
        yield made


@pytest.fixture
def records(clients: list[Records]) -> Records:
    return clients[0]


@pytest.fixture
async def link(url: str, prefix: str) -> AsyncIterator[Link]:
    made = Link(Place(url, prefix))
    yield made
    await made.close()


async def test_what_is_deleted_leaves_nothing_but_counters(
    records: Records,
    url: str,
    prefix: str,
    make_credential: Callable[..., Credential],
    make_key: Callable[..., ClientKey],
) -> None:
    await records.credentials.add(make_credential())
    await records.credentials.change("cred_001", {"fingerprint": "another", "status": "cooling"})
    await records.keys.add(make_key())
    await records.settings.put(SettingOverride(path="a.b", value="1", updated_at=1.0))
    await records.jobs.put(JobRecord(id="j", kind="k", state="done", holder="h", created_at=1, updated_at=2))
    await records.sessions.put(AdminSession(hash="h", created_at=1, expires_at=2))
    await records.sessions.put(AdminSession(hash="h", created_at=1, expires_at=3))
    await records.transcripts.put([Transcript(id="t", key_id="k", content="c", created_at=1, expires_at=2)])
    await records.contents.put(
        [RequestContent(id="c", request_id="r", key_id="k", content="c", created_at=1, expires_at=2)]
    )
    await records.files.put(
        FileRecord(
            id="f", key_id="k", account="a", upstream_id="u", filename="n", size=1, purpose="p", created_at=1
        )
    )
    await records.files.delete("f", now=2)
    await records.assets.add(
        Asset(
            id="a", owner="o", kind="image", mime="m", size=5, etag="e", created_at=1, last_used_at=1, host=""
        )
    )
    await records.assets.touch("a", now=7)
    await records.runs.begin(
        RunRecord(id="r", holder="h", created_at=1, beat_at=1),
        RunFrames(run_id="r", first=0, count=2, content="c"),
    )
    await records.runs.beat("h", now=5)
    video = a_video(1, idempotency="i")
    await records.videos.begin(video)
    video = await records.videos.change(video, {"state": "completed", "completed_at": 3.0})
    assert len(keys_under(url, prefix)) >= 40

    assert await records.credentials.delete("cred_001")
    assert await records.keys.delete("key_001")
    assert await records.settings.delete("a.b")
    assert await records.jobs.forget(3) == 1
    assert await records.sessions.delete("h")
    assert await records.transcripts.delete("t")
    assert await records.contents.delete("c")
    assert await records.files.forget(2, limit=9) == 1
    assert await records.assets.delete("a")
    assert await records.runs.delete("r")
    assert await records.videos.discard(video)
    left = [key.removeprefix(prefix) for key in keys_under(url, prefix)]
    assert left == ["assets:sizes", "revision", "schema", "server", "tombstones"]


async def test_stores_under_two_prefixes_know_nothing_of_each_other(
    records: Records, url: str, prefix: str, make_credential: Callable[..., Credential]
) -> None:
    other = await opened(url, f"{prefix}other:")
    try:
        kept = await records.credentials.add(make_credential())
        assert await other.credentials.list() == ()
        assert (await other.changes_since(0)).revision == 0
        await other.credentials.add(make_credential())
        await other.credentials.delete(kept.id)
        assert await records.credentials.list() == (kept,)
    finally:
        await other.close()


async def test_a_reader_misses_no_change_of_many_writers(
    clients: list[Records], make_credential: Callable[..., Credential]
) -> None:
    reader, *writers = clients
    seen: dict[str, Credential] = {}
    revisions = [0]
    done = asyncio.Event()

    async def follow() -> None:
        last = False
        while True:
            changes = await reader.changes_since(revisions[-1])
            assert not changes.reset
            seen.update((each.id, each) for each in changes.credentials)
            for identifier in changes.deleted_credentials:
                seen.pop(identifier, None)
            revisions.append(changes.revision)
            if last:
                return
            last = done.is_set()
            await asyncio.sleep(0)

    async def work(number: int, store: Records) -> None:
        for turn in range(20):
            made = await store.credentials.add(make_credential(number * 100 + turn))
            await store.credentials.change(made.id, {"note": f"turn {turn}"})
            if turn % 3 == 0:
                await store.credentials.delete(made.id)

    async with asyncio.TaskGroup() as tasks:
        follower = tasks.create_task(follow())
        async with asyncio.TaskGroup() as group:
            for number, store in enumerate(writers):
                group.create_task(work(number, store))
        done.set()
    await follower
    assert revisions == sorted(revisions)
    assert sorted(seen.values(), key=lambda each: each.id) == list(await reader.credentials.list())
    assert len({each.revision for each in seen.values()}) == len(seen) == 13 * len(writers)


async def test_of_eight_that_import_the_same_each_credential_is_kept_once(
    clients: list[Records], make_credential: Callable[..., Credential]
) -> None:
    batches = [[make_credential(n, id=f"{who}-{n}") for n in range(60)] for who in range(CLIENTS)]
    outcomes = await asyncio.gather(
        *(
            store.credentials.add_many(batch[who:] + batch[:who])
            for who, (store, batch) in enumerate(zip(clients, batches, strict=True))
        )
    )
    kept = [each for outcome in outcomes for each in outcome if each is not None]
    assert sorted(each.fingerprint for each in kept) == sorted(f"fingerprint-{n}" for n in range(60))
    assert len(await clients[0].credentials.list()) == 60


def a_video(number: int, **fields: object) -> VideoJob:
    values: dict[str, object] = {
        "id": f"job_{number:03}",
        "key_id": "key_1",
        "dialect": "openai",
        "operation": "generations",
        "state": "running",
        "model": "m",
        "prompt": "v1:sealed",
        "seconds": 4,
        "size": "1280x720",
        "resolution": "720p",
        "request_id": f"req_{number}",
        "started_at": 1.0,
        "created_at": float(number),
    }
    return VideoJob(**{**values, **fields})  # type: ignore[arg-type]


async def test_of_eight_that_look_for_work_each_job_is_one_workers(clients: list[Records]) -> None:
    for number in range(40):
        await clients[0].videos.begin(a_video(number))
    taken = await asyncio.gather(
        *(
            store.videos.claim(f"worker_{who}", seconds=10, now=100, limit=7)
            for who, store in enumerate(clients)
        )
    )
    assert sorted(job.id for jobs in taken for job in jobs) == [f"job_{number:03}" for number in range(40)]
    assert {job.fence for jobs in taken for job in jobs} == {1}


async def test_of_eight_that_write_the_same_rows_the_sums_are_those_of_one(
    clients: list[Records], make_usage: Callable[..., UsageRecord]
) -> None:
    rows = [
        make_usage(n, credential_id=f"cred_{n % 3}", cost_ticks=2**53 + n, input_tokens=n) for n in range(90)
    ]
    await asyncio.gather(
        *(store.usage.append(rows[who * 7 :] + rows[: who * 7]) for who, store in enumerate(clients))
    )
    totals = {each.credential_id: each for each in await clients[0].usage.totals()}
    assert {name: total.requests for name, total in totals.items()} == {f"cred_{n}": 30 for n in range(3)}
    for name, total in totals.items():
        mine = [row for row in rows if row.credential_id == name]
        assert total.cost_ticks == sum(row.cost_ticks for row in mine)
        assert total.input_tokens == sum(row.input_tokens for row in mine)


async def test_a_sum_beyond_what_redis_counts_stays_at_the_greatest(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    await records.usage.append(
        [make_usage(n, credential_id="cred_1", cost_ticks=2**63 - 1) for n in range(2)]
    )
    (total,) = await records.usage.totals()
    assert (total.requests, total.cost_ticks) == (2, 2**63 - 1)


async def test_too_many_deletions_to_remember_are_a_new_start(
    records: Records, make_credential: Callable[..., Credential], link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grok2api.storage.redis.revised.TOMBSTONES_KEPT", 3)
    for number in range(6):
        await records.credentials.add(make_credential(number))
    start = (await records.changes_since(0)).revision
    for number in range(5):
        await records.credentials.delete(f"cred_{number:03}")
    late = await records.changes_since(start)
    assert late.reset
    assert [each.id for each in late.credentials] == ["cred_005"]
    near = await records.changes_since(start + 2)
    assert not near.reset
    assert near.deleted_credentials == ("cred_002", "cred_003", "cred_004")


async def test_an_empty_redis_is_no_store_and_is_left_so_by_who_only_looks(url: str, prefix: str) -> None:
    condition = await examine_redis_records(url, prefix)
    assert (condition.present, condition.current) == (False, False)
    with pytest.raises(ConfigError, match="run `grok2api db upgrade`"):
        await opened(url, prefix, auto_upgrade=False)
    assert keys_under(url, prefix) == []
    await upgrade_redis_records(url, prefix)
    condition = await examine_redis_records(url, prefix)
    assert (condition.present, condition.current) == (True, True)
    await (await opened(url, prefix, auto_upgrade=False)).close()


async def test_keys_of_a_newer_version_are_refused_and_left_alone(url: str, prefix: str, link: Link) -> None:
    await link.change(("SET", link.key("schema"), VERSION + 1))
    refusal = rf"its schema {VERSION + 1} is unknown .* knows up to {VERSION}; start the newer version"
    for attempt in (opened(url, prefix), upgrade_redis_records(url, prefix), opened(url, prefix)):
        with pytest.raises(ConfigError, match=refusal):
            await attempt
    assert keys_under(url, prefix) == [link.key("schema")]


async def test_keys_of_an_older_version_are_brought_up_step_by_step(link: Link) -> None:
    await upgrade(link, 1, {})
    taken: list[int] = []

    def step(number: int) -> Callable[[Link], Awaitable[None]]:
        async def take(_: Link) -> None:
            taken.append(number)
            if number == 3 and taken.count(3) == 1:
                raise StorageError("away")

        return take

    steps = {number: step(number) for number in (2, 3, 4)}
    with pytest.raises(StorageError):
        await upgrade(link, 4, steps)
    assert await present_version(link, 4) == 2
    await asyncio.gather(*(upgrade(link, 4, steps) for _ in range(CLIENTS)))
    assert taken == [2, 3, 3, 4], "by one of all that start at once"
    assert await present_version(link, 4) == 4


async def test_a_write_whose_author_gave_up_is_done_once_and_whole(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    for number in range(20):
        writer = asyncio.ensure_future(records.credentials.add(make_credential(number)))
        await asyncio.sleep(0)
        writer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writer
        assert await records.credentials.get(f"cred_{number:03}") is not None


@pytest.mark.parametrize("wrong", ["", "http://host", "redis://host:port/0", "redis://h/0?protocol=3"])
async def test_an_address_that_is_none_is_said_to_be_none(wrong: str) -> None:
    with pytest.raises(ConfigError, match="write it as redis://"):
        await opened(wrong, "grok2api-test:")
