"""Notices from Redis, on a connection of their own that comes back by itself.

Whoever listens is told when some may have been missed. Must never end because Redis does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from grok2api.storage.state import GAP, Notice

_LOOK_SECONDS: Final = 5.0
"""How long it may be silent before it is asked whether it lives."""
_SILENT_LOOKS: Final = 2
_PAUSE: Final = 0.5
_AWAY: Final = (RedisError, OSError, TimeoutError, RuntimeError)
"""The last of them is what uvloop says of a connection that is closed already."""


async def listen(client: Redis, prefix: str, topics: Sequence[str]) -> AsyncGenerator[Notice, None]:
    """Yield what is told on the channels `prefix` + topic."""
    channels = {f"{prefix}{topic}".encode(): topic for topic in topics}
    while True:
        pubsub, joined = client.pubsub(), False
        try:
            await pubsub.subscribe(*channels)
            async for message in _messages(pubsub, len(channels)):
                if message is None:
                    joined = True
                    yield Notice(GAP, b"")
                else:
                    yield Notice(channels[message["channel"]], message["data"])
        except _AWAY:
            if joined:
                yield Notice(GAP, b"")
            await asyncio.sleep(_PAUSE)
        finally:
            with suppress(*_AWAY):
                await pubsub.aclose()  # type: ignore[no-untyped-call]


async def _messages(pubsub: PubSub, channels: int) -> AsyncGenerator[dict[str, Any] | None, None]:
    """Yield None once all channels are joined, then messages, until the connection is found dead."""
    joined = silent = 0
    while silent < _SILENT_LOOKS:
        message = await pubsub.get_message(timeout=_LOOK_SECONDS)
        if message is None:
            silent += 1
            await pubsub.ping()
            continue
        silent = 0
        if message["type"] == "subscribe":
            joined += 1
            if joined % channels == 0:
                yield None
        elif message["type"] == "message":
            yield message
