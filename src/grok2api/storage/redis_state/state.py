"""Shared state in Redis: the words of the protocol, as scripts and commands.

Time is the server's, so hosts whose clocks differ agree. Names carry the fleet's prefix, so that several
fleets may share one Redis. Must never be asked for what has to survive a crash.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final, cast

from redis.asyncio import Redis

from grok2api.storage.rates import verdict
from grok2api.storage.redis_state.client import open_client
from grok2api.storage.redis_state.line import Line, Word
from grok2api.storage.redis_state.notices import listen
from grok2api.storage.redis_state.scripts import Scripts
from grok2api.storage.state import (
    FREED,
    Fleet,
    Grant,
    Notice,
    Rate,
    Receipt,
    StateAway,
    Verdict,
)

_MILLISECONDS: Final = 1000
_MOST_LOST: Final = 100_000
_GOODBYE: Final = 1.0


def _nothing(_reply: object) -> None:
    """Take what came of a command that nobody asks about."""


class RedisState:
    """Shared state in Redis; see `SharedState`. Made by `open_redis_state`."""

    def __init__(self, line: Line, scripts: Scripts, client: Redis, prefix: str) -> None:
        self._line = line
        self._scripts = scripts
        self._client = client
        self._prefix = prefix
        self._lost: dict[str, set[str]] = defaultdict(set)
        """Leases that were given back without Redis knowing, by slot."""

    @property
    def away(self) -> bool:
        """Whether Redis has not answered of late."""
        return self._line.away

    async def acquire(self, slot: str, lease: str, *, limit: int, ttl: float) -> Grant:
        """Take a place of a slot."""
        keys = (self._key("slot", slot), self._key("refused", slot))
        ok, taken = _integers(await self._run("acquire", keys, lease, limit, _ms(ttl)))
        return Grant(ok == 1, taken)

    def release(self, slot: str, lease: str) -> None:
        """Give a place back."""
        keys = (self._key("slot", slot), self._key("refused", slot))
        words = self._call("release", keys, lease, self._channel(FREED), slot)
        self._line.tell(*words, done=partial(self._released, slot, lease))

    async def renew(
        self, worker: str, leases: Mapping[str, Collection[str]], *, slots: Collection[str] = (), ttl: float
    ) -> Fleet:
        """Say that a worker lives, what it holds, and what it gave back while Redis was away."""
        lost = {slot: tuple(ended) for slot, ended in self._lost.items()}
        names = tuple(dict.fromkeys((*leases, *slots, *lost)))
        words: list[Word] = [worker, _ms(ttl)]
        for slot in names:
            held, ended = leases.get(slot, ()), lost.get(slot, ())
            words += [len(held), len(ended), *held, *ended]
        keys = (self._key("workers"), *(self._key("slot", slot) for slot in names))
        workers, taken = cast(
            tuple[list[bytes], list[int]], await self._run("renew", keys, *words, knocks=True)
        )
        for slot, ended in lost.items():
            self._lost[slot].difference_update(ended)
            if not self._lost[slot]:
                del self._lost[slot]
        return Fleet(tuple(sorted(each.decode() for each in workers)), dict(zip(names, taken, strict=True)))

    async def leave(self, worker: str) -> None:
        """Say that a worker has ended."""
        await self._line.ask("ZREM", self._key("workers"), worker)

    async def count(self, slot: str) -> int:
        """Return how many places of a slot are taken."""
        clock = _integers(await self._line.ask("TIME"))
        now = clock[0] * _MILLISECONDS + clock[1] // _MILLISECONDS
        return cast(int, await self._line.ask("ZCOUNT", self._key("slot", slot), f"({now}", "+inf"))

    async def spend(self, name: str, rate: Rate, cost: int = 1) -> Verdict:
        """Spend units of a rate."""
        keys = (self._key("rate", name),)
        reply = await self._run("spend", keys, rate.unit * cost, rate.depth)
        now, wait, ahead, began, mark = _integers(reply)
        receipt = None if wait else Receipt(began, mark)
        return verdict(rate, cost, now, wait=wait, ahead=ahead, receipt=receipt)

    def correct(self, name: str, rate: Rate, receipt: Receipt, *, cost: int, true: int) -> None:
        """Put right what was spent."""
        more = (true - cost) * rate.unit
        keys = (self._key("rate", name),)
        self._line.tell(*self._call("correct", keys, more, receipt.began, receipt.mark), done=_nothing)

    async def add(self, name: str, amount: int, *, ttl: float) -> int:
        """Add to a counter."""
        return cast(int, await self._run("add", (self._key("counter", name),), amount, _ms(ttl)))

    async def pin(self, name: str, value: str, *, ttl: float) -> str:
        """Return what a name is pinned to from now on."""
        kept = await self._run("pin", (self._key("pin", name),), value, _ms(ttl))
        return cast(bytes, kept).decode()

    async def pinned(self, name: str) -> str | None:
        """Return what a name is pinned to."""
        kept = cast(bytes | None, await self._line.ask("GET", self._key("pin", name)))
        return None if kept is None else kept.decode()

    async def unpin(self, name: str) -> None:
        """Forget a pin."""
        await self._line.ask("DEL", self._key("pin", name))

    def publish(self, topic: str, payload: bytes) -> None:
        """Tell everybody who listens."""
        self._line.tell("PUBLISH", self._channel(topic), payload, done=_nothing)

    def listen(self, *topics: str) -> AsyncGenerator[Notice, None]:
        """Yield what is told of these topics from now on."""
        return listen(self._client, self._channel(""), topics)

    def _released(self, slot: str, lease: str, reply: object) -> None:
        """Remember a place that could not be given back, until a renewal says so."""
        if isinstance(reply, StateAway) and sum(map(len, self._lost.values())) < _MOST_LOST:
            self._lost[slot].add(lease)

    def _key(self, kind: str, name: str = "") -> str:
        return f"{self._prefix}:{kind}:{name}" if name else f"{self._prefix}:{kind}"

    def _channel(self, topic: str) -> str:
        return f"{self._prefix}:notice:{topic}"

    def _call(self, script: str, keys: tuple[str, ...], *words: Word) -> tuple[Word, ...]:
        return ("EVALSHA", self._scripts.hash(script), len(keys), *keys, *words)

    async def _run(self, script: str, keys: tuple[str, ...], *words: Word, knocks: bool = False) -> object:
        return await self._line.ask(*self._call(script, keys, *words), knocks=knocks)


@asynccontextmanager
async def open_redis_state(url: str, *, prefix: str, timeout: float) -> AsyncIterator[RedisState]:
    """Give shared state in Redis for as long as the block runs; whether Redis is there turns out with use.

    Args:
        url: Where Redis is.
        prefix: What every name begins with; one fleet has one.
        timeout: Seconds after which Redis counts as away.

    Raises:
        ConfigError: the address cannot be used.
    """
    client, scripts = open_client(url), Scripts()
    line = Line(client, scripts, timeout=timeout)
    sender = asyncio.get_running_loop().create_task(line.run())
    try:
        yield RedisState(line, scripts, client, prefix)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await line.flush()
    finally:
        sender.cancel()
        await asyncio.wait((sender,))
        await client.aclose()


def _ms(seconds: float) -> int:
    return max(1, round(seconds * _MILLISECONDS))


def _integers(reply: object) -> list[int]:
    """Return a reply that is a list of numbers."""
    return [int(each) for each in cast(list[int | bytes], reply)]
