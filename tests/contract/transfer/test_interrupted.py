"""A copy that ends at any moment leaves the old store alone, is not served, and goes on where it was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from typing_extensions import override

from contract.transfer.conftest import KINDS, Place
from grok2api.errors import ConfigError
from grok2api.kit.secretbox import SecretBox
from grok2api.storage.open_porter import StoreKind
from grok2api.storage.stores import Records
from grok2api.storage.transfer import exclusive
from grok2api.storage.transfer.copying import Unsettled, migrate
from grok2api.storage.transfer.families import Family
from grok2api.storage.transfer.fence import FACT, check_whole
from grok2api.storage.transfer.porter import Porter, View
from support.full_store import fill, told

MakePlace = Callable[[StoreKind], Awaitable[Place]]


class Died(Exception):
    """The process is gone."""


@dataclass
class Mortal:
    """A store whose process dies before a write: the one after so many others."""

    porter: Porter
    writes_left: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.porter, name)

    @override
    def __str__(self) -> str:
        return str(self.porter)

    async def _live(self) -> None:
        if self.writes_left == 0:
            raise Died
        self.writes_left -= 1

    async def load(self, family: Family, records: Sequence[Any], *, fresh: bool) -> None:
        await self._live()
        await self.porter.load(family, records, fresh=fresh)

    async def set_revision(self, revision: int) -> None:
        await self._live()
        await self.porter.set_revision(revision)

    async def put_fact(self, name: str, value: str) -> None:
        await self._live()
        await self.porter.put_fact(name, value)


@dataclass
class Busy:
    """A store that somebody changes whenever it is looked at, so many times."""

    porter: Porter
    records: Records
    times: int
    changes: int = field(default=0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.porter, name)

    @override
    def __str__(self) -> str:
        return str(self.porter)

    @asynccontextmanager
    async def viewing(self) -> AsyncIterator[View]:
        async with self.porter.viewing() as view:
            await view.revision()
            yield view
        if self.changes < self.times:
            self.changes += 1
            await self.records.credentials.change("cred_0000", {"note": f"change {self.changes}"})
            await self.records.keys.delete(f"key_{self.changes:04}")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_copy_may_end_before_any_write(
    kind: StoreKind, make_place: MakePlace, box: SecretBox
) -> None:
    one, other = await make_place("local"), await make_place(kind)
    source = await one.records()
    await fill(source, box)
    before = await told(source)
    reader, writer = await one.porter(), await other.porter()
    target = await other.records()
    writes, died = 0, True
    while died:
        mortal = Mortal(writer, writes)
        try:
            await migrate(reader, mortal)
            died = False
        except Died:
            writes += 1
        if died and await writer.fact("migration"):
            with pytest.raises(ConfigError, match="was not finished"):
                await check_whole(target.meta)
    assert await told(source) == before
    assert await told(target) == before
    await check_whole(target.meta)


@pytest.mark.parametrize("kind", KINDS)
async def test_changes_meanwhile_arrive(kind: StoreKind, make_place: MakePlace, box: SecretBox) -> None:
    one, other = await make_place(kind), await make_place("local")
    source = await one.records()
    await fill(source, box, many=6)
    busy = Busy(await one.porter(), source, times=4)
    outcome = await migrate(busy, await other.porter())
    assert busy.changes == 4
    assert outcome.rounds == 5
    target = await other.records()
    assert await told(target) == await told(source)
    assert (await target.changes_since(0)).revision == (await source.changes_since(0)).revision


async def test_a_store_that_never_rests_is_told_and_the_copy_stays_fenced(
    make_place: MakePlace, box: SecretBox
) -> None:
    one, other = await make_place("local"), await make_place("redis")
    source = await one.records()
    await fill(source, box)
    writer = await other.porter()
    with pytest.raises(Unsettled, match="Stop the servers"):
        await migrate(Busy(await one.porter(), source, times=1000), writer)
    target = await other.records()
    with pytest.raises(ConfigError, match="was not finished"):
        await check_whole(target.meta)
    await migrate(await one.porter(), writer)
    assert await told(target) == await told(source)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_must_be_unique_may_move_from_one_to_another(
    kind: StoreKind, make_place: MakePlace, box: SecretBox
) -> None:
    one, other = await make_place("local"), await make_place(kind)
    source = await one.records()
    await fill(source, box)
    reader, writer = await one.porter(), await other.porter()
    await migrate(reader, writer)
    first, second = await source.keys.list()
    await source.keys.put(replace(first, hash="f" * 64))
    await source.keys.put(replace(second, hash=first.hash))
    await source.keys.put(replace(first, hash=second.hash))
    await migrate(reader, writer)
    assert await told(await other.records()) == await told(source)


@pytest.mark.parametrize("kind", KINDS)
async def test_two_who_copy_into_one_store_come_one_after_the_other(
    kind: StoreKind, make_place: MakePlace, box: SecretBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusive, "_LOOK", 0.01)
    one, other = await make_place("local"), await make_place(kind)
    await fill(await one.records(), box)
    source, targets = await one.porter(), [await other.porter() for _ in range(3)]
    async with exclusive.alone(targets[0].claims):
        with pytest.raises(exclusive.Occupied):
            async with exclusive.alone(targets[1].claims, wait=0.0):
                pytest.fail("two hold it")
        assert await targets[1].fact(FACT) is None
    outcomes = await asyncio.gather(*(migrate(source, each) for each in targets[:2]))
    assert sorted(outcome.copied > 0 for outcome in outcomes) == [False, True], "the second finds all there"
    assert await told(await other.records()) == await told(await one.records())


async def test_a_copy_that_has_lost_its_claim_does_not_go_on(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusive, "_RENEWAL", 0.01)
    target = await (await make_place("local")).porter()

    async def copy() -> None:
        async with exclusive.alone(target.claims):
            late = time.time() + exclusive.LIFETIME + 1
            assert await target.claims.acquire(exclusive.NAME, holder="another", seconds=9, now=late)
            await asyncio.sleep(30)

    with pytest.raises(exclusive.Occupied):
        await copy()
