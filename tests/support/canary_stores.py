"""Stores whose every row can be read as somebody with a copy reads it, and that can be put out of order.

A database has a login of its own with a password, and so has Redis; both are canaries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from redis import Redis
from sqlalchemy import Connection, inspect

from support.database_servers import Kind, TestDatabase, database_of_its_own, run
from support.redis_server import RedisServer

Store = Literal["pgsql", "mysql", "redis"]
STORES: tuple[Store, ...] = ("pgsql", "mysql", "redis")


_HIDDEN = ("usage_records", "runs", "request_contents", "client_keys", "admin_sessions")
"""Without these tables nothing is served but what a worker knows already."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A store that a gateway stands on.

    Attributes:
        environment: The settings that lead to it.
        dump: Returns all that is in it, by table or kind.
        disturb: Makes whatever asks for the rows of requests, keys and runs fail.
        mend: Ends that.
    """

    environment: dict[str, str]
    dump: Callable[[], dict[str, bytes]]
    disturb: Callable[[], None]
    mend: Callable[[], None]


@contextmanager
def standing(store: Store, directory: Path, password: str) -> Iterator[Standing]:
    """Give an empty store for as long as the block runs."""
    with ExitStack() as stack:
        if store == "redis":
            yield stack.enter_context(_redis(directory, password))
        else:
            yield stack.enter_context(_database(store, password))


@contextmanager
def _database(kind: Kind, password: str) -> Iterator[Standing]:
    with database_of_its_own(kind, password) as (database, url):
        yield Standing(
            {"DATABASE_URL": url},
            lambda: run(lambda: database.inspect(_rows)),
            lambda: _rename(database, "{0}", "{0}_away"),
            lambda: _rename(database, "{0}_away", "{0}"),
        )


def _rename(database: TestDatabase, old: str, new: str) -> None:
    for table in _HIDDEN:
        statement = f"ALTER TABLE {old.format(table)} RENAME TO {new.format(table)}"
        run(lambda statement=statement: database.execute(statement))  # type: ignore[misc]


def _rows(connection: Connection) -> dict[str, bytes]:
    """Return all values of all columns, by table."""
    found = {}
    for table in inspect(connection).get_table_names():
        rows = connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608  the schema names it
        found[table] = b"\n".join(_bytes(value) for row in rows for value in row)
    return found


def _bytes(value: object) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    return str(value).encode("utf-8", "surrogatepass")


@contextmanager
def _redis(directory: Path, password: str) -> Iterator[Standing]:
    """Give a Redis that keeps all that it was ever told in a file; that file is evidence too."""
    server = RedisServer(directory / "redis", ("--appendonly", "yes"))
    server.start()
    try:
        server.command("CONFIG", "SET", "requirepass", password)
        url = f"redis://:{quote(password, safe='')}@127.0.0.1:{server.port}/0"
        with Redis(port=server.port, password=password) as client:
            yield Standing(
                {"SERVER_STORAGE_TYPE": "redis", "REDIS_URL": url},
                lambda: _values(client),
                lambda: _put_aside(client),
                lambda: _put_back(client),
            )
    finally:
        server.stop()


_ASIDE = b"put aside:"


def _put_aside(client: Any) -> None:
    """Let every record be something else than what is looked for."""
    for key in list(client.scan_iter(count=1000)):
        if client.type(key) in {b"hash", b"zset"}:
            client.rename(key, _ASIDE + key)
            client.set(key, "nothing of that kind")


def _put_back(client: Any) -> None:
    for key in list(client.scan_iter(match=_ASIDE + b"*", count=1000)):
        client.rename(key, key.removeprefix(_ASIDE))


def _values(client: Any) -> dict[str, bytes]:
    """Return all keys with their values, by the kind that Redis calls them."""
    found: dict[str, bytes] = {}
    for key in client.scan_iter(count=1000):
        kind = client.type(key).decode()
        found[kind] = b"\n".join((found.get(kind, b""), key, *_of(client, kind, key)))
    return found


def _of(client: Any, kind: str, key: bytes) -> list[bytes]:
    if kind == "string":
        return [client.get(key) or b""]
    if kind == "hash":
        return [each for pair in client.hgetall(key).items() for each in pair]
    if kind == "zset":
        return [member for member, _ in client.zrange(key, 0, -1, withscores=True)]
    if kind == "set":
        return list(client.smembers(key))
    assert kind == "list", f"{key!r} is a {kind}"
    return list(client.lrange(key, 0, -1))
