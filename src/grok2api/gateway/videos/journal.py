"""Writes video jobs down, and reads them: what a client said and where a result lies is sealed.

Must never write a job that this worker does not hold.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from grok2api.gateway.videos.order import LIFETIME, VideoOrder
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.storage.videos import VideoJob, VideoStore

_PROMPT: Final = "prompt"
_LINK: Final = "link"


class Journal:
    """The video jobs of this worker.

    Args:
        store: Where all jobs are.
        box: Seals.
        clock: Where time comes from.
        holder: This worker, among all that share the store.
    """

    def __init__(self, store: VideoStore, box: SecretBox, clock: Clock, *, holder: str) -> None:
        self.store = store
        self.holder = holder
        self._box = box
        self._clock = clock

    def new(self, order: VideoOrder) -> VideoJob:
        """Return the job of an order, held by this worker, before anything happened to it."""
        wish, now, identifier = order.wish, self._clock.now(), str(uuid.uuid4())
        waited = self._clock.monotonic() - order.call.received_at
        return VideoJob(
            id=identifier,
            key_id=order.call.caller.key_id,
            dialect=wish.form,
            operation=wish.operation,
            state="submitting",
            model=order.call.model,
            prompt=self._box.seal(wish.prompt, _context(identifier, _PROMPT)),
            seconds=wish.shown_seconds,
            size=wish.shown_size,
            resolution=wish.resolution or "",
            source_id=order.source_id,
            request_id=order.settlement.request_id,
            idempotency=order.idempotency,
            request_hash=order.request_hash,
            started_at=now - waited,
            created_at=now,
            holder=self.holder,
            fence=1,
            held_until=now + LIFETIME,
        )

    async def change(self, job: VideoJob, changes: Mapping[str, Any], *, lasting: bool = True) -> VideoJob:
        """Write some fields of a job that this worker holds, and return it as kept.

        Raises:
            ClaimLost: somebody else holds it by now, or it is gone.
            StorageError: the store did not answer.
        """
        return await self.store.change(job, changes, lasting=lasting)

    def sealed_link(self, job: VideoJob, link: str) -> str:
        """Return upstream's link to a result as it is kept."""
        return self._box.seal(link, _context(job.id, _LINK)) if link else ""

    def link(self, job: VideoJob) -> str:
        """Return upstream's link to a job's result; empty if there is none, or it does not open here."""
        if not job.link:
            return ""
        try:
            return self._box.open(job.link, _context(job.id, _LINK))
        except SealBroken:
            return ""

    def prompt(self, job: VideoJob) -> str | None:
        """Return what the client asked for; None if it was sealed under a key that is not known any more."""
        try:
            return self._box.open(job.prompt, _context(job.id, _PROMPT))
        except SealBroken:
            return None


def _context(identifier: str, name: str) -> str:
    return f"videos/{identifier}/{name}"
