"""The janitor: the longest unused goes first, what is in use stays, and no half is left alone."""

from __future__ import annotations

import os
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from grok2api.media.janitor import LEFT_AFTER, CleaningRules, Janitor
from grok2api.media.library import IN_USE
from grok2api.media.names import name_of
from grok2api.storage.records import Asset
from support.media_bench import MediaBench, a_clip

HOUR = 3600.0


class Household:
    """A library of clips of a thousand bytes each, and its janitor."""

    def __init__(self, root: Path) -> None:
        self.bench = MediaBench(root)
        self.rules = CleaningRules(enabled=True, capacity=0, keep=0.0)
        self.janitor = Janitor(
            self.bench.library,
            self.bench.records.claims,
            holder="worker",
            clock=self.bench.clock,
            rules=lambda: self.rules,
        )

    async def keep(self, count: int, *, apart: float = 1.0) -> list[Asset]:
        """Keep clips, one after the other."""
        kept = []
        for _ in range(count):
            kept.append(await self.bench.library.keep(a_clip(1000), owner="key_1", kind="video"))
            self.bench.clock.advance(apart)
        return kept

    def left(self, assets: list[Asset]) -> list[int]:
        """Return which are still there, records and files alike."""
        rows = [index for index, each in enumerate(assets) if each.id in self.bench.records.assets.rows]
        files = [index for index, each in enumerate(assets) if name_of(each) in self.bench.files()]
        assert rows == files
        return rows


@pytest.fixture
def household(tmp_path: Path) -> Household:
    return Household(tmp_path / "media")


async def test_too_much_is_cleaned_down_to_four_fifths_oldest_first(household: Household) -> None:
    assets = await household.keep(10)
    household.bench.clock.advance(IN_USE)
    household.rules = replace(household.rules, capacity=9000)
    await household.janitor.clean()
    assert household.left(assets) == [3, 4, 5, 6, 7, 8, 9]


async def test_within_the_limit_nothing_goes(household: Household) -> None:
    assets = await household.keep(10)
    household.bench.clock.advance(IN_USE)
    household.rules = replace(household.rules, capacity=10_000)
    await household.janitor.clean()
    assert len(household.left(assets)) == 10


async def test_what_was_used_last_goes_last(household: Household) -> None:
    assets = await household.keep(5)
    household.bench.clock.advance(HOUR)
    await household.bench.library.find(assets[0].id)
    household.bench.clock.advance(IN_USE)
    household.rules = replace(household.rules, capacity=4000)
    await household.janitor.clean()
    assert household.left(assets) == [0, 3, 4]


async def test_what_somebody_just_got_stays_however_full_it_is(household: Household) -> None:
    assets = await household.keep(10)
    household.rules = replace(household.rules, capacity=1, keep=1.0)
    await household.janitor.clean()
    assert len(household.left(assets)) == 10
    household.bench.clock.advance(IN_USE)
    await household.janitor.clean()
    assert household.left(assets) == []


async def test_what_is_being_read_stays(household: Household) -> None:
    (asset, other) = await household.keep(2)
    household.bench.clock.advance(10 * HOUR)
    household.rules = replace(household.rules, capacity=1, keep=HOUR)
    async with aclosing(household.bench.library.read(asset)) as pieces:
        await anext(pieces)
        await household.janitor.clean()
        assert household.left([asset, other]) == [0]
    await household.janitor.clean()
    assert household.left([asset, other]) == []


async def test_what_another_process_begins_to_read_meanwhile_stays(household: Household) -> None:
    (asset,) = await household.keep(1)
    household.bench.clock.advance(HOUR)
    stale = household.bench.clock.now() - IN_USE
    await household.bench.library.find(asset.id)
    assert await household.bench.library.forget(asset, unused_since=stale) is False
    assert household.left([asset]) == [0]


async def test_a_long_read_notes_its_use_on_the_way(household: Household) -> None:
    bench = household.bench
    asset = await bench.library.keep(a_clip(2_000_000), owner="key_1", kind="video")
    async with aclosing(bench.library.read(asset)) as pieces:
        async for _ in pieces:
            bench.clock.advance(61.0)
    assert bench.clock.now() - bench.records.assets.rows[asset.id].last_used_at <= 122.0


async def test_what_is_unused_for_too_long_goes(household: Household) -> None:
    assets = await household.keep(4, apart=HOUR)
    household.rules = replace(household.rules, keep=2.5 * HOUR)
    await household.janitor.clean()
    assert household.left(assets) == [2, 3]


async def test_nothing_goes_where_that_is_switched_off(household: Household) -> None:
    assets = await household.keep(2)
    household.bench.clock.advance(100 * HOUR)
    household.rules = CleaningRules(enabled=False, capacity=1, keep=1.0)
    await household.janitor.clean()
    assert household.left(assets) == [0, 1]


async def test_one_process_cleans_a_place_at_a_time(household: Household) -> None:
    assets = await household.keep(2)
    household.bench.clock.advance(HOUR)
    household.rules = replace(household.rules, capacity=1)
    claims, now = household.bench.records.claims, household.bench.clock.now()
    place = f"media/clean/{household.bench.host}"
    claim = await claims.acquire(place, holder="another", seconds=60.0, now=now)
    assert claim is not None
    await household.janitor.clean()
    assert len(household.left(assets)) == 2
    await claims.release(claim)
    await household.janitor.clean()
    assert household.left(assets) == []
    assert await claims.holder(place, now=now) is None


async def test_media_of_other_hosts_is_theirs(household: Household) -> None:
    (asset,) = await household.keep(1)
    other = replace(asset, id="f" * 32, host="another")
    await household.bench.records.assets.add(other)
    household.bench.clock.advance(100 * HOUR)
    household.rules = replace(household.rules, keep=HOUR, capacity=1)
    await household.janitor.clean()
    await household.janitor.sweep()
    assert list(household.bench.records.assets.rows) == [other.id]


async def test_what_processes_that_died_have_left_is_swept_away(household: Household) -> None:
    bench = household.bench
    lost, stray, whole = await household.keep(3)
    (bench.root / name_of(lost)).unlink()
    del bench.records.assets.rows[stray.id]
    half = bench.root / "incoming" / "0f"
    half.write_bytes(b"half")
    foreign = [bench.root / "00" / "readme.txt", bench.root / "00" / f"{'f' * 32}.png", bench.root / "x.png"]
    for file in foreign:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"not ours")
    for path in bench.root.rglob("*"):
        os.utime(path, (bench.clock.now(), bench.clock.now()))
    await household.janitor.sweep()
    assert list(bench.records.assets.rows) == [lost.id, whole.id], "it may still be on its way"
    assert half.exists()
    bench.clock.advance(LEFT_AFTER + 1)
    await household.janitor.sweep()
    assert list(bench.records.assets.rows) == [whole.id]
    left = {path.relative_to(bench.root).as_posix() for path in foreign}
    assert set(bench.files()) == {name_of(whole), *left}


async def test_what_is_new_is_not_taken_for_a_leftover(household: Household) -> None:
    bench = household.bench
    assets = await household.keep(3)
    bench.clock.advance(-10 * HOUR)
    await household.janitor.sweep()
    assert household.left(assets) == [0, 1, 2]
