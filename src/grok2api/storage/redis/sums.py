"""Families that are lists or sums, for copies between stores: audit, versions of settings, budgets, usage.

A list only grows, and its n-th text is the record with number n. Must never leave a gap in a list.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from grok2api.errors import StorageError
from grok2api.storage.auditing import AuditEntry
from grok2api.storage.budgets import BudgetWindow
from grok2api.storage.records import UsageTotals
from grok2api.storage.redis.codec import Codec
from grok2api.storage.redis.holdings import indexed
from grok2api.storage.redis.usage_sums import place_of
from grok2api.storage.transfer.families import KeptSpan, KeptSum
from grok2api.storage.usage import RollupKey
from grok2api.storage.usage_spans import SpanKey
from grok2api.storage.versions import SettingVersion

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from _typeshed import DataclassInstance

    from grok2api.storage.redis.link import Link
    from grok2api.storage.transfer.families import Key

_USAGE: Final = "usage"
_BUDGETS: Final = "budgets"
_WINDOWS: Final = "budgets:windows"
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "sum": RollupKey._fields,
    "span": SpanKey._fields,
    "total": ("credential_id",),
}
"""The fields that tell one sum of a kind from another."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A family that is one list of texts.

    Attributes:
        record: Its type.
        key: The list.
        number: The field that holds a record's place, from 1.
    """

    record: type[DataclassInstance]
    key: str
    number: str

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[Any]]:
        """Yield all records in their order."""
        start = 0
        while texts := await link.get("LRANGE", link.key(self.key), start, start + size - 1):
            if held := [Codec(self.record).decode_whole(each) for each in texts if each]:
                yield held
            start += size

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[Any]:
        """Return the records with these numbers."""
        found = [await link.get("LINDEX", link.key(self.key), number - 1) for (number,) in keys if number > 0]
        return [Codec(self.record).decode_whole(each) for each in found if each]

    async def load(self, link: Link, records: Sequence[Any]) -> None:
        """Keep records in their places; StorageError if that would leave a gap behind others.

        What comes before the first of all was forgotten where it comes from, and is empty here.
        """
        codec, key, length = Codec(self.record), link.key(self.key), await self._length(link)
        commands: list[tuple[str | int, ...]] = []
        for record in sorted(records, key=lambda each: int(getattr(each, self.number))):
            number, text = getattr(record, self.number), codec.encode_whole(record)
            if not length:
                commands += [("RPUSH", key, "")] * (number - 1)
                length = number - 1
            if number > length + 1:
                raise StorageError(f"There is no record before number {number} of {self.key}.")
            commands.append(("LSET", key, number - 1, text) if number <= length else ("RPUSH", key, text))
            length = max(length, number)
        await link.change(*commands)

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Delete from the first of these on; whoever copies brings the rest again."""
        first = min(number for (number,) in keys)
        if first <= 1:
            await link.change(("DEL", link.key(self.key)))
        else:
            await link.change(("LTRIM", link.key(self.key), 0, first - 2))

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return the list and the place in it."""
        return self.key, f"#{key[0]}"

    async def _length(self, link: Link) -> int:
        return int(await link.get("LLEN", link.key(self.key)))


class Windows:
    """What client keys have spent in a day or a month: one hash for each."""

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[BudgetWindow]]:
        """Yield every window."""
        async for members in indexed(link, _WINDOWS, size):
            names = [member.split("\0", 1) for member in members]
            yield await self.some(link, [(key_id, name) for name, key_id in names])

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[BudgetWindow]:
        """Return the windows of these keys and names."""
        found: list[BudgetWindow] = []
        for key_id, name in keys:
            told = await link.get("HMGET", link.key(f"budget:{key_id}:{name}"), "spent", "reserved")
            if told != [None, None]:
                spent, reserved = (int(each or 0) for each in told)
                found.append(BudgetWindow(key_id=key_id, name=name, spent=spent, reserved=reserved))
        return found

    async def load(self, link: Link, records: Sequence[BudgetWindow]) -> None:
        """Keep windows as they are."""
        windows = [Codec(BudgetWindow).encode(each)["set"] for each in records]
        await link.write(_BUDGETS, "load_windows", windows=windows)

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Forget windows."""
        windows = [{"key_id": key_id, "name": name} for key_id, name in keys]
        await link.write(_BUDGETS, "unload_windows", windows=windows)

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return where a field lies."""
        return f"budget:{key[0]}:{key[1]}", name


@dataclass(frozen=True, slots=True)
class Sums:
    """A family of sums of the ledger: one hash for each, found by its place in an index.

    Attributes:
        record: Its type; numbers that are not there yet are 0.
        kind: What the script calls it.
        one: What the key of a hash begins with, before a colon.
        index: The ordered set of the places.
    """

    record: type[Any]
    kind: str
    one: str
    index: str

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[Any]]:
        """Yield every sum."""
        async for places in indexed(link, self.index, size):
            yield await self._at(link, places)

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[Any]:
        """Return the sums with these keys."""
        return await self._at(link, [_place_of(key) for key in keys])

    async def load(self, link: Link, records: Sequence[Any]) -> None:
        """Keep sums as they are."""
        codec = Codec(self.record)
        rows = [
            {"place": _place_of(self._key_of(each)), "values": codec.encode(each)["set"]} for each in records
        ]
        await link.write(_USAGE, "load_sums", kind=self.kind, rows=rows)

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Forget sums."""
        rows = [{"place": _place_of(key)} for key in keys]
        await link.write(_USAGE, "unload_sums", kind=self.kind, rows=rows)

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return where a field lies."""
        return f"{self.one}:{_place_of(key)}", name

    def _key_of(self, record: object) -> Key:
        return tuple(getattr(record, name) for name in _KEYS[self.kind])

    async def _at(self, link: Link, places: Sequence[str]) -> Sequence[Any]:
        zeros = [each.name for each in fields(self.record) if each.type is int or each.type == "int"]

        def made(flat: Sequence[bytes]) -> Any:
            held = dict(zip(flat[::2], flat[1::2], strict=True))
            full = {name.encode(): b"0" for name in zeros} | held
            return Codec(self.record).decode([part for pair in full.items() for part in pair])

        return await link.hashes([link.key(f"{self.one}:{each}") for each in places], made)


def _place_of(key: Key) -> str:
    """Return the place of a sum in its index; that of a total is the credential's id."""
    if len(key) == 1:
        return str(key[0])
    return place_of(SpanKey(*key) if len(key) == len(SpanKey._fields) else RollupKey(*key))


AUDIT: Final = Chain(AuditEntry, "audit", "sequence")
VERSIONS: Final = Chain(SettingVersion, "settings:versions", "number")
SUMS: Final = Sums(KeptSum, "sum", "rollup", "rollups")
SPANS: Final = Sums(KeptSpan, "span", "span", "spans")
TOTALS: Final = Sums(UsageTotals, "total", "served", "served")
