"""MySQL and MariaDB: one database for any number of workers and hosts.

Only what MySQL 8 and MariaDB share is used, and text is compared byte by byte. Readers see one state for the
length of a unit of work; writers see what was committed before each statement, and lock only the rows they
find. Both servers end a transaction at every change of the schema: see `migrations.steps`.
Must never let a server's own words out: they may hold a row's values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from typing_extensions import override

from grok2api.config.extras import install_advice
from grok2api.errors import ConfigError, StorageError, StoreAway
from grok2api.storage.sql.engine import UNAVAILABLE, Database, Fault

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from grok2api.storage.sql.address import ServerAddress

Role = Literal["reader", "writer", "ledger"]

OLDEST_MYSQL: Final = (8, 0)
OLDEST_MARIADB: Final = (10, 6)
_CONNECT_TIMEOUT: Final = 10
_STATEMENT_TIMEOUT: Final = 30
_LOCK_TIMEOUT: Final = 10
_RECYCLE: Final = 1800
_SCHEMA_PATIENCE: Final = 600
_SQL_MODE: Final = "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
"""Set on each connection: a server's own mode may cut long texts, or change what a backslash means."""

_UNDONE: Final = frozenset({1020, 1213, 1317, 3101})
"""Changed since it was read, deadlock, statement killed, conflict within a cluster."""
_CUT_OFF: Final = frozenset(
    {1053, 1152, 1158, 1159, 1160, 1161, 1290, 1836, 1927, 2006, 2013, 2014, 2045, 2055, 4031}
)
"""The server shuts down, the connection was killed, timed out or broke, or leads to a primary of old."""
_REFUSED: Final = frozenset({1045, 1698})
_NO_DATABASE: Final = frozenset({1044, 1049})
_NO_RIGHT: Final = frozenset({1142, 1143, 1227, 1290, 1370, 1410, 1792, 1836})
_NO_CONNECTION: Final = frozenset({1040, 1203, 1226})
_FOREIGN_TABLES: Final = frozenset({1050, 1054, 1060, 1061, 1146})


@dataclass(frozen=True, slots=True)
class MysqlPlace:
    """A database on a MySQL or MariaDB server."""

    address: ServerAddress

    @override
    def __str__(self) -> str:
        """Return what people may read of it."""
        return f"MySQL {self.address}"

    async def prepare(self) -> None:
        """Do nothing: a database is made by whoever owns the server."""

    def check(self, connection: Connection) -> None:
        """Return if the database is new enough, writable and in utf8mb4; else raise ConfigError."""
        facts = text(
            "SELECT version(), @@read_only, default_character_set_name "
            "FROM information_schema.schemata WHERE schema_name = database()"
        )
        version, only_reads, charset = connection.execute(facts).one()
        maria = "mariadb" in version.lower()
        product, oldest = ("MariaDB", OLDEST_MARIADB) if maria else ("MySQL", OLDEST_MYSQL)
        found = tuple(int(each) for each in re.findall(r"\d+", version)[:2])
        if found < oldest:
            needed = ".".join(map(str, oldest))
            raise ConfigError(
                f"storage: {self} is {product} {version}; {product} {needed} or newer is needed"
            )
        if charset != "utf8mb4":
            raise ConfigError(
                f"storage: {self} keeps text as {charset}; change it: ALTER DATABASE "
                f"`{self.address.database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"
            )
        if only_reads:
            raise ConfigError(f"storage: {self} can only be read (a replica?); name the primary server")

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
        """Take a lock that outlives the transactions which a change of the schema ends."""
        name = "grok2api/" + sha256(self.address.database.encode()).hexdigest()[:32]
        taken = connection.execute(
            text("SELECT get_lock(:name, :patience)"), {"name": name, "patience": _SCHEMA_PATIENCE}
        )
        if taken.scalar_one() != 1:
            raise StorageError(UNAVAILABLE)

    def explained(self, error: BaseException) -> ConfigError | None:
        """Return what somebody must do; None if the error may pass by itself."""
        code, name, user = _code(error), self.address.database, self.address.user
        grant = f"GRANT ALL ON `{name}`.* TO '{user}'@'%';"
        if code in _REFUSED:
            return ConfigError(
                f"storage: {self} refuses the user {user!r} with this password, from this host or without "
                "TLS; check DATABASE_URL (sslmode=require turns TLS on) and the user's rights"
            )
        if code in _NO_DATABASE:
            return ConfigError(
                f"storage: there is no {self}, or the user {user!r} may not use it; make it: CREATE DATABASE "
                f"`{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; {grant}"
            )
        if code in _NO_RIGHT:
            return ConfigError(f"storage: the user {user!r} may not change {self}; let it: {grant}")
        if code in _NO_CONNECTION:
            return StoreAway(
                f"storage: {self} has no connection left; raise the server's max_connections, or lower the "
                "option 'pool' of DATABASE_URL"
            )
        if code in _FOREIGN_TABLES:
            return ConfigError(
                f"storage: {self} holds tables that are not this program's; give it a database of its own"
            )
        return (
            self._unreachable() if code == _UNREACHABLE or (isinstance(error, OSError) and not code) else None
        )

    def _unreachable(self) -> StoreAway:
        return StoreAway(
            f"storage: {self} cannot be reached; check that the server runs, that DATABASE_URL names its "
            "host and port, and that TLS is set as it asks (sslmode)"
        )


_UNREACHABLE: Final = 2003


def open_engine(
    address: ServerAddress,
    role: Role,
    *,
    size: int = 1,
    statement_timeout: int | None = _STATEMENT_TIMEOUT,
) -> AsyncEngine:
    """Return an engine whose connections and transactions suit one role."""
    if find_spec("asyncmy") is None:
        raise ConfigError(
            f"storage.type = 'mysql' needs a driver that is not installed. Fix: {install_advice('mysql')}."
        )
    arguments: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": _CONNECT_TIMEOUT,
        "read_timeout": statement_timeout,
        "sql_mode": _SQL_MODE,
        "password": (address.url.password or "").encode(),
    }
    if address.tls is not None:
        arguments["ssl"] = address.tls
    engine = create_async_engine(
        address.url.set(drivername="mysql+asyncmy"),
        connect_args=arguments,
        isolation_level="REPEATABLE READ" if role == "reader" else "READ COMMITTED",
        pool_size=size,
        max_overflow=0,
        pool_timeout=_STATEMENT_TIMEOUT,
        pool_recycle=_RECYCLE,
        hide_parameters=True,
    )
    settings = [f"SET SESSION innodb_lock_wait_timeout = {_LOCK_TIMEOUT}"]
    if role == "reader":
        settings.append("SET SESSION TRANSACTION READ ONLY")

    def on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for statement in settings:
            cursor.execute(statement)
        cursor.close()

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "handle_error", _give_up_what_is_cut_off)
    return engine


def judge(error: BaseException) -> Fault:
    """Return what an error means for its unit of work."""
    code = _code(error)
    if code in _UNDONE:
        return Fault.ROLLED_BACK
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or code in _CUT_OFF or isinstance(error, ConnectionResetError | BrokenPipeError):
        return Fault.CUT_OFF
    return Fault.LASTING


def _code(error: BaseException) -> int:
    """Return the number by which the server or the driver names an error; 0 if it named none."""
    arguments = getattr(error, "orig", error).args
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0


def _give_up_what_is_cut_off(context: ExceptionContext) -> None:
    """Say so where the server's last words are none that SQLAlchemy knows."""
    if _code(context.original_exception) in _CUT_OFF:
        context.is_disconnect = True
