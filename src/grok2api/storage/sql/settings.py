"""Settings that the store holds, with a version for every change of them.

A change takes the revision counter first, which puts those who change settings in one order. Must never
keep a part of a change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from grok2api.storage.records import Conflict, SettingOverride
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.revised import RevisedTable
from grok2api.storage.sql.revisions import bury, exhume, next_revision
from grok2api.storage.sql.rows import fetch_all, to_row
from grok2api.storage.sql.tables import setting_overrides, setting_versions
from grok2api.storage.versions import SettingVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.sql.engine import Database, Unit


@repeating
class SqlSettings:
    """Settings changed while the server runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = RevisedTable(database, setting_overrides, SettingOverride, "setting")
        self.list = self._table.list
        self.put = self._table.put_or_add
        self.delete = self._table.delete
        self.changed = self._table.changed

    async def _is_applied(
        self, version: SettingVersion, _overrides: Sequence[SettingOverride], _removed: Sequence[str], /
    ) -> tuple[None] | None:
        return (None,) if await self.version(version.number) == version else None

    @settled_by(_is_applied)
    async def apply(
        self, version: SettingVersion, overrides: Sequence[SettingOverride], removed: Sequence[str], /
    ) -> None:
        """Keep some overrides, forget others and note the version, all or nothing; Conflict if not next."""
        last = select(func.coalesce(func.max(setting_versions.c.number), 0))
        async with self._database.writing() as connection:
            revision = await next_revision(connection)
            if (await connection.execute(last)).scalar_one() != version.number - 1:
                raise Conflict("another version is the next one")
            for each in overrides:
                await _keep(connection, each, revision)
            await _forget(connection, removed, revision)
            await connection.execute(setting_versions.insert().values(to_row(version)))

    async def version(self, number: int, /) -> SettingVersion | None:
        """Return a version."""
        found = await self.versions(1, before=number + 1)
        return found[0] if found and found[0].number == number else None

    async def versions(self, limit: int, /, *, before: int | None = None) -> tuple[SettingVersion, ...]:
        """Return the newest versions, newest first, or the newest before a number."""
        column = setting_versions.c.number
        query = select(setting_versions).order_by(column.desc()).limit(limit)
        if before is not None:
            query = query.where(column < before)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, SettingVersion)


async def _keep(connection: Unit, override: SettingOverride, revision: int) -> None:
    row = {**to_row(override), "revision": revision}
    own = setting_overrides.c.path == override.path
    if (await connection.execute(update(setting_overrides).where(own).values(row))).rowcount:
        return
    await exhume(connection, "setting", [override.path])
    await connection.execute(setting_overrides.insert().values(row))


async def _forget(connection: Unit, removed: Sequence[str], revision: int) -> None:
    gone = []
    for path in removed:
        dropped = await connection.execute(delete(setting_overrides).where(setting_overrides.c.path == path))
        if dropped.rowcount:
            gone.append(path)
    if gone:
        await bury(connection, "setting", gone, revision)
