"""PostgreSQL: one database for any number of workers and hosts.

Readers see one state for the length of a unit of work; writers see what was committed before each statement,
wait for each other's rows, and compare before they set. No setting is made at the start of a connection but
the program's name, so that a pooler such as PgBouncer can stand in between.
Must never let a server's own words out: they may hold a row's values.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from typing_extensions import override

from grok2api.config.extras import install_advice
from grok2api.errors import ConfigError, StoreAway
from grok2api.storage.sql.engine import Database, Fault
from grok2api.storage.sql.rows import without_nul

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection
    from sqlalchemy.engine import ExceptionContext

    from grok2api.storage.sql.address import ServerAddress

Role = Literal["reader", "writer", "ledger"]

OLDEST: Final = 13
_CONNECT_TIMEOUT: Final = 10.0
_STATEMENT_TIMEOUT: Final = 30.0
_RECYCLE: Final = 1800
_SCHEMA_LOCK: Final = 0x67726F6B
"""Any number; it is ours in this database."""

_UNDONE: Final = frozenset({"40001", "40P01", "0A000"})
"""Serialization failure, deadlock, and a statement that was prepared for an older schema."""
_CUT_OFF: Final = frozenset({"57P01", "57P02", "57P03", "08000", "08003", "08006", "25006"})
"""The server ends the connection, shuts down or starts, or it broke, or leads to a former primary."""


@dataclass(frozen=True, slots=True)
class PostgresqlPlace:
    """A database on a PostgreSQL server."""

    address: ServerAddress

    @override
    def __str__(self) -> str:
        """Return what people may read of it."""
        return f"PostgreSQL {self.address}"

    async def prepare(self) -> None:
        """Do nothing: a database is made by whoever owns the server."""

    def check(self, connection: Connection) -> None:
        """Return if the database is new enough, writable and in UTF-8; else raise ConfigError.

        One that can only be read may become the primary in a moment, so that is a `StoreAway`.
        """
        facts = text(
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), "
            "pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on', "
            "current_schema()::text"
        )
        version, encoding, only_reads, schema = connection.execute(facts).one()
        if version // 10_000 < OLDEST:
            raise ConfigError(f"storage: {self} is version {version // 10_000}; {OLDEST} or newer is needed")
        if encoding != "UTF8":
            raise ConfigError(
                f"storage: {self} keeps text as {encoding}; make one in UTF8: {self._creation()}"
            )
        if only_reads:
            raise StoreAway(f"storage: {self} can only be read (a standby?); name the primary server")
        if schema is None:
            raise ConfigError(
                f"storage: {self} has no schema in the user's search_path; make it: CREATE SCHEMA "
                f'AUTHORIZATION "{self.address.user}";'
            )

    def open(self) -> Database:
        """Return the engines of a prepared database."""
        pool = self.address.pool
        return Database(
            reader=open_engine(self.address, "reader", size=pool),
            writer=open_engine(self.address, "writer", size=max(1, pool // 2)),
            ledger=open_engine(self.address, "ledger", size=max(1, pool - pool // 2)),
            judge=judge,
        )

    def open_schema(self, *, changing: bool) -> AsyncEngine:
        """Return an engine of one connection; a change of the schema may take as long as it needs."""
        role: Role = "writer" if changing else "reader"
        return open_engine(self.address, role, statement_timeout=None if changing else _STATEMENT_TIMEOUT)

    def hold_schema(self, connection: Connection) -> None:
        """Take the lock that belongs to the transaction; a pooler may not know any other."""
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})"))

    def explained(self, error: BaseException) -> ConfigError | None:
        """Return what somebody must do; None if the error may pass by itself."""
        state = _state(error)
        if state in {"28P01", "28000"}:
            return ConfigError(
                f"storage: {self} refuses the user {self.address.user!r} with this password, host or TLS; "
                "check DATABASE_URL (sslmode=require turns TLS on) and the server's pg_hba.conf"
            )
        if state == "3D000":
            return ConfigError(f"storage: there is no {self}; make it: {self._creation()}")
        if state in {"42501", "25006"}:
            return ConfigError(
                f"storage: the user {self.address.user!r} may not change {self}; give it the database: "
                f'ALTER DATABASE "{self.address.database}" OWNER TO "{self.address.user}";'
            )
        if state == "53300":
            return StoreAway(
                f"storage: {self} has no connection left; raise the server's max_connections, or lower the "
                "option 'pool' of DATABASE_URL"
            )
        if state.startswith("42"):
            return ConfigError(
                f"storage: {self} holds tables that are not this program's; give it a database of its own"
            )
        return self._unreachable() if isinstance(error, OSError) and not state else None

    def _creation(self) -> str:
        name, user = self.address.database, self.address.user
        return f'CREATE DATABASE "{name}" OWNER "{user}" ENCODING \'UTF8\' TEMPLATE template0;'

    def _unreachable(self) -> StoreAway:
        return StoreAway(
            f"storage: {self} cannot be reached; check that the server runs, that DATABASE_URL names its "
            "host and port, and that TLS is set as it asks (sslmode)"
        )


def open_engine(
    address: ServerAddress,
    role: Role,
    *,
    size: int = 1,
    statement_timeout: float | None = _STATEMENT_TIMEOUT,
) -> AsyncEngine:
    """Return an engine whose connections and transactions suit one role."""
    if find_spec("asyncpg") is None:
        raise ConfigError(
            f"storage.type = 'pgsql' needs a driver that is not installed. Fix: {install_advice('postgres')}."
        )
    arguments: dict[str, Any] = {
        "timeout": _CONNECT_TIMEOUT,
        "command_timeout": statement_timeout,
        "ssl": address.tls or False,
        "server_settings": {"application_name": "grok2api"},
    }
    if not address.statement_cache:
        arguments |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: f"grok2api_{uuid.uuid4().hex}",
        }
    engine = create_async_engine(
        address.url.set(drivername="postgresql+asyncpg"),
        connect_args=arguments,
        isolation_level="REPEATABLE READ" if role == "reader" else "READ COMMITTED",
        execution_options={"postgresql_readonly": role == "reader"},
        pool_size=size,
        max_overflow=0,
        pool_timeout=_STATEMENT_TIMEOUT,
        pool_recycle=_RECYCLE,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "handle_error", _give_up_what_is_cut_off)
    event.listen(engine.sync_engine, "before_cursor_execute", _ask_without_nul, retval=True)
    return engine


def judge(error: BaseException) -> Fault:
    """Return what an error means for its unit of work."""
    state = _state(error)
    if state in _UNDONE:
        return Fault.ROLLED_BACK
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or state in _CUT_OFF or isinstance(error, ConnectionResetError | BrokenPipeError):
        return Fault.CUT_OFF
    return Fault.LASTING


def _state(error: BaseException) -> str:
    """Return the five characters by which the server names an error; empty if it named none."""
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")


def _ask_without_nul(
    _: Connection, __: object, statement: str, parameters: Any, ___: object, many: bool
) -> tuple[str, Any]:
    """Let a text with a NUL be looked for as it is kept: the server takes none, and would break the work off.

    Many rows at once are written only, and were made without.
    """
    if not many and any(value.__class__ is str and "\0" in value for value in parameters):
        parameters = tuple(map(without_nul, parameters))
    return statement, parameters


def _give_up_what_is_cut_off(context: ExceptionContext) -> None:
    """Say so where the driver has only read the server's last words, or none at all for too long."""
    silent = isinstance(context.original_exception, TimeoutError)
    if silent or _state(context.sqlalchemy_exception or context.original_exception) in _CUT_OFF:
        context.is_disconnect = True
