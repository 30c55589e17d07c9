"""Forgets what is kept for a while only: traces, transcripts, words, files, sessions, jobs, responses.

Each is one turn of a periodic job, and the leader alone does it. Must never do what a request waits for, and
must never forget anything before its time.
"""

from __future__ import annotations

from typing import Final

from grok2api.errors import StorageError
from grok2api.observability.logging import get_logger
from grok2api.operations.contents import forget_contents
from grok2api.server.forgetting import forget_in_pieces
from grok2api.server.services import Services

_log = get_logger("grok2api.care")

RUN_TIDYING: Final = 4.0
"""Seconds between two looks at background responses."""
_DAY: Final = 86_400.0
_AT_ONCE: Final = 500
_TRACES_AT_ONCE: Final = 2000
_JOBS_KEPT: Final = 7 * _DAY
_LATEST: Final = 1.5
"""Part of its period after which a look has come again, the time that it takes itself included."""


class RunCare:
    """Ends background responses whose worker died, and forgets old ones in time; the leader alone does it.

    Args:
        services: The worker.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> None:
        """Look once; what may not be kept until the next look is forgotten now."""
        if self._services.leadership.claim is None:
            return
        background = self._services.background
        try:
            await background.archive.tidy(ahead=_LATEST * RUN_TIDYING, carried=background.writer.carried)
        except StorageError as error:
            _log.warning("background responses not tidied up", reason=error.public_message)


class Housekeeping:
    """Forgets what is kept for a while only; the leader alone does it.

    Args:
        services: The worker.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> None:
        """Forget what is too old by now."""
        if self._services.leadership.claim is None:
            return
        records, now = self._services.records, self._services.clock.now()
        try:
            days = self._services.live.current.ledger.trace_days
            await forget_in_pieces(
                lambda limit: records.usage.forget_traces(now - days * _DAY, limit=limit),
                size=_TRACES_AT_ONCE,
            )
            await self._forget_transcripts(now)
            await self._forget_contents(now)
            await forget_in_pieces(lambda limit: records.files.forget(now - _DAY, limit=limit), size=_AT_ONCE)
            await records.sessions.delete_ended(now)
            await records.jobs.forget(now - _JOBS_KEPT)
            await self._services.turns.gate.budgets.sweep()
            await self._services.videos.jobs.tidy()
        except StorageError as error:
            _log.warning("not tidied up", reason=error.public_message)

    async def _forget_transcripts(self, now: float) -> None:
        """Forget what has expired, and what was still written while its key was revoked or switched off."""
        records = self._services.records
        await forget_in_pieces(
            lambda limit: records.transcripts.delete_ended(now, limit=limit), size=_AT_ONCE
        )
        for key_id in await records.transcripts.owners():
            key = await records.keys.get(key_id)
            if key is None or not key.rescue_seconds:
                await records.transcripts.delete_of(key_id)

    async def _forget_contents(self, now: float) -> None:
        """Forget words whose time is over, and those of keys that are gone or of which nothing is kept."""
        records = self._services.records
        await forget_in_pieces(lambda limit: records.contents.delete_ended(now, limit=limit), size=_AT_ONCE)
        for key_id in await records.contents.owners():
            key = await records.keys.get(key_id)
            if key is None or key.never_log:
                await forget_contents(records.contents, key_id)
