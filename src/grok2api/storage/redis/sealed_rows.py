"""Sealed rows that belong to a client key and expire: they are looked up by a hash, one at a time.

Must never know what a row says, nor join two of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from grok2api.storage.redis.codec import Codec, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import DataclassInstance

    from grok2api.storage.redis.link import Link

Row = TypeVar("Row", bound="DataclassInstance")


class RedisSealedRows(Generic[Row]):
    """Rows of one kind.

    Args:
        link: The connection.
        script: The script that keeps them; what the keys of their indexes begin with as well.
        one: What the key of a row begins with.
        record: What a row is; it has an `id`.
    """

    def __init__(self, link: Link, script: str, one: str, record: type[Row]) -> None:
        self._link = link
        self._script = script
        self._one = one
        self._codec = Codec(record)

    async def put(self, rows: Sequence[Row], /) -> None:
        """Keep all rows or none; one whose id is there already stays as it is."""
        if rows:
            told = [(change["set"]["id"], change) for change in map(self._codec.encode, rows)]
            await self._link.write(self._script, "put", rows=told)

    async def get(self, identifier: str, /) -> Row | None:
        """Return a row."""
        row = await self._link.get("HGETALL", self._link.key(f"{self._one}:") + identifier)
        return self._codec.decode(row) if row else None

    async def delete(self, identifier: str, /) -> bool:
        """Forget a row; tell whether it was there."""
        return bool(await self._link.write(self._script, "delete", id=identifier))

    async def owners(self) -> tuple[str, ...]:
        """Return the client keys that have rows, in the order of their ids."""
        owners = await self._link.get("ZRANGE", self._link.key(f"{self._script}:owners"), 0, -1)
        return tuple(each.decode() for each in owners)

    async def delete_of(self, key_id: str, /, *, limit: int | None = None) -> int:
        """Forget all rows of a client key, or at most `limit` of them; return how many."""
        last = -1 if limit is None else limit - 1
        return int(await self._link.write(self._script, "delete_of", key_id=key_id, last=last))

    async def delete_ended(self, now: float, /, *, limit: int) -> int:
        """Forget rows that have expired, the oldest first; return how many."""
        return int(await self._link.write(self._script, "delete_ended", now=text_of(now), limit=limit))
