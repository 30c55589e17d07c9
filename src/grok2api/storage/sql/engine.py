"""One database behind three engines, and the only place where a driver's error becomes ours.

Readers, exact writers (credentials, keys, settings) and the ledger's writer differ in what a lost
power supply may cost them, so they do not share connections. A unit of work is one transaction: it
commits when its block ends, and rolls back when the block fails or is cancelled.
Must never let a statement's parameters into an error: they hold sealed secrets and hashes.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from grok2api.errors import StorageError
from grok2api.kit.finishing import finished
from grok2api.storage.records import Conflict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy import CursorResult, Dialect, Executable, ScalarResult
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

UNAVAILABLE: Final = "The store is not available at the moment; try again shortly."


class Database:
    """The engines of one database.

    Args:
        reader: For transactions that only read.
        writer: For changes that must survive a loss of power once they are acknowledged.
        ledger: For changes of which the last instants may be lost then.
    """

    def __init__(self, *, reader: AsyncEngine, writer: AsyncEngine, ledger: AsyncEngine) -> None:
        self._reader = reader
        self._writer = writer
        self._ledger = ledger
        self._closed = False

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """Open a unit of work that sees one state of the database."""
        return self._unit(self._reader)

    def writing(self) -> AbstractAsyncContextManager[Unit]:
        """Open a unit of work that is on disk when its block has ended."""
        return self._unit(self._writer)

    def appending(self) -> AbstractAsyncContextManager[Unit]:
        """Open a unit of work for the ledger, which survives a crash but perhaps not a loss of power."""
        return self._unit(self._ledger)

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        for engine in (self._reader, self._ledger, self._writer):
            await engine.dispose()

    @asynccontextmanager
    async def _unit(self, engine: AsyncEngine) -> AsyncIterator[Unit]:
        if self._closed:
            raise StorageError(UNAVAILABLE)
        try:
            async with _transaction(engine) as unit:
                yield unit
        except IntegrityError:
            raise Conflict("another record already holds what must be unique") from None
        except (SQLAlchemyError, OSError) as error:
            raise StorageError(UNAVAILABLE) from error


class Unit:
    """The statements of one unit of work.

    Each runs to its end, even if whoever waits for it is cancelled: a driver that is interrupted in a
    statement gives its connection up, and may keep its locks.
    """

    __slots__ = ("_connection", "dialect")

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.dialect: Dialect = connection.dialect

    async def execute(
        self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement and return its buffered result."""
        return await finished(self._connection.execute(statement, parameters))

    async def scalars(self, statement: Executable) -> ScalarResult[Any]:
        """Run a statement and return the first column of its result."""
        return await finished(self._connection.scalars(statement))

    async def exec_driver_sql(
        self, statement: str, parameters: Sequence[tuple[Any, ...]] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement in the driver's own words."""
        return await finished(self._connection.exec_driver_sql(statement, parameters))


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[Unit]:
    """Open a transaction that is committed when its block ends, and rolled back when it fails."""
    connection = engine.connect()
    try:
        await finished(connection.start())
        transaction = connection.begin()
        await finished(transaction.start())
        yield Unit(connection)
        await finished(transaction.commit())
    finally:
        if connection.sync_connection is not None:
            await finished(connection.close())
