"""The pool's credentials, which are changed field by field and often many at once.

A change names its fields, so that two writers with different fields in mind never undo each other. Every
change is on disk when its verb returns: a token that was rotated and then forgotten is a lost sign-in.
Must never write under a claim or over a generation without asking for it in the same transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from grok2api.kit.slotted import replaced
from grok2api.storage.records import Claim, Conflict, Credential, Missing
from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.claims import check_held
from grok2api.storage.sql.insert import by_position
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.revised import RevisedTable
from grok2api.storage.sql.revisions import NothingChanged, bury, exhume, next_revision
from grok2api.storage.sql.rows import fetch_all, fetch_one, to_columns, values_of
from grok2api.storage.sql.tables import credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Column, Dialect

    from grok2api.storage.sql.engine import Database, Unit

    Insertion = tuple[str, Callable[[object], tuple[object, ...]]]


@repeating
class SqlCredentials(RevisedTable[Credential]):
    """The pool's credentials."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, credentials, Credential, "credential")
        self._insertion: Insertion | None = None
        """Compiled once: parameters built anew for thousands of rows took most of what an import costs."""

    async def with_fingerprint(self, fingerprint: str, /) -> Credential | None:
        """Return the credential with this fingerprint."""
        query = select(credentials).where(credentials.c.fingerprint == fingerprint)
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, Credential)

    async def _added(self, batch: Sequence[Credential], /) -> tuple[tuple[Credential | None, ...]] | None:
        """Return what was added, all in one go, though nobody heard of it; ids are never used twice."""
        there: dict[str, Credential] = {}
        async with self._database.reading() as connection:
            for chunk in chunks([each.id for each in batch]):
                query = select(credentials).where(credentials.c.id.in_(chunk))
                there |= {each.id: each for each in await fetch_all(connection, query, Credential)}
        kept = [there.get(each.id) for each in batch]
        ours = [
            row if row is not None and replace(row, revision=each.revision) == each else None
            for row, each in zip(kept, batch, strict=True)
        ]
        return (tuple(ours),) if any(ours) else None

    @settled_by(_added)
    async def add_many(self, batch: Sequence[Credential], /) -> tuple[Credential | None, ...]:
        """Insert many under one revision; None in the place of one whose id or fingerprint is there."""
        try:
            async with self._database.writing() as connection:
                return await self._add_new(connection, batch, await next_revision(connection))
        except NothingChanged:
            return (None,) * len(batch)

    async def _changed(
        self,
        identifier: str,
        changes: Mapping[str, object],
        /,
        *,
        claim: Claim | None = None,
        generation: int | None = None,
        uncleared_since: float | None = None,
    ) -> tuple[Credential] | None:
        """Return the record if it is as it was to be; a token set is told from any other by its seal."""
        kept = await self.get(identifier)
        done = kept is not None and all(getattr(kept, name) == value for name, value in changes.items())
        return (kept,) if kept is not None and done else None

    @settled_by(_changed)
    async def change(
        self,
        identifier: str,
        changes: Mapping[str, object],
        /,
        *,
        claim: Claim | None = None,
        generation: int | None = None,
        uncleared_since: float | None = None,
    ) -> Credential:
        """Replace the named fields and return the record as kept."""
        columns = _checked(changes)
        condition = self._is(identifier)
        if generation is not None:
            condition &= credentials.c.generation == generation
        if uncleared_since is not None:
            cleared = credentials.c.cleared_at
            condition &= cleared.is_(None) | (cleared <= uncleared_since)
        async with self._database.writing() as connection:
            columns["revision"] = await next_revision(connection)
            if claim is not None:
                await check_held(connection, claim)
            result = await connection.execute(update(credentials).where(condition).values(columns))
            kept = await self._fetch(connection, identifier)
            if kept is None:
                raise Missing(identifier)
            if not result.rowcount:
                raise Conflict(f"{identifier} was renewed, or its rests were ended, meanwhile")
        return kept

    async def change_many(self, identifiers: Sequence[str], changes: Mapping[str, object], /) -> int:
        """Replace the named fields of several under one revision; return how many were there."""
        columns = _checked(changes)
        changed = 0
        try:
            async with self._database.writing() as connection:
                columns["revision"] = await next_revision(connection)
                for chunk in chunks(tuple(dict.fromkeys(identifiers))):
                    change = update(credentials).where(credentials.c.id.in_(chunk)).values(columns)
                    changed += (await connection.execute(change)).rowcount
                if not changed:
                    raise NothingChanged
        except NothingChanged:
            return 0
        return changed

    async def set_health(
        self, identifier: str, *, status: str, reason: str, cooldown_until: float | None
    ) -> None:
        """Change only the health, and nothing at all if it is the same."""
        health = {"status": status, "reason": reason, "cooldown_until": cooldown_until}
        present = await self.get(identifier)
        if present is None:
            raise Missing(identifier)
        if (present.status, present.reason, present.cooldown_until) == (status, reason, cooldown_until):
            return
        async with self._database.writing() as connection:
            row = {**health, "revision": await next_revision(connection)}
            await self._update(connection, {"id": identifier, **row})

    async def _are_gone(self, identifiers: Sequence[str], /) -> tuple[int] | None:
        unique = tuple(dict.fromkeys(identifiers))
        async with self._database.reading() as connection:
            there = await _present(connection, credentials.c.id, unique)
        return None if there else (len(unique),)

    @settled_by(_are_gone)
    async def delete_many(self, identifiers: Sequence[str], /) -> int:
        """Delete several under one revision and leave tombstones; return how many were there."""
        try:
            async with self._database.writing() as connection:
                revision = await next_revision(connection)
                there = await _present(connection, credentials.c.id, tuple(dict.fromkeys(identifiers)))
                if not there:
                    raise NothingChanged
                for chunk in chunks(tuple(there)):
                    await connection.execute(delete(credentials).where(credentials.c.id.in_(chunk)))
                await bury(connection, self._kind, tuple(there), revision)
        except NothingChanged:
            return 0
        return len(there)

    async def _add_new(
        self, connection: Unit, batch: Sequence[Credential], revision: int
    ) -> tuple[Credential | None, ...]:
        """Insert what is new; of doubles in the batch the first one."""
        identifiers = await _present(connection, credentials.c.id, [each.id for each in batch])
        fingerprints = await _present(
            connection, credentials.c.fingerprint, [each.fingerprint for each in batch]
        )
        outcome: list[Credential | None] = []
        for each in batch:
            known = each.id in identifiers or each.fingerprint in fingerprints
            outcome.append(None if known else replaced(each, {"revision": revision}))
            if not known:
                identifiers.add(each.id)
                fingerprints.add(each.fingerprint)
        added = [each for each in outcome if each is not None]
        if not added:
            raise NothingChanged
        await exhume(connection, self._kind, [each.id for each in added])
        for chunk in chunks(added):
            if self._insertion is None:
                self._insertion = _insertion(connection.dialect)
            statement, values = self._insertion
            await connection.exec_driver_sql(statement, [values(each) for each in chunk])
        return tuple(outcome)


def _insertion(dialect: Dialect) -> Insertion:
    """Return the insert as the driver takes it, and what makes its values of a record."""
    statement, names = by_position(insert(credentials), dialect)
    return statement, values_of(Credential, names)


async def _present(connection: Unit, column: Column[str], values: Sequence[str]) -> set[str]:
    """Return those of `values` that the column has already."""
    present: set[str] = set()
    for chunk in chunks(values):
        present.update(await connection.scalars(select(column).where(column.in_(chunk))))
    return present


def _checked(changes: Mapping[str, object]) -> dict[str, object]:
    """Return the columns of `changes`; ValueError if it names nothing, or what may not be changed."""
    if not changes:
        raise ValueError("no field is named")
    for name, value in changes.items():
        if name in {"id", "revision"} or name not in credentials.c:
            raise ValueError(f"{name!r} is no field of a credential that may be changed")
        if value is None and not credentials.c[name].nullable:
            raise ValueError(f"{name!r} of a credential always has a value")
    return to_columns(changes)
