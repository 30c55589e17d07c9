"""The connection to Redis. Must never put its address into an error: it may hold a password."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from grok2api.errors import ConfigError

_CONNECTIONS = 8
_LONGEST = 5.0
"""Seconds after which a connection is given up in any case."""
_CHECK_SECONDS = 5
"""How long a connection may be silent before it is asked whether it lives."""


def open_client(url: str) -> Redis:
    """Return a client that connects when it is first used. Whoever asks limits the time, not the client.

    Args:
        url: `redis://…` or `rediss://…`, password and number of the database included.

    Raises:
        ConfigError: the address cannot be used.
    """
    try:
        return Redis.from_url(
            url,
            max_connections=_CONNECTIONS,
            socket_timeout=_LONGEST,
            socket_connect_timeout=_LONGEST,
            retry=Retry(NoBackoff(), 1),  # a kept connection may have died since; a new one is made at once
            health_check_interval=_CHECK_SECONDS,
        )
    except (ValueError, RedisError) as error:
        shown = f"{urlsplit(url).scheme}://…"
        raise ConfigError(
            f"storage.redis_url = {shown}: it cannot be used ({type(error).__name__}). "
            "Fix: write it as redis://:password@host:6379/0."
        ) from None


async def trouble_with(url: str, *, seconds: float) -> str:
    """Return why Redis does not answer, without its address; empty if it does.

    Raises:
        ConfigError: the address cannot be used.
    """
    async with open_client(url) as client:
        try:
            async with asyncio.timeout(seconds):
                await client.ping()
        except TimeoutError:
            return f"no answer within {seconds:g} s"
        except (RedisError, OSError) as error:
            return f"{type(error).__name__}: {error}"
    return ""
