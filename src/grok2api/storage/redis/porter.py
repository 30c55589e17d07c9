"""Redis as a place to copy from and to.

A view is of the moment, since Redis cannot show one state for long; whoever copies compares afterwards. Must
never give a row a revision of its own, and never change a key that is not under the prefix.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from grok2api.storage.redis.claims import RedisClaims
from grok2api.storage.redis.holdings import ROWS
from grok2api.storage.redis.ledgers import Facts, Frames, Runs, Traces, Usage
from grok2api.storage.redis.sums import AUDIT, SPANS, SUMS, TOTALS, VERSIONS, Windows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from _typeshed import DataclassInstance

    from grok2api.storage.redis.holdings import Holding
    from grok2api.storage.redis.link import Link
    from grok2api.storage.transfer.families import Family, Key

HOLDINGS: Final[Mapping[str, Holding]] = {
    **ROWS,
    "facts": Facts(),
    "runs": Runs(),
    "run frames": Frames(),
    "usage": Usage(),
    "traces": Traces(),
    "audit": AUDIT,
    "setting versions": VERSIONS,
    "budget windows": Windows(),
    "usage sums": SUMS,
    "usage spans": SPANS,
    "usage totals": TOTALS,
}
"""How each family lies there."""


class RedisView:
    """What Redis holds by the moment."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def pages(self, family: Family, /) -> AsyncIterator[Sequence[DataclassInstance]]:
        """Yield every record that is there all the time, once."""
        return HOLDINGS[family.name].pages(self._link, family.page)

    async def some(self, family: Family, keys: Sequence[Key], /) -> Sequence[DataclassInstance]:
        """Return those with these keys that are there."""
        found: Sequence[Any] = await HOLDINGS[family.name].some(self._link, keys)
        return found

    async def revision(self) -> int:
        """Return the last revision given out."""
        return await _number(self._link, "revision")


class RedisPorter:
    """One Redis, whose keys are this version's."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._meta = link.key("meta")
        self.claims = RedisClaims(link)

    @override
    def __str__(self) -> str:
        """Return where it is."""
        return f"Redis at {self._link.place.shown} (keys {self._link.prefix}…)"

    @asynccontextmanager
    async def viewing(self) -> AsyncIterator[RedisView]:
        """Show what there is by the moment."""
        yield RedisView(self._link)

    async def load(self, family: Family, records: Sequence[DataclassInstance], /, *, fresh: bool) -> None:
        """Keep records in place of those with their keys; Conflict if one would share what is unique."""
        await HOLDINGS[family.name].load(self._link, records)

    async def remove(self, family: Family, keys: Sequence[Key], /) -> None:
        """Delete the records with these keys."""
        await HOLDINGS[family.name].remove(self._link, keys)

    async def reseal(self, family: Family, key: Key, name: str, /, *, old: str, new: str) -> bool:
        """Replace a sealed text if it is still the old one; tell whether it was."""
        where, field = HOLDINGS[family.name].place(key, name)
        return bool(await self._link.write("sealing", "reseal", key=where, field=field, old=old, new=new))

    async def set_revision(self, revision: int, /) -> None:
        """Go on behind a revision, all deletions before which are forgotten."""
        behind = max(revision, await _number(self._link, "revision"))
        await self._link.change(
            ("SET", self._link.key("revision"), behind), ("SET", self._link.key("forgotten"), behind)
        )

    async def fact(self, name: str, /) -> str | None:
        """Return a fact."""
        value = await self._link.get("HGET", self._meta, name)
        return None if value is None else value.decode()

    async def put_fact(self, name: str, value: str, /) -> None:
        """Keep a fact in place of the one of this name."""
        await self._link.change(("HSET", self._meta, name, value))

    async def close(self) -> None:
        """Close every connection."""
        await self._link.close()


async def _number(link: Link, name: str) -> int:
    return int(await link.get("GET", link.key(name)) or 0)
