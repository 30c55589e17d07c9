"""The connection to one Redis, and the only place where a driver's error becomes ours.

What must be exact is one script, which Redis runs alone. A write is carried through even if nobody waits for
it any more, and is never repeated: when its answer is lost, nobody knows whether it was done. A read is
repeated. Must never be used with Redis Cluster: a script finds its keys by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from grok2api.errors import StorageError
from grok2api.kit.finishing import finished
from grok2api.storage.redis.failures import UNAVAILABLE, is_passing, may_be_told, storage_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Result = TypeVar("Result")

_ADDRESS: Final = frozenset({"host", "port", "db", "username", "password", "connection_class"})
_SCRIPTS: Final = Path(__file__).parent / "scripts"
_COMMON: Final = "rows"
_BEHIND: Final = {"contents": "sealed_rows", "transcripts": "sealed_rows"}
"""What stands behind a script that says only what its rows are."""
_CONNECTIONS: Final = 32
_CONNECT_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 5.0
_PAUSES: Final = (0.05, 0.25)
"""Seconds before each further try of a read."""
CHUNK: Final = 500
"""Rows that are read at once: few enough for the event loop to get its turn in between."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where records lie in Redis.

    Attributes:
        url: `redis://` or `rediss://`, with the password.
        prefix: What the name of every key begins with.
    """

    url: str = field(repr=False)
    prefix: str

    @property
    def shown(self) -> str:
        """The address without the password, for people."""
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        host = f"[{host}]" if ":" in host else host
        return f"{host}:{parts.port or 6379}{parts.path}"


class Script:
    """One file of Lua behind what all of them share."""

    __slots__ = ("digest", "text")

    def __init__(self, name: str) -> None:
        names = [_COMMON, name, *filter(None, [_BEHIND.get(name)])]
        parts = [(_SCRIPTS / f"{part}.lua").read_text(encoding="utf-8") for part in names]
        self.text = "\n".join(parts)
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Link:
    """One Redis, and the keys under one prefix.

    Args:
        place: Where.
        answer_seconds: For how long an answer is waited for.

    Raises:
        ValueError: the address is none.
    """

    def __init__(self, place: Place, *, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self.place = place
        self.prefix = place.prefix
        never = Retry(NoBackoff(), 0)
        self._client = Redis(
            connection_pool=BlockingConnectionPool(
                **_address(place.url),
                max_connections=_CONNECTIONS,
                timeout=answer_seconds,
                socket_timeout=answer_seconds,
                socket_connect_timeout=min(_CONNECT_SECONDS, answer_seconds),
                protocol=2,
                retry=never,
                client_name="grok2api",
            )
        )
        self._client.response_callbacks.clear()  # answers as Redis gives them
        self._scripts: dict[str, Script] = {}
        self._closed = False

    def key(self, name: str) -> str:
        """Return the whole name of a key."""
        return self.prefix + name

    async def write(self, script: str, verb: str, **given: object) -> Any:
        """Run a verb of a script that changes something, once, to its end."""
        return await self._guarded(lambda: finished(self._run(script, verb, given)))

    async def ask(self, script: str, verb: str, **given: object) -> Any:
        """Run a verb of a script that changes nothing."""
        return await self._repeated(lambda: self._run(script, verb, given))

    async def change(self, *commands: tuple[str | int | float, ...]) -> list[Any]:
        """Run some commands as one transaction, once, to its end; return their answers."""
        return await self._guarded(lambda: finished(self._together(commands)))

    async def get(self, *command: str | int) -> Any:
        """Run one command that changes nothing; return its answer."""
        return await self._repeated(lambda: self._send(*command))

    async def hashes(
        self, keys: Sequence[str], made: Callable[[Sequence[bytes]], Result]
    ) -> tuple[Result, ...]:
        """Return what `made` makes of names and values by turns of each hash; those gone are left out."""
        found: list[Result] = []
        for start in range(0, len(keys), CHUNK):
            commands = [("HGETALL", key) for key in keys[start : start + CHUNK]]
            answers = await self._repeated(partial(self._each, commands))
            found.extend(made(each) for each in answers if each)
            await asyncio.sleep(0)
        return tuple(found)

    async def columns(self, keys: Sequence[str], names: Sequence[str]) -> list[Sequence[bytes | None]]:
        """Return some fields of each hash, all None of one that is gone."""
        found: list[Sequence[bytes | None]] = []
        for start in range(0, len(keys), CHUNK):
            commands = [("HMGET", key, *names) for key in keys[start : start + CHUNK]]
            found.extend(await self._repeated(partial(self._each, commands)))
            await asyncio.sleep(0)
        return found

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        await self._client.aclose()
        await self._client.connection_pool.disconnect()

    async def _run(self, name: str, verb: str, given: dict[str, object]) -> Any:
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = Script(name)
        arguments = (0, self.prefix, verb, msgspec.msgpack.encode(given))
        try:
            return await self._send("EVALSHA", script.digest, *arguments)
        except NoScriptError:
            return await self._send("EVAL", script.text, *arguments)

    async def _send(self, *words: str | int | bytes) -> Any:
        send: Callable[..., Awaitable[Any]] = self._client.execute_command
        return await send(*words)

    async def _together(self, commands: Sequence[tuple[str | int | float, ...]]) -> list[Any]:
        return await self._piped(commands, transaction=True)

    async def _each(self, commands: Sequence[tuple[str | int | float, ...]]) -> list[Any]:
        return await self._piped(commands, transaction=False)

    async def _piped(
        self, commands: Sequence[tuple[str | int | float, ...]], *, transaction: bool
    ) -> list[Any]:
        async with self._client.pipeline(transaction=transaction) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            return await pipe.execute()

    async def _repeated(self, work: Callable[[], Awaitable[Result]]) -> Result:
        for pause in _PAUSES:
            try:
                return await self._guarded(work)
            except StorageError as error:
                if self._closed or not is_passing(error):
                    raise
            await asyncio.sleep(pause)
        return await self._guarded(work)

    async def _guarded(self, work: Callable[[], Awaitable[Result]]) -> Result:
        if self._closed:
            raise StorageError(UNAVAILABLE)
        try:
            return await work()
        except (RedisError, OSError, TimeoutError) as error:
            raise storage_error(error) from (error if may_be_told(error) else None)


def _address(url: str) -> dict[str, Any]:
    """Return what the driver is to connect to; how it does that is not the address's business."""
    parts: dict[str, Any] = dict(parse_url(url))
    unknown = [name for name in parts if name not in _ADDRESS and not name.startswith("ssl_")]
    if unknown:
        raise ValueError(f"an address of Redis has no {unknown[0]}")
    return parts
