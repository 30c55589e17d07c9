"""Many settings are changed at once or not at all, and every change is a version of its own."""

from __future__ import annotations

import asyncio

import pytest

from grok2api.storage.records import Conflict, SettingOverride
from grok2api.storage.stores import Records
from grok2api.storage.versions import SettingVersion


def version(number: int, **fields: object) -> SettingVersion:
    values: dict[str, object] = {"number": number, "at": 100.25, "actor": "Zoë", "content": f"v1:{number}"}
    return SettingVersion(**{**values, **fields})  # type: ignore[arg-type]


def override(path: str, value: str) -> SettingOverride:
    return SettingOverride(path=path, value=value, updated_at=100.25)


async def values(records: Records) -> dict[str, str]:
    return {each.path: each.value for each in await records.settings.list()}


async def test_a_change_keeps_forgets_and_is_told(records: Records) -> None:
    await records.settings.put(override("grok.timeout", "1"))
    await records.settings.put(override("grok.thinking", '"off"'))
    before = (await records.changes_since(0)).revision
    await records.settings.apply(
        version(1, request_id="req_1"),
        [override("grok.timeout", "2"), override("cache.limit_mb", "3")],
        ["grok.thinking", "never.there"],
    )
    assert await values(records) == {"grok.timeout": "2", "cache.limit_mb": "3"}
    told = await records.changes_since(before)
    assert {each.path for each in told.settings} == {"grok.timeout", "cache.limit_mb"}
    assert told.deleted_settings == ("grok.thinking",)
    assert await records.settings.version(1) == version(1, request_id="req_1")


async def test_a_version_that_is_not_the_next_one_changes_nothing(records: Records) -> None:
    await records.settings.apply(version(1), [override("a.b", "1")], [])
    revision = (await records.changes_since(0)).revision
    for wrong in (1, 3):
        with pytest.raises(Conflict):
            await records.settings.apply(version(wrong), [override("a.b", "2"), override("a.c", "2")], [])
    assert await values(records) == {"a.b": "1"}
    assert (await records.changes_since(revision)).revision == revision
    assert await records.settings.version(2) is None
    assert await records.settings.version(0) is None


async def test_of_two_changes_at_once_one_is_made(records: Records) -> None:
    outcomes = await asyncio.gather(
        *(records.settings.apply(version(1), [override("a.b", str(each))], []) for each in range(4)),
        return_exceptions=True,
    )
    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True, True, True]


async def test_versions_are_listed_newest_first(records: Records) -> None:
    for number in range(1, 5):
        await records.settings.apply(version(number, restored=1 if number == 4 else None), [], [])
    assert [each.number for each in await records.settings.versions(3)] == [4, 3, 2]
    assert [each.number for each in await records.settings.versions(3, before=2)] == [1]
    assert (await records.settings.versions(1))[0].restored == 1


async def test_a_setting_that_was_forgotten_may_come_back(records: Records) -> None:
    await records.settings.apply(version(1), [override("a.b", "1")], [])
    await records.settings.apply(version(2), [], ["a.b"])
    revision = (await records.changes_since(0)).revision
    await records.settings.apply(version(3), [override("a.b", "2")], [])
    told = await records.changes_since(revision)
    assert [each.value for each in told.settings] == ["2"]
    assert told.deleted_settings == ()
