"""From the address to the records: is a Redis there that can keep them, and are its keys this version's?

Must never show the password that an address holds.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from redis.exceptions import RedisError

from grok2api.errors import ConfigError, StorageError
from grok2api.storage.redis.failures import is_passing
from grok2api.storage.redis.link import Link, Place
from grok2api.storage.redis.porter import RedisPorter
from grok2api.storage.redis.records import RedisRecords
from grok2api.storage.redis.schema import VERSION, present_version, upgrade
from grok2api.storage.redis.server import Condition, Server, read_server, remarks

if TYPE_CHECKING:
    from collections.abc import Iterator

_OLD: Final = "database: its schema is not this version's; run `grok2api db upgrade`"


async def open_redis(place: Place, *, auto_upgrade: bool = True) -> RedisRecords:
    """Return the records of a Redis, with this version's keys.

    Raises:
        ConfigError: it cannot keep records, or a newer version wrote them, or they are not up to date.
        StorageError: it does not answer.
    """
    link = open_link(place)
    try:
        await _ready(link, auto_upgrade=auto_upgrade)
    except BaseException:
        await link.close()
        raise
    return RedisRecords(link)


async def upgrade_redis(place: Place) -> None:
    """Bring the keys of a Redis to this version's schema; errors as for `open_redis`."""
    await (await open_redis(place)).close()


async def open_redis_porter(place: Place, *, upgrading: bool) -> RedisPorter:
    """Return a Redis to copy from or to; one that is not to be upgraded is not changed at all.

    Raises:
        ConfigError: as for `open_redis`.
        StorageError: it does not answer.
    """
    link = open_link(place)
    try:
        await _usable(link)
        with _explained(place):
            if upgrading:
                await upgrade(link)
            elif await present_version(link) != VERSION:
                raise ConfigError(_OLD)
    except BaseException:
        await link.close()
        raise
    return RedisPorter(link)


async def examine_redis(place: Place) -> Condition:
    """Look at a Redis without changing it; errors as for `open_redis`."""
    link = open_link(place)
    try:
        server = await _usable(link)
        version = await present_version(link)
    finally:
        await link.close()
    return Condition(place.shown, version > 0, version == VERSION, tuple(remarks(server)))


def open_link(place: Place) -> Link:
    """Return the connection to a Redis, which is not used yet; ConfigError if the address is none."""
    try:
        return Link(place)
    except (RedisError, ValueError):
        raise ConfigError(
            "storage.redis_url (REDIS_URL) is no address of Redis; write it as redis://:password@host:6379/0"
        ) from None


async def _ready(link: Link, *, auto_upgrade: bool) -> None:
    await _usable(link)
    with _explained(link.place):
        if auto_upgrade:
            await upgrade(link)
        elif await present_version(link) != VERSION:
            raise ConfigError(_OLD)
        await link.write("changes", "notice")


async def _usable(link: Link) -> Server:
    """Return what Redis is, if it can keep records."""
    with _explained(link.place):
        server = await read_server(link)
    if server.is_cluster:
        raise ConfigError(
            f"storage: Redis at {link.place.shown} is a cluster, which cannot keep the records; let "
            "REDIS_URL name a single Redis"
        )
    if server.is_replica:
        raise ConfigError(
            f"storage: Redis at {link.place.shown} is a replica and takes no changes; let REDIS_URL name its "
            "primary"
        )
    return server


@contextmanager
def _explained(place: Place) -> Iterator[None]:
    """Say with which Redis something is amiss, and tell what passes by itself from what does not."""
    try:
        yield
    except StorageError as error:
        if is_passing(error):
            raise StorageError(
                f"Redis at {place.shown} does not answer or is still loading; start it, or correct REDIS_URL "
                "or REDIS_HOST."
            ) from error
        raise ConfigError(f"storage: Redis at {place.shown}: {error.public_message}") from error
