"""Conversations of client keys that want them kept: on their way to the store, and back when needed.

Each stored response is one sealed row, which names the row before it, so a conversation of n turns is n
rows, read from its end to its beginning. Whoever keeps something does not wait: it is packed and written
later, and if the store is too slow it is dropped and counted.
Must never keep anything for a key that did not ask for it, nor let a word out unsealed.
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import msgspec

from grok2api.canonical.call import Call, Caller
from grok2api.canonical.transcript import TurnItems
from grok2api.dialects.base import Answer
from grok2api.errors import Grok2ApiError
from grok2api.gateway.write_behind import FLUSH_SECONDS, WriteBehind
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.observability.logging import get_logger
from grok2api.storage.records import Transcript
from grok2api.storage.stores import TranscriptStore

_log = get_logger("grok2api.transcripts")

_MIB: Final = 1_048_576
_BATCH: Final = 32

ReadTurn = Callable[[Call, Answer], TurnItems | None]


class ConversationLost(Exception):
    """A conversation cannot be told from its beginning; the text says why, and nothing of what was said."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is held, and how much is read for one conversation."""

    waiting: int = 1000
    """Responses that may wait for the store."""
    waiting_bytes: int = 64 * _MIB
    """Bytes of requests that may wait for the store, rebuilt conversations among them."""
    row_bytes: int = 8 * _MIB
    """Size of one sealed row."""
    turns: int = 1000
    """Responses of one conversation."""
    conversation_bytes: int = 32 * _MIB
    """Bytes of one conversation, opened."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A finished response whose row is not written yet."""

    call: Call
    answer: Answer
    seconds: float
    size: int
    """Bytes of the request."""


class Transcripts:
    """Keeps and tells conversations.

    Args:
        store: Where the rows lie.
        box: Seals them.
        clock: Where time comes from.
        read: Tells what a response adds to its conversation; None if nobody can go on from it.
        bounds: How much it may hold and read.
    """

    def __init__(
        self,
        store: TranscriptStore,
        box: SecretBox,
        clock: Clock,
        *,
        read: ReadTurn,
        bounds: Bounds | None = None,
    ) -> None:
        self._store = store
        self._box = box
        self._clock = clock
        self._read = read
        self._bounds = bounds or Bounds()
        self._waiting: dict[str, _Kept] = {}
        self._waiting_bytes = 0
        self._writing = asyncio.Lock()
        self._behind = WriteBehind("transcripts", self.flush, lambda: len(self._waiting))
        self.dropped = 0
        """Responses that were not kept: too many waited, or one was too large."""

    def keep(self, call: Call, answer: Answer) -> None:
        """Take a finished response, if its key wants it kept; saying it again changes nothing."""
        seconds = call.caller.rescue
        if not seconds:
            return
        identifier = row_id(call.caller.key_id, answer.response_id)
        if identifier in self._waiting:
            return
        size, bounds = len(call.body.content()) + sum(map(len, call.history or ())), self._bounds
        if len(self._waiting) >= bounds.waiting or self._waiting_bytes + size > bounds.waiting_bytes:
            self._drop(call, "too many wait for the store")
            return
        self._waiting[identifier] = _Kept(call, answer, seconds, size)
        self._waiting_bytes += size
        self._behind.stir()

    async def history(self, response_id: str, caller: Caller) -> tuple[msgspec.Raw, ...]:
        """Return all items of a conversation up to a stored response, oldest first, in the client's form.

        Raises:
            ConversationLost: a part of it is not there, has expired or does not open, or it is too long.
            StorageError: the store did not answer.
        """
        turns: list[TurnItems] = []
        seen, size, wanted = set[str](), 0, response_id
        while wanted:
            if wanted in seen:
                raise ConversationLost("it leads back to itself")
            if len(turns) >= self._bounds.turns:
                raise ConversationLost("it has too many turns")
            seen.add(wanted)
            turn = await self._turn(wanted, caller, latest=not turns)
            size += sum(map(len, turn.items))
            if size > self._bounds.conversation_bytes:
                raise ConversationLost("it is too long")
            turns.append(turn)
            wanted = turn.previous
        return tuple(item for turn in reversed(turns) for item in turn.items)

    async def forget(self, response_id: str, caller: Caller) -> None:
        """Forget what a response added to its conversation, so that nobody can be told it any more.

        Raises:
            StorageError: the store did not answer; it may still be there.
        """
        if not caller.rescue:
            return
        identifier = row_id(caller.key_id, response_id)
        async with self._writing:
            self._written(identifier)
            await self._store.delete(identifier)

    async def run(self) -> None:
        """Write rows as they come, until cancelled."""
        await self._behind.run()

    async def flush(self) -> None:
        """Write all rows that wait.

        Raises:
            StorageError: the store did not take them; they still wait.
        """
        while self._waiting:
            async with self._writing:
                batch = tuple(islice(self._waiting.items(), _BATCH))
                await self._store.put(await asyncio.to_thread(self._rows, batch))
                for identifier, _ in batch:
                    self._written(identifier)

    async def close(self) -> int:
        """Write what is left, trying a few times; return how many rows could not be written."""
        return await self._behind.close()

    async def _turn(self, response_id: str, caller: Caller, *, latest: bool) -> TurnItems:
        identifier = row_id(caller.key_id, response_id)
        waiting = self._waiting.get(identifier)
        if waiting is not None:
            turn = self._turn_of(waiting)
            if turn is None:
                raise ConversationLost("a response of it was not kept")
            return turn
        row = await self._store.get(identifier)
        if row is None and latest:
            await asyncio.sleep(2 * FLUSH_SECONDS)  # another worker may have answered just now
            row = await self._store.get(identifier)
        if row is None:
            raise ConversationLost("a response of it was not kept")
        if row.expires_at <= self._clock.now():
            raise ConversationLost("a response of it has expired")
        try:
            return unpacked(self._box.open_bytes(row.content, _context(identifier)))
        except ValueError:
            raise ConversationLost("a response of it does not open") from None

    def _turn_of(self, kept: _Kept) -> TurnItems | None:
        try:
            return self._read(kept.call, kept.answer)
        except (ValueError, RecursionError, Grok2ApiError):
            return None

    def _rows(self, batch: Sequence[tuple[str, _Kept]]) -> list[Transcript]:
        """Pack and seal; runs in a thread of its own, for a request may hold megabytes."""
        rows = []
        for identifier, kept in batch:
            turn = self._turn_of(kept)
            if turn is None:
                continue
            content = self._box.seal_bytes(packed(turn), _context(identifier))
            if len(content) > self._bounds.row_bytes:
                self._drop(kept.call, "it is too large")
                continue
            now = self._clock.now()
            rows.append(
                Transcript(
                    id=identifier,
                    key_id=kept.call.caller.key_id,
                    content=content,
                    created_at=now,
                    expires_at=now + kept.seconds,
                )
            )
        return rows

    def _written(self, identifier: str) -> None:
        kept = self._waiting.pop(identifier, None)
        if kept is not None:
            self._waiting_bytes -= kept.size

    def _drop(self, call: Call, reason: str) -> None:
        self.dropped += 1
        _log.warning("transcript dropped", request_id=call.request_id, reason=reason, dropped=self.dropped)


def row_id(owner: str, response_id: str) -> str:
    """Return under what a response of a client key is kept: 64 hexadecimal digits."""
    return hashlib.sha256(f"{owner}\n{response_id}".encode()).hexdigest()


def packed(turn: TurnItems) -> bytes:
    """Return a turn as few bytes."""
    return zlib.compress(msgspec.json.encode({"previous": turn.previous, "items": turn.items}))


def unpacked(content: bytes) -> TurnItems:
    """Return a turn again.

    Raises:
        ValueError: it is not one.
    """
    try:
        return msgspec.json.decode(zlib.decompress(content), type=TurnItems)
    except zlib.error:
        raise ValueError("a transcript that cannot be unpacked") from None


def _context(identifier: str) -> str:
    return f"transcripts/{identifier}/content"
