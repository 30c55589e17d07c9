"""The records of one SQL database, put together from their tables.

Must never let a statement or a row out of this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from grok2api.storage.records import Changes
from grok2api.storage.sql.access import SqlAnswers, SqlOperators, SqlSecondFactors, SqlTokens
from grok2api.storage.sql.assets import SqlAssets
from grok2api.storage.sql.attempts import SqlAttempts
from grok2api.storage.sql.audit import SqlAudit
from grok2api.storage.sql.budgets import SqlBudgets
from grok2api.storage.sql.claims import SqlClaims
from grok2api.storage.sql.contents import SqlContents
from grok2api.storage.sql.credentials import SqlCredentials
from grok2api.storage.sql.files import SqlFiles
from grok2api.storage.sql.jobs import SqlJobs
from grok2api.storage.sql.live import SqlLive
from grok2api.storage.sql.meta import SqlMeta
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.revised import SqlKeys, SqlModels
from grok2api.storage.sql.runs import SqlRuns
from grok2api.storage.sql.sessions import SqlSessions
from grok2api.storage.sql.settings import SqlSettings
from grok2api.storage.sql.tables import revision_counter, tombstones
from grok2api.storage.sql.transcripts import SqlTranscripts
from grok2api.storage.sql.usage import SqlUsage
from grok2api.storage.sql.videos import SqlVideos

if TYPE_CHECKING:
    from grok2api.storage.sql.engine import Database, Unit


@repeating
class SqlRecords:
    """The records of one database, whose schema is this version's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.credentials = SqlCredentials(database)
        self.keys = SqlKeys(database)
        self.settings = SqlSettings(database)
        self.models = SqlModels(database)
        self.usage = SqlUsage(database)
        self.live = SqlLive(database)
        self.claims = SqlClaims(database)
        self.jobs = SqlJobs(database)
        self.runs = SqlRuns(database)
        self.sessions = SqlSessions(database)
        self.operators = SqlOperators(database)
        self.second_factors = SqlSecondFactors(database)
        self.tokens = SqlTokens(database)
        self.answers = SqlAnswers(database)
        self.attempts = SqlAttempts(database)
        self.audit = SqlAudit(database)
        self.transcripts = SqlTranscripts(database)
        self.contents = SqlContents(database)
        self.videos = SqlVideos(database)
        self.assets = SqlAssets(database)
        self.files = SqlFiles(database)
        self.budgets = SqlBudgets(database)
        self.meta = SqlMeta(database)

    async def changes_since(self, revision: int) -> Changes:
        """Return what changed after `revision`.

        The counter is read first: what is committed between the statements is told now and told again
        next time, and so is never missed, whatever the database thinks of isolation.
        """
        counter = select(revision_counter.c.value, revision_counter.c.forgotten)
        async with self._database.reading() as connection:
            present, forgotten = (await connection.execute(counter)).one()
            if present == revision:
                return Changes(revision=present)
            reset = revision > present or revision < forgotten
            return await self._changes(connection, present, 0 if reset else revision, reset=reset)

    async def ping(self) -> None:
        """Return if the database answers."""
        async with self._database.reading() as connection:
            await connection.execute(select(revision_counter.c.value))

    async def close(self) -> None:
        """Close every connection."""
        await self._database.close()

    async def _changes(self, connection: Unit, present: int, since: int, *, reset: bool) -> Changes:
        credentials = await self.credentials.changed(connection, since)
        keys = await self.keys.changed(connection, since)
        settings = await self.settings.changed(connection, since)
        models = await self.models.changed(connection, since)
        deleted = {} if reset else await _deleted(connection, since)
        return Changes(
            revision=present,
            credentials=credentials,
            deleted_credentials=_gone(deleted, "credential", {each.id for each in credentials}),
            keys=keys,
            deleted_keys=_gone(deleted, "key", {each.id for each in keys}),
            settings=settings,
            deleted_settings=_gone(deleted, "setting", {each.path for each in settings}),
            models=models,
            deleted_models=_gone(deleted, "model", {each.id for each in models}),
            reset=reset,
        )


async def _deleted(connection: Unit, since: int) -> dict[str, list[str]]:
    """Return the ids deleted after `since`, by kind."""
    query = select(tombstones.c.kind, tombstones.c.id).where(tombstones.c.revision > since)
    deleted: dict[str, list[str]] = {}
    for kind, identifier in await connection.execute(query.order_by(tombstones.c.revision)):
        deleted.setdefault(kind, []).append(identifier)
    return deleted


def _gone(deleted: dict[str, list[str]], kind: str, present: set[str]) -> tuple[str, ...]:
    """Return the deleted ids, without those that came while we read; the next call tells of these."""
    return tuple(each for each in deleted.get(kind, ()) if each not in present)
