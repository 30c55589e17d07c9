"""Who may use the admin API: accounts, tokens, and answers that are kept for a while.

Must never know a password or a token, only hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import delete, select, update

from grok2api.storage.access import AdminAnswer, ApiToken, Operator, SecondFactor
from grok2api.storage.records import Conflict, Missing
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_all, fetch_one, to_row
from grok2api.storage.sql.tables import admin_answers, api_tokens, operators, second_factors

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from sqlalchemy import ColumnElement, Delete, Table

    from grok2api.storage.sql.engine import Database

Entity = TypeVar("Entity", bound="DataclassInstance")


@repeating
class KeyedTable(Generic[Entity]):
    """One table of records whose key is `id`.

    Args:
        database: Where the table is.
        table: The table.
        entity: The type of its records.
    """

    def __init__(self, database: Database, table: Table, entity: type[Entity]) -> None:
        self._database = database
        self._table = table
        self._entity = entity

    async def list(self) -> tuple[Entity, ...]:
        """Return all records in the order of their ids."""
        async with self._database.reading() as connection:
            return await fetch_all(connection, select(self._table).order_by(self._table.c.id), self._entity)

    async def get(self, identifier: str, /) -> Entity | None:
        """Return one record."""
        return await self._one(self._table.c.id == identifier)

    async def _as_kept(self, record: Entity, /) -> tuple[None] | None:
        """Tell of a record that was added, though nobody heard of it; ids are never used twice."""
        return (None,) if await self.get(str(to_row(record)["id"])) == record else None

    async def _is_gone(self, identifier: str, /) -> tuple[bool] | None:
        return (True,) if await self.get(identifier) is None else None

    @settled_by(_as_kept)
    async def add(self, record: Entity, /) -> None:
        """Insert a record; Conflict if it is there, or shares what is unique."""
        async with self._database.writing() as connection:
            await connection.execute(self._table.insert().values(to_row(record)))

    async def put(self, record: Entity, /) -> None:
        """Replace a record; Missing if it is not there."""
        row = to_row(record)
        async with self._database.writing() as connection:
            change = update(self._table).where(self._table.c.id == row["id"]).values(row)
            if not (await connection.execute(change)).rowcount:
                raise Missing(str(row["id"]))

    @settled_by(_is_gone)
    async def delete(self, identifier: str, /) -> bool:
        """Forget a record; tell whether it was there."""
        return await self._delete(delete(self._table).where(self._table.c.id == identifier)) > 0

    async def _one(self, condition: ColumnElement[bool]) -> Entity | None:
        async with self._database.reading() as connection:
            return await fetch_one(connection, select(self._table).where(condition), self._entity)

    async def _delete(self, statement: Delete) -> int:
        async with self._database.writing() as connection:
            return (await connection.execute(statement)).rowcount


@repeating
class SqlOperators(KeyedTable[Operator]):
    """The accounts of operators."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, operators, Operator)

    async def marked(self, mark: str, /) -> Operator | None:
        """Return the one whose name is compared as `mark`."""
        return await self._one(operators.c.mark == mark)

    async def identified(self, identity: str, /) -> Operator | None:
        """Return the one whom an identity provider vouches for."""
        return await self._one(operators.c.identity == identity)


@repeating
class SqlSecondFactors(KeyedTable[SecondFactor]):
    """The authenticator apps of accounts."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, second_factors, SecondFactor)


@repeating
class SqlTokens(KeyedTable[ApiToken]):
    """The tokens of programs."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, api_tokens, ApiToken)

    async def hashed(self, hashed: str, /) -> ApiToken | None:
        """Return the one with this keyed hash."""
        return await self._one(api_tokens.c.hash == hashed)

    async def touch(self, identifier: str, /, *, now: float) -> bool:
        """Note that it is used now; tell whether it is there."""
        change = update(api_tokens).where(api_tokens.c.id == identifier).values(last_used_at=now)
        async with self._database.appending() as connection:
            return bool((await connection.execute(change)).rowcount)


@repeating
class SqlAnswers(KeyedTable[AdminAnswer]):
    """Answers to writes that may be sent again."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, admin_answers, AdminAnswer)

    async def _as_begun(self, answer: AdminAnswer, /, *, now: float) -> tuple[AdminAnswer | None] | None:
        """Tell of an answer that was begun, though nobody heard of it: no other has its very times."""
        return (None,) if await self.get(answer.id) == answer else None

    @settled_by(_as_begun)
    async def begin(self, answer: AdminAnswer, /, *, now: float) -> AdminAnswer | None:
        """Keep a new one, in place of one that has expired; return the one that is in its place.

        One that was there and is forgotten before it could be read counts as still under way.
        """
        table = admin_answers
        try:
            async with self._database.writing() as connection:
                await connection.execute(
                    delete(table).where(table.c.id == answer.id, table.c.expires_at <= now)
                )
                await connection.execute(table.insert().values(to_row(answer)))
        except Conflict:
            return await self.get(answer.id) or answer
        return None

    async def finish(self, answer: AdminAnswer, /) -> None:
        """Replace one that was begun."""
        change = update(admin_answers).where(admin_answers.c.id == answer.id).values(to_row(answer))
        async with self._database.writing() as connection:
            await connection.execute(change)

    async def delete_ended(self, now: float, /) -> int:
        """Forget those that have expired by `now`; return how many."""
        return await self._delete(delete(admin_answers).where(admin_answers.c.expires_at <= now))
