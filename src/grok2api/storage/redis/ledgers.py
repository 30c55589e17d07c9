"""Families that are no hash for each record, for copies between stores: facts, runs, frames, the ledger.

Must never sum a row of the ledger up: the sums outlive the rows, and are carried by themselves.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from grok2api.storage.records import RunFrames, RunRecord, TraceRecord, UsageRecord
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.holdings import TIME_DIGITS, indexed, scanned
from grok2api.storage.redis.places import place
from grok2api.storage.redis.runs import batch_of
from grok2api.storage.redis.usage import RedisUsage, row_of
from grok2api.storage.transfer.families import Fact, KeptRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from grok2api.storage.redis.link import Link
    from grok2api.storage.transfer.families import Key

_META: Final = "meta"
_RUNS: Final = "runs"
_USAGE: Final = "usage"
_RUN_IDS: Final = "runs:ids"
_BATCHES: Final = "run-batches:"


class Facts:
    """Facts about the store, in one hash; there are few."""

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[Fact]]:
        """Yield all of them at once: `size` is for what there may be many of."""
        told = await link.get("HGETALL", link.key(_META))
        texts = [each.decode() for each in told]
        facts = [Fact(name=name, value=value) for name, value in zip(texts[::2], texts[1::2], strict=True)]
        for start in range(0, len(facts), size):
            yield facts[start : start + size]

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[Fact]:
        """Return the facts of these names."""
        names = [str(key[0]) for key in keys]
        values = await link.get("HMGET", link.key(_META), *names) if names else []
        return [
            Fact(name=name, value=value.decode())
            for name, value in zip(names, values, strict=True)
            if value is not None
        ]

    async def load(self, link: Link, records: Sequence[Fact]) -> None:
        """Keep facts in place of those of their names."""
        await link.change(*(("HSET", link.key(_META), each.name, each.value) for each in records))

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Forget facts."""
        await link.change(*(("HDEL", link.key(_META), str(key[0])) for key in keys))

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return where the value of a fact lies."""
        return _META, str(key[0])


class Runs:
    """Background responses: one hash each, and their response objects beside them."""

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[KeptRun]]:
        """Yield every run."""
        async for identifiers in indexed(link, _RUN_IDS, size):
            yield await self.some(link, [(each,) for each in identifiers])

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[KeptRun]:
        """Return the runs with these ids."""
        hashes = [link.key(f"run:{key[0]}") for key in keys]
        runs = await link.hashes(hashes, Codec(RunRecord).decode)
        if not runs:
            return []
        responses = await link.get("MGET", *(link.key(f"run-response:{each.id}") for each in runs))
        return [
            KeptRun(**_values(run), response="" if text is None else text.decode())
            for run, text in zip(runs, responses, strict=True)
        ]

    async def load(self, link: Link, records: Sequence[KeptRun]) -> None:
        """Keep runs as they are; their frames are loaded by themselves."""
        codec = Codec(RunRecord)
        await link.write(
            _RUNS,
            "load",
            rows=[(each.id, codec.encode(_without_response(each))) for each in records],
            responses={each.id: each.response for each in records if each.response},
        )

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Delete runs and all that belongs to them."""
        await link.write(_RUNS, "unload", ids=[key[0] for key in keys])

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return where a field lies; the response is a text by itself."""
        return (f"run-response:{key[0]}", "") if name == "response" else (f"run:{key[0]}", name)


class Frames:
    """The streams of background responses, batch by batch."""

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[RunFrames]]:
        """Yield every batch of every stream."""
        async for identifiers in scanned(link, _BATCHES, size):
            for each in identifiers:
                low = "-inf"
                while page := await _batches(link, each, low, "+inf", size):
                    yield page
                    low = f"({page[-1].first}"

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[RunFrames]:
        """Return the batches that begin where these keys say."""
        found = [await _batches(link, run_id, str(first), str(first), 1) for run_id, first in keys]
        return [each for page in found for each in page]

    async def load(self, link: Link, records: Sequence[RunFrames]) -> None:
        """Keep batches in place of those that begin where they do."""
        await link.write(_RUNS, "load_frames", batches=[batch_of(each) for each in records])

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Delete batches."""
        batches = [{"run_id": run_id, "first": str(first)} for run_id, first in keys]
        await link.write(_RUNS, "unload_frames", batches=batches)

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return where the content of a batch lies."""
        return f"run-frames:{key[0]}", str(key[1])


class Usage:
    """The ledger of requests: one text for each."""

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[UsageRecord]]:
        """Yield every row, the oldest first."""
        async for members in indexed(link, "requests", size):
            yield await self._these(link, [member[TIME_DIGITS:] for member in members])

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[UsageRecord]:
        """Return the rows of these requests."""
        return await self._these(link, [str(key[0]) for key in keys])

    async def load(self, link: Link, records: Sequence[UsageRecord]) -> None:
        """Keep rows in place of those with their ids; their sums are carried by themselves."""
        codec = Codec(UsageRecord)
        await link.write(_USAGE, "load", rows=[row_of(each, codec) for each in records])

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Delete rows."""
        known, codec = await self.some(link, keys), Codec(UsageRecord)
        await link.write(_USAGE, "unload", rows=[row_of(each, codec) for each in known])

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return where a row lies."""
        return f"request:{key[0]}", ""

    async def _these(self, link: Link, identifiers: Sequence[str]) -> list[UsageRecord]:
        if not identifiers:
            return []
        texts = await link.get("MGET", *(link.key(f"request:{each}") for each in identifiers))
        codec = Codec(UsageRecord)
        return [codec.decode_whole(text) for text in texts if text is not None]


class Traces:
    """How requests came to their credentials: one text for each, by time."""

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[TraceRecord]]:
        """Yield every trace, the oldest first."""
        async for members in indexed(link, "traces", size):
            yield await self._these(link, members)

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[TraceRecord]:
        """Return the traces of these requests."""
        return await self._these(link, [place(*key) for key in keys])

    async def load(self, link: Link, records: Sequence[TraceRecord]) -> None:
        """Keep traces in place of those of the same requests."""
        await self.remove(link, [each.cursor for each in records])
        await RedisUsage(link).append([], records)

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Delete traces."""
        traces = [{"id": request_id, "started_at": text_of(at, "float")} for at, request_id in keys]
        await link.write(_USAGE, "unload_traces", traces=traces)

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return where a trace lies."""
        return f"trace:{place(*key)}", ""

    async def _these(self, link: Link, members: Sequence[str]) -> list[TraceRecord]:
        if not members:
            return []
        texts = await link.get("MGET", *(link.key(f"trace:{each}") for each in members))
        codec = Codec(TraceRecord)
        return [codec.decode_whole(text) for text in texts if text is not None]


async def _batches(link: Link, run_id: str, low: str, high: str, size: int) -> list[RunFrames]:
    """Return batches of a stream that begin between two frames, in their order."""
    key = link.key(f"{_BATCHES}{run_id}")
    told = await link.get("ZRANGEBYSCORE", key, low, high, "LIMIT", 0, size)
    places = [tuple(map(int, each.decode().split("+"))) for each in told]
    if not places:
        return []
    contents = await link.get("HMGET", link.key(f"run-frames:{run_id}"), *(first for first, _ in places))
    return [
        RunFrames(run_id=run_id, first=first, count=count, content=content.decode())
        for (first, count), content in zip(places, contents, strict=True)
        if content is not None
    ]


def _values(record: RunRecord) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in fields(record)}


def _without_response(run: KeptRun) -> RunRecord:
    return RunRecord(**{each.name: getattr(run, each.name) for each in fields(RunRecord)})
