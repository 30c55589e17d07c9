"""What the schema's keeper and the opener need to know of a place where a database is.

Must never open anything by itself, and what it shows to people never holds a password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from grok2api.errors import ConfigError
    from grok2api.storage.sql.engine import Database


class Place(Protocol):
    """One database, of whichever kind; its text is for people."""

    async def prepare(self) -> None:
        """Make what can be made; nothing else may be done before.

        Raises:
            ConfigError: It cannot be made, and somebody must act.
            StorageError: Another process holds it for too long.
        """
        ...

    def check(self, connection: Connection) -> None:
        """Return if the database is fit for use; ConfigError if somebody must act."""
        ...

    def open(self) -> Database:
        """Return its engines; nothing is opened before it is used."""
        ...

    def open_schema(self, *, changing: bool) -> AsyncEngine:
        """Return an engine for looking at the schema, or for changing it, which may take long."""
        ...

    def hold_schema(self, connection: Connection) -> None:
        """Wait until nobody else changes the schema, and keep it so until the transaction ends."""
        ...

    def explained(self, error: BaseException) -> ConfigError | None:
        """Return what somebody must do about an error of the driver; None if it passes by itself."""
        ...
