"""The rows whose every change gets a revision: what they share, and the client keys, settings and models.

Must never change a row without taking a revision in the same script.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from grok2api.storage.models import ModelOverride
from grok2api.storage.records import ClientKey, Conflict, Credential, Missing, SettingOverride
from grok2api.storage.redis.codec import Codec
from grok2api.storage.redis.link import CHUNK

if TYPE_CHECKING:
    import builtins
    from collections.abc import Sequence

    from grok2api.storage.redis.link import Link

Entity = TypeVar("Entity", Credential, ClientKey, SettingOverride, ModelOverride)

SCRIPT: Final = "revised"
TAKEN: Final = "another record already holds what must be unique"
TOMBSTONES_KEPT: Final = 10_000
"""A process that slept through more deletions than this reads everything anew."""


class RevisedRows(Generic[Entity]):
    """One kind of rows with a revision.

    Args:
        link: Where they are.
        codec: Between them and their hashes.
        kind: What one of them is called in keys and tombstones.
    """

    def __init__(self, link: Link, codec: Codec[Entity], kind: str) -> None:
        self._link = link
        self._codec: Codec[Entity] = codec
        self._kind = kind

    @property
    def revisions(self) -> str:
        """The key of the index by revision."""
        return self._link.key(f"{self._kind}s:revisions")

    async def list(self) -> tuple[Entity, ...]:
        """Return all rows in the order of their ids."""
        return await self.these(await self._link.get("ZRANGE", self._link.key(f"{self._kind}s:ids"), 0, -1))

    async def these(self, identifiers: Sequence[bytes]) -> tuple[Entity, ...]:
        """Return those rows that are still there."""
        keys = [self._row_key(each.decode()) for each in identifiers]
        return await self._link.hashes(keys, self._codec.decode)

    async def get(self, identifier: str, /) -> Entity | None:
        """Return one row."""
        row = await self._link.get("HGETALL", self._row_key(identifier))
        return self._codec.decode(row) if row else None

    async def delete(self, identifier: str, /) -> bool:
        """Delete a row and leave a tombstone; tell whether it was there."""
        return await self.delete_many([identifier]) > 0

    async def delete_many(self, identifiers: Sequence[str], /) -> int:
        """Delete several under one revision and leave tombstones; return how many were there."""
        named = list_of(identifiers)
        return int(await self._write("delete", ids=named, tombstones=TOMBSTONES_KEPT)) if named else 0

    async def _add_many(self, batch: Sequence[tuple[str, Entity]]) -> tuple[Entity | None, ...]:
        """Keep new rows under one revision; None in the place of one whose id or mark is there."""
        if not batch:
            return ()
        rows = []
        for number, (identifier, record) in enumerate(batch, 1):
            rows.append((identifier, self._codec.encode(record)))
            if number % CHUNK == 0:
                await asyncio.sleep(0)
        revision, told = await self._write("add", rows=rows)
        return tuple(
            replace(record, revision=int(revision)) if new else None
            for (_, record), new in zip(batch, told, strict=True)
        )

    async def _put(self, identifier: str, record: Entity, *, make: bool = False) -> Entity:
        change = self._codec.encode(record)
        outcome, *rest = await self._write("put", id=identifier, change=change, make=make)
        check(outcome, identifier)
        return replace(record, revision=int(rest[0]))

    async def _write(self, verb: str, **given: object) -> Any:
        return await self._link.write(SCRIPT, verb, kind=self._kind, **given)

    def _row_key(self, identifier: str) -> str:
        return self._link.key(f"{self._kind}:{identifier}")


class RedisKeys(RevisedRows[ClientKey]):
    """The clients' keys."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, Codec(ClientKey), "key")

    async def add(self, key: ClientKey, /) -> ClientKey:
        """Keep a new key; Conflict if its id or hash is there already."""
        return only((await self._add_many([(key.id, key)]))[0])

    async def put(self, key: ClientKey, /) -> ClientKey:
        """Replace every field of a key; Missing, or Conflict as for `add`."""
        return await self._put(key.id, key)


class RedisModels(RevisedRows[ModelOverride]):
    """What operators say of models."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, Codec(ModelOverride), "model")

    async def put(self, model: ModelOverride, /) -> ModelOverride:
        """Keep an override, in place of the one with this id if there is one."""
        return await self._put(model.id, model, make=True)


def only(kept: Entity | None) -> Entity:
    """Return what was kept; Conflict if nothing was."""
    if kept is None:
        raise Conflict(TAKEN)
    return kept


def list_of(identifiers: Sequence[str]) -> builtins.list[str]:
    """Return each id once."""
    return list(dict.fromkeys(identifiers))


def check(outcome: bytes, identifier: str) -> None:
    """Return if a script has kept what it was given; Missing or Conflict if not."""
    if outcome == b"missing":
        raise Missing(identifier)
    if outcome == b"conflict":
        raise Conflict(TAKEN)
