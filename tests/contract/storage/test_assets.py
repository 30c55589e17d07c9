"""What is known of pictures, clips and sounds: by id, by owner, by age, by last use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grok2api.storage.records import Asset, Conflict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.stores import Records

NOW = 1_795_000_000.25


def an_asset(number: int = 1, **fields: object) -> Asset:
    values: dict[str, object] = {
        "id": f"{number:032x}",
        "owner": "key_001",
        "kind": "image",
        "mime": "image/png",
        "size": 1000,
        "etag": f"{number:064x}",
        "created_at": NOW + number,
        "last_used_at": NOW + number,
        "host": "host_1",
    }
    return Asset(**{**values, **fields})  # type: ignore[arg-type]


async def test_what_one_process_keeps_another_reads(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    big = an_asset(2, size=5 * 2**40, kind="video", mime="video/mp4", host="")
    await records.assets.add(an_asset())
    await records.assets.add(big)
    assert await other.assets.get(an_asset().id) == an_asset()
    assert await other.assets.get(big.id) == big
    assert await other.assets.get("unknown") is None


async def test_an_id_is_taken_once(records: Records) -> None:
    await records.assets.add(an_asset())
    with pytest.raises(Conflict):
        await records.assets.add(an_asset(owner="key_002"))
    assert await records.assets.get(an_asset().id) == an_asset()


async def test_a_use_is_noted_and_time_never_goes_back(records: Records) -> None:
    await records.assets.add(an_asset())
    assert await records.assets.touch(an_asset().id, now=NOW + 100) is True
    assert await records.assets.touch(an_asset().id, now=NOW + 50) is True
    assert await records.assets.get(an_asset().id) == replace(an_asset(), last_used_at=NOW + 100)
    assert await records.assets.touch(an_asset(2).id, now=NOW) is False


async def test_one_is_forgotten_once(records: Records) -> None:
    await records.assets.add(an_asset())
    assert await records.assets.delete(an_asset().id) is True
    assert await records.assets.delete(an_asset().id) is False
    assert await records.assets.get(an_asset().id) is None


async def test_what_was_used_in_the_meantime_is_not_forgotten(records: Records) -> None:
    await records.assets.add(an_asset())
    await records.assets.touch(an_asset().id, now=NOW + 100)
    assert await records.assets.delete(an_asset().id, unused_since=NOW + 99) is False
    assert await records.assets.delete(an_asset().id, unused_since=NOW + 100) is True


async def test_the_size_of_all_is_told_for_each_host(records: Records) -> None:
    assert await records.assets.total_size("host_1") == 0
    await records.assets.add(an_asset(1, size=2**40))
    await records.assets.add(an_asset(2, size=7))
    await records.assets.add(an_asset(3, host=""))
    assert await records.assets.total_size("host_1") == 2**40 + 7
    assert await records.assets.total_size("") == 1000


async def test_the_longest_unused_come_first_page_by_page(records: Records) -> None:
    for number in (3, 1, 4, 2):
        await records.assets.add(an_asset(number))
    await records.assets.add(an_asset(5, last_used_at=NOW + 2))
    await records.assets.add(an_asset(6, host="host_2"))
    await records.assets.touch(an_asset(1).id, now=NOW + 9)
    pages, after = [], None
    while page := await records.assets.idle("host_1", unused_since=NOW + 4, limit=2, after=after):
        pages.append([int(asset.id, 16) for asset in page])
        after = page[-1].idleness
    assert pages == [[2, 5], [3, 4]]


async def test_an_owner_sees_its_own_page_by_page_newest_first(records: Records) -> None:
    for number in (1, 2, 3, 4, 5):
        await records.assets.add(an_asset(number, created_at=NOW + number // 2))
    await records.assets.add(an_asset(6, owner="key_002"))
    seen, before = [], None
    while page := await records.assets.recent(2, owner="key_001", before=before):
        seen += [int(asset.id, 16) for asset in page]
        before = page[-1].cursor
    assert seen == [5, 4, 3, 2, 1]
    assert [asset.id for asset in await records.assets.recent(10, owner="key_002")] == [an_asset(6).id]
    assert len(await records.assets.recent(10)) == 6
    assert await records.assets.recent(10, owner="key_003") == ()


async def test_one_kind_is_found_newest_first_of_one_owner_or_of_all(records: Records) -> None:
    for number, kind in enumerate(("image", "video", "image", "audio", "video", "image")):
        await records.assets.add(an_asset(number, kind=kind, owner=f"key_{number % 2}"))
    every = await records.assets.recent(10)
    for kind in ("image", "video", "audio", "nothing"):
        found = await records.assets.recent(10, kind=kind)
        assert found == tuple(each for each in every if each.kind == kind)
        mine = await records.assets.recent(10, kind=kind, owner="key_1")
        assert mine == tuple(each for each in found if each.owner == "key_1")
        for number, each in enumerate(found):
            assert await records.assets.recent(1, kind=kind, before=each.cursor) == found[number + 1 :][:1]


async def test_a_host_tells_what_it_holds_by_the_first_digits(records: Records) -> None:
    ids = ["ab" + "0" * 30, "ab" + "f" * 30, "ac" + "0" * 30, "aa" + "f" * 30]
    for identifier in ids:
        await records.assets.add(an_asset(id=identifier))
    await records.assets.add(an_asset(id="ab" + "1" * 30, host="host_2"))
    found = await records.assets.beginning("host_1", "ab")
    assert sorted(asset.id for asset in found) == ids[:2]
