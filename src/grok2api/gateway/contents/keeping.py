"""Words of requests on their way to the store, for client keys whose words an operator wants kept.

Requests are recorded as they run and written afterwards, put together and sealed in a thread; nobody waits
for that, and if the store is too slow they are dropped and counted. Whether and for how long a key's words
are kept is asked again before they are written, and of the store itself, so that whoever turns it off has
turned it off, on workers too that have not heard of it yet.
Must never keep anything of a key that does not want it, nor let a word out unsealed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from grok2api.gateway.contents.recording import Bounds, Recording, Room
from grok2api.gateway.contents.telling import told
from grok2api.gateway.write_behind import WriteBehind
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.observability.logging import get_logger
from grok2api.storage.contents import ContentStore, RequestContent, content_context, content_id

_log = get_logger("grok2api.contents")

_BATCH: Final = 16
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class ContentRules:
    """What the settings say.

    Attributes:
        hours: For how long the words of a key are kept that does not say.
        most_hours: For how long they are at most; 0 keeps none.
        limit: Bytes that are kept of a request, and of an answer.
    """

    hours: int
    most_hours: int
    limit: int

    def span(self, wanted: int | None) -> float:
        """Return the seconds for which words are kept of a key that wants so many hours; 0 keeps none."""
        return 0.0 if wanted is None else min(wanted or self.hours, self.most_hours) * _HOUR


class Contents:
    """Records requests, and keeps what was said.

    Args:
        store: Where the rows lie.
        box: Seals them.
        clock: Where time comes from.
        rules: Gives what the settings say now.
        hours: Gives what a client key says as far as this worker knows, as `Caller.content_hours`.
        wanted: Tells whether a client key wants its words kept as the store has it now.
        bounds: How much it may hold.
    """

    def __init__(
        self,
        store: ContentStore,
        box: SecretBox,
        clock: Clock,
        *,
        rules: Callable[[], ContentRules],
        hours: Callable[[str], int | None],
        wanted: Callable[[str], Awaitable[bool]],
        bounds: Bounds | None = None,
    ) -> None:
        self._store = store
        self._box = box
        self._clock = clock
        self._rules = rules
        self._hours = hours
        self._wanted = wanted
        self._bounds = bounds or Bounds()
        self._room = Room(self._bounds.together)
        self._open: dict[str, Recording] = {}
        self._waiting: dict[str, Recording] = {}
        self._writing = asyncio.Lock()
        self._behind = WriteBehind("contents", self.flush, lambda: len(self._waiting))
        self.dropped = 0
        """Requests that were not kept because too many waited for the store."""

    def begin(self, *, request_id: str, key_id: str, path: str) -> Recording:
        """Begin to record a request."""
        recording = Recording(
            request_id=request_id,
            key_id=key_id,
            path=path,
            bounds=self._bounds,
            room=self._room,
            done=self._heard,
        )
        self._open[request_id] = recording
        return recording

    def detach(self, request_id: str) -> None:
        """Note that a request, if it is recorded, is answered after its connection: `answered` will tell."""
        recording = self._open.get(request_id)
        if recording is not None:
            recording.detached = True

    def answered(self, request_id: str, body: bytes) -> None:
        """Take the answer of a request that was detached; empty if there is none but what its client got."""
        recording = self._open.get(request_id)
        if recording is None or not recording.detached:
            return
        recording.detached = False
        if body:
            recording.answered.settle(body)
        if body or recording.heard:
            self._take(recording)

    async def forget(self, request_id: str, key_id: str) -> bool:
        """Forget what is kept of a request; tell whether there was something.

        Raises:
            StorageError: the store did not answer; it may still be there.
        """
        await self.flush()
        return await self._store.delete(content_id(request_id, key_id))

    async def run(self) -> None:
        """Write rows as they come, until cancelled."""
        await self._behind.run()

    async def flush(self) -> None:
        """Write all rows that wait.

        Raises:
            StorageError: the store did not take them; they still wait.
        """
        async with self._writing:
            while self._waiting:
                batch = tuple(islice(self._waiting.items(), _BATCH))
                rows = await asyncio.to_thread(self._rows, [each for _, each in batch], self._rules())
                wanting = {key_id for key_id in {row.key_id for row in rows} if await self._wanted(key_id)}
                await self._store.put([row for row in rows if row.key_id in wanting])
                for identifier, recording in batch:
                    del self._waiting[identifier]
                    recording.drop()

    async def close(self) -> int:
        """Write what is left, trying a few times; return how many requests could not be written."""
        return await self._behind.close()

    def _heard(self, recording: Recording) -> None:
        """Take a request whose connection has heard everything; one that was detached goes on."""
        if not recording.detached:
            self._take(recording)

    def _take(self, recording: Recording) -> None:
        if self._open.pop(recording.request_id, None) is None:
            return
        if not self._rules().span(self._hours(recording.key_id)):
            recording.drop()
        elif len(self._waiting) >= self._bounds.waiting:
            recording.drop()
            self.dropped += 1
            _log.warning("content dropped: too many wait for the store", dropped=self.dropped)
        else:
            self._waiting[recording.request_id] = recording
            self._behind.stir()

    def _rows(self, recordings: list[Recording], rules: ContentRules) -> list[RequestContent]:
        """Put together and seal; runs in a thread of its own, for a request may hold megabytes."""
        rows, now = [], self._clock.now()
        for recording in recordings:
            seconds = rules.span(self._hours(recording.key_id))
            if not seconds:
                continue
            identifier = content_id(recording.request_id, recording.key_id)
            content = self._box.seal_bytes(told(recording, rules.limit), content_context(identifier))
            rows.append(
                RequestContent(
                    id=identifier,
                    request_id=recording.request_id,
                    key_id=recording.key_id,
                    content=content,
                    created_at=now,
                    expires_at=now + seconds,
                )
            )
        return rows
