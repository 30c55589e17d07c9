"""Every process hears of every change, and of nothing twice once it is up to date."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grok2api.storage.records import Changes, SettingOverride

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.records import ClientKey, Credential, UsageRecord
    from grok2api.storage.stores import Records


async def test_a_change_here_is_heard_there(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
    make_key: Callable[..., ClientKey],
) -> None:
    other = await open_another()
    start = await other.changes_since(0)
    assert start == Changes(revision=0)

    credential = await records.credentials.add(make_credential(1))
    key = await records.keys.add(make_key(1))
    setting = await records.settings.put(SettingOverride(path="grok.timeout", value="1", updated_at=1.0))
    heard = await other.changes_since(start.revision)
    assert heard == Changes(
        revision=setting.revision, credentials=(credential,), keys=(key,), settings=(setting,)
    )
    assert await other.changes_since(heard.revision) == Changes(revision=heard.revision)

    await records.credentials.delete(credential.id)
    await records.keys.delete(key.id)
    await records.settings.delete(setting.path)
    gone = await other.changes_since(heard.revision)
    assert gone.deleted_credentials == (credential.id,)
    assert gone.deleted_keys == (key.id,)
    assert gone.deleted_settings == (setting.path,)
    assert (gone.credentials, gone.keys, gone.settings, gone.reset) == ((), (), (), False)


async def test_only_what_changed_since_is_told(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    first = await records.credentials.add(make_credential(1))
    second = await records.credentials.add(make_credential(2))
    await records.credentials.set_health(first.id, status="blocked", reason="403", cooldown_until=None)
    told = await records.changes_since(second.revision)
    assert [(each.id, each.status) for each in told.credentials] == [(first.id, "blocked")]


async def test_what_came_back_is_not_told_as_deleted(records: Records) -> None:
    for value in ("1", "2"):
        setting = await records.settings.put(
            SettingOverride(path="grok.timeout", value=value, updated_at=1.0)
        )
        await records.settings.delete(setting.path)
    last = await records.settings.put(SettingOverride(path="grok.timeout", value="3", updated_at=1.0))
    told = await records.changes_since(0)
    assert (told.settings, told.deleted_settings) == ((last,), ())


async def test_a_reader_ahead_of_a_restored_store_starts_anew(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    kept = await records.credentials.add(make_credential(1))
    assert await records.changes_since(1_000) == Changes(
        revision=kept.revision, credentials=(kept,), reset=True
    )


async def test_sixty_four_writers_in_two_processes_all_get_through(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
    make_usage: Callable[..., UsageRecord],
) -> None:
    stores = (records, await open_another())

    async def write(number: int) -> None:
        store = stores[number % 2]
        await store.credentials.add(make_credential(number))
        await store.usage.append([make_usage(number), make_usage(0)])
        await store.credentials.set_health(
            f"cred_{number:03}", status="cooling", reason="429", cooldown_until=float(number)
        )

    async with asyncio.TaskGroup() as writers:
        for number in range(64):
            writers.create_task(write(number))

    listed = await records.credentials.list()
    assert [each.cooldown_until for each in listed] == [float(number) for number in range(64)]
    assert len({each.revision for each in listed}) == 64
    assert (await records.changes_since(0)).revision == 128
    assert len(await records.usage.recent(100)) == 64


async def test_who_follows_the_changes_misses_none(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
) -> None:
    stores = (records, await open_another(), await open_another())
    follower = await open_another()
    known: dict[str, Credential] = {}
    seen, writing = 0, True

    async def follow() -> None:
        nonlocal seen
        while True:
            last_turn = not writing
            await asyncio.sleep(0)
            told = await follower.changes_since(seen)
            assert told.revision >= seen
            seen = told.revision
            known.update({each.id: each for each in told.credentials})
            for gone in told.deleted_credentials:
                known.pop(gone, None)
            if last_turn:
                return

    async def write(number: int) -> None:
        store = stores[number % 3]
        await store.credentials.add(make_credential(number))
        if number % 2:
            await store.credentials.change(f"cred_{number:03}", {"note": "changed"})
        if number % 5 == 0:
            await store.credentials.delete(f"cred_{number:03}")

    async with asyncio.TaskGroup() as group:
        group.create_task(follow())
        async with asyncio.TaskGroup() as writers:
            for number in range(40):
                writers.create_task(write(number))
        writing = False

    assert known == {each.id: each for each in await records.credentials.list()}


async def test_of_two_that_add_the_same_secret_one_wins(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
) -> None:
    stores = (records, await open_another())
    outcomes = await asyncio.gather(
        *(
            stores[number % 2].credentials.add(make_credential(number, fingerprint="same"))
            for number in range(8)
        ),
        return_exceptions=True,
    )
    assert sum(not isinstance(each, BaseException) for each in outcomes) == 1
    assert len(await records.credentials.list()) == 1


async def test_a_writer_that_is_cancelled_leaves_the_store_usable(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    writers = [asyncio.ensure_future(records.credentials.add(make_credential(n))) for n in range(8)]
    await asyncio.wait(writers, return_when=asyncio.FIRST_COMPLETED)
    for writer in writers:
        writer.cancel()
    outcomes = await asyncio.gather(*writers, return_exceptions=True)
    done = [each for each in outcomes if not isinstance(each, BaseException)]
    last = await records.credentials.add(make_credential(9))
    kept = await records.credentials.list()
    assert {each.id for each in done} | {last.id} <= {each.id for each in kept}
