"""The chain of audit entries.

The key of the table is the sequence: of two who append the same one, the second is told. Must never change
an entry, nor leave a gap between two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select

from grok2api.storage.auditing import AuditEntry, AuditFilter
from grok2api.storage.records import Conflict
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_all, to_row, without_nul
from grok2api.storage.sql.tables import audit_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement

    from grok2api.storage.sql.engine import Database


@repeating
class SqlAudit:
    """The chain of entries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self) -> AuditEntry | None:
        """Return the last entry."""
        query = select(audit_entries).order_by(audit_entries.c.sequence.desc()).limit(1)
        async with self._database.reading() as connection:
            return next(iter(await fetch_all(connection, query, AuditEntry)), None)

    async def _is_kept(self, entry: AuditEntry, /) -> tuple[None] | None:
        found = await self.after(entry.sequence - 1, limit=1)
        return (None,) if found and found[0].hash == entry.hash else None

    @settled_by(_is_kept)
    async def append(self, entry: AuditEntry, /) -> None:
        """Keep an entry; Conflict unless its sequence is the next one."""
        last = select(func.coalesce(func.max(audit_entries.c.sequence), 0))
        async with self._database.writing() as connection:
            if (await connection.execute(last)).scalar_one() != entry.sequence - 1:
                raise Conflict("another entry is the next one")
            await connection.execute(audit_entries.insert().values(to_row(entry)))

    async def after(self, sequence: int, /, *, limit: int) -> tuple[AuditEntry, ...]:
        """Return at most `limit` entries behind a sequence, the oldest first."""
        column = audit_entries.c.sequence
        query = select(audit_entries).where(column > sequence).order_by(column).limit(limit)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, AuditEntry)

    async def page(
        self, wanted: AuditFilter, /, *, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return at most `limit` of the entries that are meant, newest first, those before a sequence."""
        column = audit_entries.c.sequence
        query = select(audit_entries).where(*_conditions(wanted)).order_by(column.desc()).limit(limit)
        if before is not None:
            query = query.where(column < before)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, AuditEntry)

    async def forget(self, through: int, /, *, limit: int) -> int:
        """Forget at most `limit` of the oldest entries, up to a sequence, but never the last."""
        column = audit_entries.c.sequence
        async with self._database.writing() as connection:
            first = (await connection.execute(select(func.min(column)))).scalar_one()
            last = (await connection.execute(select(func.max(column)))).scalar_one()
            if first is None:
                return 0
            end: int = min(through, first + limit - 1, last - 1)
            if end >= first:
                await connection.execute(delete(audit_entries).where(column <= end))
        return max(0, end - int(first) + 1)


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    """Yield what `AuditFilter.fits` asks, in the words of SQL."""
    c = audit_entries.c
    for name in ("target", "way", "outcome", "request_id"):
        if value := getattr(wanted, name):
            yield c[name] == without_nul(value)
    if wanted.actor:
        actor = without_nul(wanted.actor)
        yield or_(c.actor == actor, c.actor_id == actor)
    if wanted.action:
        action = str(without_nul(wanted.action))
        yield or_(c.action == action, c.action.startswith(action + ".", autoescape=True))
    if wanted.since is not None:
        yield c.at >= wanted.since
    if wanted.until is not None:
        yield c.at < wanted.until
