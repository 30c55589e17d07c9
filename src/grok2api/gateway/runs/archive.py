"""Background responses in the store: sealed on the way in, opened on the way out, and ended when orphaned.

What lies in the store tells nothing of a response: its name is a hash, its content opens only in its place.
Must never show one that ended longer ago than may be, whether it is deleted yet or not, and must never give
a run whose worker died two different ends: the one that is written first stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from grok2api.dialects.base import Recording
from grok2api.errors import Grok2ApiError, StorageError
from grok2api.gateway.runs.live import split
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.observability.logging import get_logger
from grok2api.storage.records import RunEnd, RunFrames, RunRecord
from grok2api.storage.stores import RunStore

SILENT_SECONDS: Final = 15.0
"""How long a worker may give no sign of life before its runs count as lost."""
LONGEST_KEPT: Final = 600.0
"""Seconds after its end at which nothing of a run may be left."""
_BATCHES: Final = 64

_log = get_logger("grok2api.runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRules:
    """The settings behind what is kept."""

    keep: float
    """Seconds after its end."""
    most: int
    """Runs in the store."""
    limit: int
    """Bytes of one run's stream."""


def run_id(public_id: str) -> str:
    """Return the name under which a response is kept."""
    return hashlib.sha256(b"run" + public_id.encode()).hexdigest()


class Unreadable(StorageError):
    """What is kept of a response does not open here."""


class RunArchive:
    """The runs of all workers.

    Args:
        store: Where they lie.
        box: Seals their content.
        clock: Where time comes from.
        rules: The settings now in force.
        recording: Makes what reads a stream.
    """

    def __init__(
        self,
        store: RunStore,
        box: SecretBox,
        clock: Clock,
        *,
        rules: Callable[[], RunRules],
        recording: Callable[[], Recording],
    ) -> None:
        self.store = store
        self.rules = rules
        self.recording = recording
        self._box = box
        self._clock = clock

    def sealed(self, identifier: str, first: int, frames: Sequence[bytes]) -> RunFrames:
        """Return frames as they are kept."""
        content = self._box.seal_bytes(b"".join(frames), _place(identifier, first))
        return RunFrames(run_id=identifier, first=first, count=len(frames), content=content)

    def ended(
        self, identifier: str, recording: Recording, frames: RunFrames | None, *, cut: bool = False
    ) -> RunEnd:
        """Return how a run has ended as it is kept; a large object that upstream keeps too is left to it."""
        body, state = recording.body(), recording.state
        elsewhere = state in {"completed", "incomplete"} and len(body) > self.rules().limit
        return RunEnd(
            run_id=identifier,
            state=state,
            frames=frames,
            response="" if elsewhere else self._box.seal_bytes(body, _place(identifier)),
            cut=cut,
            at=self._clock.now(),
        )

    async def find(self, identifier: str) -> RunRecord | None:
        """Return a run as it stands; one whose worker has gone silent is ended first. None if it is not kept.

        Raises:
            StorageError: the store did not answer.
        """
        record = await self.store.get(identifier)
        if record is None or self._is_old(record):
            return None
        if record.state == "running" and record.beat_at < self._silent_since():
            await self.bury(identifier)
            record = await self.store.get(identifier)
        return record

    async def frames(self, identifier: str, position: int) -> list[bytes]:
        """Return some of the kept frames from `position` on, none where there is none further.

        Raises:
            StorageError: the store did not answer, or they do not open here.
        """
        opened: list[bytes] = []
        for batch in await self.store.frames_from(identifier, position, limit=_BATCHES):
            content = self._open(batch.content, _place(identifier, batch.first))
            opened += split(content)[max(0, position - batch.first) :]
        return opened

    async def replayed(self, identifier: str) -> Recording:
        """Return what the kept frames tell. Raises as `frames`."""
        recording, position = self.recording(), 0
        while frames := await self.frames(identifier, position):
            recording.note(frames)
            position += len(frames)
        return recording

    async def body(self, record: RunRecord) -> bytes | None:
        """Return the response object as it stands; None if only upstream has it. Raises as `frames`."""
        if record.state == "running":
            return (await self.replayed(record.id)).body()
        sealed = await self.store.response(record.id)
        return self._open(sealed, _place(record.id)) if sealed else None

    async def tidy(self, *, ahead: float, carried: Collection[str] = ()) -> None:
        """End the runs whose workers died, and forget old ones.

        Args:
            ahead: Seconds that may pass to the next time.
            carried: Runs of this worker, which lives, even if it slept for long.

        Raises:
            StorageError: the store did not answer.
        """
        for identifier in await self.store.silent(self._silent_since()):
            if identifier not in carried:
                await self.bury(identifier)
        await self.store.forget(self._clock.now() - min(self.rules().keep, LONGEST_KEPT - ahead))

    async def bury(self, identifier: str) -> None:
        """End a run whose worker gave no sign of life for too long; nothing if somebody else did, or it did.

        Raises:
            StorageError: the store did not answer.
        """
        record = await self.store.get(identifier)
        if record is None:
            return
        try:
            recording = await self.replayed(identifier)
        except Unreadable:
            await self.store.delete(identifier)
            return
        kept = None
        if recording.state == "running":
            frames = split(recording.ending(record.frames, lost_error()))
            recording.note(frames)
            kept = None if record.cut else self.sealed(identifier, record.frames, frames)
        end = self.ended(identifier, recording, kept, cut=record.cut)
        if await self.store.finish(end, silent_since=self._silent_since()):
            _log.warning("background response lost", holder=record.holder)

    def _open(self, sealed: str, place: str) -> bytes:
        try:
            return self._box.open_bytes(sealed, place)
        except SealBroken:
            raise Unreadable(
                "What is kept of this response does not open with this server's secret key."
            ) from None

    def _silent_since(self) -> float:
        return self._clock.now() - SILENT_SECONDS

    def _is_old(self, record: RunRecord) -> bool:
        return record.ended_at is not None and record.ended_at + self.rules().keep <= self._clock.now()


def lost_error() -> Grok2ApiError:
    """Return the error of a response whose worker died."""
    return Grok2ApiError(
        "The server process that made this response ended before it was finished. Send the request again.",
        code="server_error",
    )


def _place(identifier: str, first: int | None = None) -> str:
    return f"runs/{identifier}/" + ("response" if first is None else str(first))
