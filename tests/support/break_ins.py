"""A store in the hands of somebody who may write to it, and knows how it is made: any kind of store.

Secrets lie there sealed; this moves them from row to row, changes them, and tells all that is there.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from redis import Redis
from sqlalchemy import Connection, inspect

from support.database_servers import TestDatabase, run
from support.fleet import Ground

_SELECT = "SELECT id, secret FROM credentials ORDER BY id"
_UPDATE = (
    "UPDATE credentials SET secret = :secret, revision = (SELECT value + 1 FROM revision_counter) "
    "WHERE id = :id"
)
_NEXT = "UPDATE revision_counter SET value = value + 1"
_FOR_GOOD = -1
"""What Redis says of a key that does not expire."""


def secrets_in(ground: Ground) -> dict[str, str]:
    """Return the sealed secret of each credential, as it lies in the store."""
    if ground.kind == "redis":
        with _redis(ground) as client:
            names = client.scan_iter(match=f"{ground.prefix}credential:*", count=1000)
            found = {name.rpartition(":")[2]: client.hget(name, "secret") or "" for name in names}
        return dict(sorted(found.items()))
    return dict(_executed(ground, _SELECT))


def put_secrets(ground: Ground, secrets: Mapping[str, str]) -> None:
    """Put other sealed secrets into the rows, each as a change that the workers hear of."""
    for identifier, secret in secrets.items():
        if ground.kind == "redis":
            with _redis(ground) as client:
                _put_in_redis(client, ground.prefix, identifier, secret)
        else:
            _executed(ground, _UPDATE, id=identifier, secret=secret)
            _executed(ground, _NEXT)


def content_of(ground: Ground) -> dict[str, str]:
    """Return all that is in the store, by table or key; what Redis forgets by itself is left out."""
    if ground.kind == "local":
        with _sqlite(ground) as database:
            return {"everything": "\n".join(database.iterdump())}
    if ground.kind == "redis":
        with _raw_redis(ground) as client:
            names = sorted(client.scan_iter(match=f"{ground.prefix}*", count=1000))
            kept = [name for name in names if client.ttl(name) == _FOR_GOOD]
            return {name.decode(): repr(client.dump(name)) for name in kept}
    return run(lambda: TestDatabase(_kind(ground), ground.url).inspect(_tables))


def _put_in_redis(client: Any, prefix: str, identifier: str, secret: str) -> None:
    row, index = f"{prefix}credential:{identifier}", f"{prefix}credentials:revisions"
    before, revision = client.hget(row, "revision"), client.incr(f"{prefix}revision")
    with client.pipeline(transaction=True) as changes:
        changes.hset(row, mapping={"secret": secret, "revision": str(revision)})
        changes.zrem(index, _place(before) + identifier)
        changes.zadd(index, {_place(revision) + identifier: 0})
        changes.execute()


def _place(revision: str | int) -> str:
    """Return what a member of the index begins with: the number, so that members sort by it."""
    return struct.pack(">d", float(revision)).hex()


def _executed(ground: Ground, statement: str, **parameters: str) -> list[Any]:
    if ground.kind == "local":
        with _sqlite(ground) as database, database:
            return database.execute(statement, parameters).fetchall()
    kind = _kind(ground)
    return run(lambda: TestDatabase(kind, ground.url).execute(statement, **parameters))


def _tables(connection: Connection) -> dict[str, str]:
    names = inspect(connection).get_table_names()
    return {
        name: "\n".join(sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {name}"))))  # noqa: S608
        for name in names
    }


def _kind(ground: Ground) -> Any:
    return ground.kind


def _sqlite(ground: Ground) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(ground.url.removeprefix("sqlite:///"), timeout=30))


def _redis(ground: Ground) -> Any:
    return Redis.from_url(ground.redis, decode_responses=True)


def _raw_redis(ground: Ground) -> Any:
    return Redis.from_url(ground.redis)
