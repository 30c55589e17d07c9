"""One database behind three engines, and the only place where a driver's error becomes ours.

Readers, exact writers (credentials, keys, settings) and the ledger's writer differ in what a lost
power supply may cost them, so they do not share connections. A unit of work is one transaction: it
commits when its block ends, and rolls back when the block fails or is cancelled.
Must never let a statement's parameters into an error: they hold sealed secrets and hashes.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from grok2api.errors import StorageError
from grok2api.storage.records import Conflict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

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

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a unit of work that sees one state of the database."""
        return self._unit(self._reader)

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a unit of work that is on disk when its block has ended."""
        return self._unit(self._writer)

    def appending(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a unit of work for the ledger, which survives a crash but perhaps not a loss of power."""
        return self._unit(self._ledger)

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        for engine in (self._reader, self._ledger, self._writer):
            await engine.dispose()

    @asynccontextmanager
    async def _unit(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        if self._closed:
            raise StorageError(UNAVAILABLE)
        try:
            async with engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise Conflict("another record already holds what must be unique") from None
        except (SQLAlchemyError, OSError) as error:
            raise StorageError(UNAVAILABLE) from error
