"""Sealed conversations: one row for each response, forgotten by id, by key and by time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grok2api.storage.records import Transcript

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.records import ClientKey
    from grok2api.storage.stores import Records

NOW = 1_795_000_000.25


def a_transcript(number: int = 1, **fields: object) -> Transcript:
    values: dict[str, object] = {
        "id": f"{number:064x}",
        "key_id": "key_001",
        "content": f"v1:0a1b2c3d:nonce:ciphertext-{number}",
        "created_at": NOW,
        "expires_at": NOW + number,
    }
    return Transcript(**{**values, **fields})  # type: ignore[arg-type]


async def test_what_one_process_keeps_another_reads(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    rows = [a_transcript(1), a_transcript(2, key_id="key_002")]
    await records.transcripts.put(rows)
    await records.transcripts.put([])
    assert [await other.transcripts.get(row.id) for row in rows] == rows
    assert await other.transcripts.get("unknown") is None


async def test_a_row_that_is_there_stays_as_it_is(records: Records) -> None:
    await records.transcripts.put([a_transcript()])
    await records.transcripts.put([replace(a_transcript(), content="another"), a_transcript(2)])
    assert await records.transcripts.get(a_transcript().id) == a_transcript()
    assert await records.transcripts.get(a_transcript(2).id) == a_transcript(2)


async def test_one_row_is_forgotten(records: Records) -> None:
    await records.transcripts.put([a_transcript(1), a_transcript(2)])
    assert await records.transcripts.delete(a_transcript(1).id) is True
    assert await records.transcripts.delete(a_transcript(1).id) is False
    assert await records.transcripts.get(a_transcript(1).id) is None
    assert await records.transcripts.get(a_transcript(2).id) is not None


async def test_all_rows_of_a_key_are_forgotten_and_of_no_other(records: Records) -> None:
    await records.transcripts.put([a_transcript(1), a_transcript(2), a_transcript(3, key_id="key_002")])
    assert await records.transcripts.owners() == ("key_001", "key_002")
    assert await records.transcripts.delete_of("key_001") == 2
    assert await records.transcripts.delete_of("key_001") == 0
    assert await records.transcripts.get(a_transcript(3).id) is not None


async def test_what_has_expired_is_forgotten_oldest_first(records: Records) -> None:
    await records.transcripts.put([a_transcript(number) for number in (3, 1, 4, 2)])
    assert await records.transcripts.delete_ended(NOW + 3, limit=2) == 2
    left = [number for number in range(1, 5) if await records.transcripts.get(a_transcript(number).id)]
    assert left == [3, 4]
    assert await records.transcripts.delete_ended(NOW + 3, limit=2) == 1
    assert await records.transcripts.delete_ended(NOW + 3, limit=2) == 0


async def test_a_large_row_is_kept_whole(records: Records) -> None:
    row = a_transcript(content="x" * 5_000_000)
    await records.transcripts.put([row])
    assert await records.transcripts.get(row.id) == row


async def test_a_key_keeps_for_how_long_it_wants_that(
    records: Records, make_key: Callable[..., ClientKey]
) -> None:
    await records.keys.add(make_key(rescue_seconds=604_800.0))
    found = await records.keys.get("key_001")
    assert found is not None
    assert found.rescue_seconds == 604_800.0
    await records.keys.put(replace(found, rescue_seconds=0.0))
    found = await records.keys.get("key_001")
    assert found is not None
    assert found.rescue_seconds == 0.0
