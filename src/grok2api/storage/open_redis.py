"""The door to Redis: its driver is an extra, so it is loaded only when the settings ask for it.

Must never be the reason why another store needs that driver.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from grok2api.config.extras import install_advice
from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grok2api.storage.redis.server import Condition
    from grok2api.storage.stores import Records
    from grok2api.storage.transfer.porter import Porter


async def open_redis_records(url: str, prefix: str, *, auto_upgrade: bool) -> Records:
    """Return the records in a Redis, under a prefix.

    Raises:
        ConfigError: the driver is missing, or Redis cannot keep the records, or they are not up to date.
        StorageError: Redis does not answer.
    """
    with _driver():
        from grok2api.storage.redis import link, opening  # noqa: PLC0415
    return await opening.open_redis(link.Place(url, prefix), auto_upgrade=auto_upgrade)


async def open_redis_porter(url: str, prefix: str, *, upgrading: bool) -> Porter:
    """Return a Redis to copy from or to; errors as for `open_redis_records`."""
    with _driver():
        from grok2api.storage.redis import link, opening  # noqa: PLC0415
    return await opening.open_redis_porter(link.Place(url, prefix), upgrading=upgrading)


async def upgrade_redis_records(url: str, prefix: str) -> None:
    """Bring the records in a Redis to this version's schema; errors as for `open_redis_records`."""
    with _driver():
        from grok2api.storage.redis import link, opening  # noqa: PLC0415
    await opening.upgrade_redis(link.Place(url, prefix))


async def examine_redis_records(url: str, prefix: str) -> Condition:
    """Look at a Redis without changing it; errors as for `open_redis_records`."""
    with _driver():
        from grok2api.storage.redis import link, opening  # noqa: PLC0415
    return await opening.examine_redis(link.Place(url, prefix))


@contextmanager
def _driver() -> Iterator[None]:
    """Say how to get the driver if it is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "redis":
            raise
        raise ConfigError(
            f"storage.type = 'redis' needs the driver of Redis. Fix: {install_advice('redis')}."
        ) from None
