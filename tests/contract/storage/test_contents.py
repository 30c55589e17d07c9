"""Words of requests: sealed rows, forgotten one by one, by client key in bounded steps, and by time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grok2api.storage.contents import RequestContent, content_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.records import ClientKey
    from grok2api.storage.stores import Records

NOW = 1_795_000_000.25


def words(number: int = 1, key_id: str = "key_001") -> RequestContent:
    request_id = f"req_{number}"
    return RequestContent(
        id=content_id(request_id, key_id),
        request_id=request_id,
        key_id=key_id,
        content=f"v1:0a1b2c3d:nonce:ciphertext-{number}",
        created_at=NOW,
        expires_at=NOW + number,
    )


async def test_what_one_process_keeps_another_reads_and_the_first_of_an_id_stays(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    rows = [words(1), words(1, "key_002"), replace(words(2), content="x" * 1_000_000)]
    await records.contents.put(rows)
    await records.contents.put([])
    await records.contents.put([replace(words(1), content="another")])
    assert [await other.contents.get(row.id) for row in rows] == rows
    assert await other.contents.get("unknown") is None
    assert await other.contents.delete(rows[0].id) is True
    assert await records.contents.delete(rows[0].id) is False
    assert await records.contents.get(rows[0].id) is None


async def test_the_words_of_a_key_are_forgotten_in_steps_and_of_no_other(records: Records) -> None:
    await records.contents.put([words(number) for number in range(3)] + [words(9, "key_002")])
    assert await records.contents.owners() == ("key_001", "key_002")
    assert await records.contents.delete_of("key_001", limit=2) == 2
    assert await records.contents.delete_of("key_001", limit=2) == 1
    assert await records.contents.delete_of("key_001") == 0
    assert await records.contents.owners() == ("key_002",)


async def test_what_has_expired_is_forgotten_oldest_first(records: Records) -> None:
    await records.contents.put([words(number) for number in (3, 1, 4, 2)])
    assert await records.contents.delete_ended(NOW + 3, limit=2) == 2
    left = [number for number in range(1, 5) if await records.contents.get(words(number).id)]
    assert left == [3, 4]
    assert await records.contents.delete_ended(NOW + 3, limit=2) == 1
    assert await records.contents.delete_ended(NOW + 3, limit=2) == 0


async def test_a_key_says_whether_and_how_long(records: Records, make_key: Callable[..., ClientKey]) -> None:
    await records.keys.add(make_key(record_content=True, content_hours=720))
    found = await records.keys.get("key_001")
    assert found is not None
    assert (found.record_content, found.content_hours) == (True, 720)
    await records.keys.put(replace(found, record_content=False, content_hours=0))
    found = await records.keys.get("key_001")
    assert found is not None
    assert (found.record_content, found.content_hours) == (False, 0)
