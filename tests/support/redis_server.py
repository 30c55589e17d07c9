"""The Redis that tests use, if there is one: on the standard port of this machine, or at TEST_REDIS_URL.

Every test works under a prefix of its own and removes what it left, so that several may run at once.
"""

from __future__ import annotations

import os
from secrets import token_hex
from urllib.parse import urlsplit

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

_STANDARD = "redis://127.0.0.1:6379/0"
_AT_ONCE = 1000


def redis_url() -> str:
    """Return where Redis is; without one the test is skipped, and fails where CI is set."""
    url = os.environ.get("TEST_REDIS_URL", _STANDARD)
    try:
        with BlockingRedis.from_url(url, socket_connect_timeout=2) as client:
            client.ping()
    except (RedisError, OSError) as error:
        where = urlsplit(url)
        said = f"no Redis at {where.hostname}:{where.port} ({type(error).__name__}); set TEST_REDIS_URL"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    return url


def own_prefix() -> str:
    """Return a prefix that no other test has."""
    return f"grok2api-test:{{{token_hex(6)}}}"


async def forget(url: str, prefix: str) -> None:
    """Remove everything under a prefix."""
    async with Redis.from_url(url) as client:
        keys = [key async for key in client.scan_iter(f"{prefix}*", count=_AT_ONCE)]
        if keys:
            await client.delete(*keys)
