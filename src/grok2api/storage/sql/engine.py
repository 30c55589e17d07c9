"""One database behind three engines, and the only place where a driver's error becomes ours.

Readers, exact writers (credentials, keys, settings) and the ledger's writer differ in what a lost
power supply may cost them, so they do not share connections. A unit of work is one transaction: it
commits when its block ends, and rolls back when the block fails or is cancelled. A fault that passes by
itself, such as a killed connection, is told apart from the others, so that `repeats` can do the work anew.
Must never let a statement's parameters into an error: they hold sealed secrets and hashes.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from grok2api.errors import StorageError
from grok2api.kit.finishing import finished
from grok2api.storage.records import Conflict
from grok2api.storage.sql.repeats import Interrupted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy import CursorResult, Dialect, Executable, ScalarResult
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

UNAVAILABLE: Final = "The store is not available at the moment; try again shortly."


class Fault(Enum):
    """What a driver's error means for the unit of work in which it came."""

    LASTING = "it would come again"
    ROLLED_BACK = "the database undid the work, which may be done anew"
    CUT_OFF = "the connection is gone; what was not committed before is undone"


class Database:
    """The engines of one database.

    Args:
        reader: For transactions that only read.
        writer: For changes that must survive a loss of power once they are acknowledged.
        ledger: For changes of which the last instants may be lost then.
        judge: Tells what an error of the driver means.
    """

    def __init__(
        self,
        *,
        reader: AsyncEngine,
        writer: AsyncEngine,
        ledger: AsyncEngine,
        judge: Callable[[BaseException], Fault] = lambda _: Fault.LASTING,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._ledger = ledger
        self._judge = judge
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
        connection = engine.connect()
        unit = Unit(connection, engine.dialect)
        try:
            async with _transaction(connection) as transaction:
                yield unit
                unit.committing = True
                await finished(transaction.commit())
        except IntegrityError:
            raise Conflict("another record already holds what must be unique") from None
        except (SQLAlchemyError, OSError) as error:
            fault = self._judge(error)
            if fault is Fault.LASTING:
                raise StorageError(UNAVAILABLE) from error
            in_doubt = fault is Fault.CUT_OFF and unit.committing and unit.changed
            raise Interrupted(UNAVAILABLE, in_doubt=in_doubt) from error


class Unit:
    """The statements of one unit of work.

    Each runs to its end, even if whoever waits for it is cancelled: a driver that is interrupted in a
    statement gives its connection up, and may keep its locks.
    """

    __slots__ = ("_connection", "changed", "committing", "dialect")

    def __init__(self, connection: AsyncConnection, dialect: Dialect) -> None:
        self._connection = connection
        self.dialect = dialect
        self.changed = False
        """Whether a statement has changed, or may have changed, a row."""
        self.committing = False
        """Whether it was asked to be kept."""

    async def execute(
        self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement and return its buffered result."""
        result = await finished(self._connection.execute(statement, parameters))
        self._note(result)
        return result

    async def scalars(self, statement: Executable) -> ScalarResult[Any]:
        """Run a statement and return the first column of its result."""
        return await finished(self._connection.scalars(statement))

    async def exec_driver_sql(
        self, statement: str, parameters: Sequence[tuple[Any, ...]] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement in the driver's own words."""
        result = await finished(self._connection.exec_driver_sql(statement, parameters))
        self._note(result)
        return result

    def _note(self, result: CursorResult[*tuple[Any, ...]]) -> None:
        if not result.returns_rows and result.rowcount != 0:
            self.changed = True


@asynccontextmanager
async def _transaction(connection: AsyncConnection) -> AsyncIterator[AsyncTransaction]:
    """Open a transaction that is rolled back unless it is committed in its block."""
    try:
        await finished(connection.start())
        transaction = connection.begin()
        await finished(transaction.start())
        yield transaction
    finally:
        if connection.sync_connection is not None:
            await finished(connection.close())
