"""Who made which file: listed by owner, page by page, without what was deleted or has expired."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grok2api.storage.files import FileRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grok2api.storage.stores import Records

NOW = 1_795_000_000.25


def a_file(number: int = 1, **fields: object) -> FileRecord:
    values: dict[str, object] = {
        "id": f"{number:064x}",
        "key_id": "key_001",
        "account": "0011223344556677",
        "upstream_id": f"file_{number}",
        "filename": f"größe {number} 大.txt",
        "size": 50 * 1_048_576,
        "purpose": "assistants",
        "mime": "text/plain",
        "created_at": NOW + number,
    }
    return FileRecord(**{**values, **fields})  # type: ignore[arg-type]


def numbers(rows: Sequence[FileRecord]) -> list[int]:
    return [int(row.id, 16) for row in rows]


async def test_what_one_process_keeps_another_reads(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    longest = a_file(2, upstream_id="f" * 256, expires_at=NOW + 3600.5, mime="x" * 255)
    for row in (a_file(), longest):
        await records.files.put(row)
        assert await other.files.get(row.id) == row
    assert await other.files.get("unknown") is None


async def test_a_file_that_is_there_stays_as_it_is(records: Records) -> None:
    await records.files.put(a_file())
    await records.files.put(replace(a_file(), filename="another"))
    assert await records.files.get(a_file().id) == a_file()


async def test_a_key_is_shown_its_own_files_in_both_orders(records: Records) -> None:
    for row in (a_file(2), a_file(1), a_file(3), a_file(4, key_id="key_002")):
        await records.files.put(row)
    page = records.files.page
    assert numbers(await page("key_001", now=NOW, limit=10)) == [3, 2, 1]
    assert numbers(await page("key_001", now=NOW, limit=10, newest_first=False)) == [1, 2, 3]
    assert numbers(await page("key_002", now=NOW, limit=10)) == [4]
    assert await page("key_003", now=NOW, limit=10) == ()


async def test_pages_follow_each_other_also_among_files_of_one_moment(records: Records) -> None:
    for number in range(1, 8):
        await records.files.put(a_file(number, created_at=NOW + number // 3))
    for newest_first in (True, False):
        told: list[FileRecord] = []
        while rows := await records.files.page(
            "key_001",
            now=NOW,
            limit=2,
            after=told[-1].cursor if told else None,
            newest_first=newest_first,
        ):
            told += rows
        assert numbers(told) == sorted(range(1, 8), reverse=newest_first)


async def test_a_list_may_be_of_one_purpose(records: Records) -> None:
    await records.files.put(a_file(1))
    await records.files.put(a_file(2, purpose="batch"))
    assert numbers(await records.files.page("key_001", now=NOW, limit=10, purpose="batch")) == [2]


async def test_a_deleted_file_is_seen_no_more_but_still_marks_its_place(records: Records) -> None:
    for number in (1, 2, 3):
        await records.files.put(a_file(number))
    assert await records.files.delete(a_file(2).id, now=NOW + 10) is True
    assert await records.files.delete(a_file(2).id, now=NOW + 11) is False
    assert await records.files.delete("unknown", now=NOW) is False
    assert numbers(await records.files.page("key_001", now=NOW, limit=10)) == [3, 1]
    gone = await records.files.get(a_file(2).id)
    assert gone == a_file(2, deleted_at=NOW + 10)
    assert numbers(await records.files.page("key_001", now=NOW, limit=10, after=gone.cursor)) == [1]


async def test_an_expired_file_is_seen_no_more(records: Records) -> None:
    await records.files.put(a_file(1, expires_at=NOW + 100))
    await records.files.put(a_file(2))
    assert numbers(await records.files.page("key_001", now=NOW + 99, limit=10)) == [2, 1]
    assert numbers(await records.files.page("key_001", now=NOW + 100, limit=10)) == [2]


async def test_what_was_gone_long_ago_is_forgotten_a_few_at_a_time(records: Records) -> None:
    for row in (a_file(1, expires_at=NOW), a_file(2), a_file(3, expires_at=NOW + 50), a_file(4)):
        await records.files.put(row)
    await records.files.delete(a_file(2).id, now=NOW + 1)
    assert [await records.files.forget(NOW + 1, limit=1) for _ in range(3)] == [1, 1, 0]
    left = [number for number in (1, 2, 3, 4) if await records.files.get(a_file(number).id)]
    assert left == [3, 4]
