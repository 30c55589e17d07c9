"""Long work that operators started: written by the process that does it, read by every other one.

Must never let a report of progress undo a request to stop: that field is written by `request_cancel` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.records import JobRecord
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.places import FIRST, LAST

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link

_SCRIPT: Final = "jobs"


class RedisJobs:
    """Long work that operators started."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(JobRecord)

    async def put(self, job: JobRecord, /) -> bool:
        """Keep a job, all but its `cancel_requested`; tell whether a stop was asked for."""
        change = self._codec.encode(job)
        del change["set"]["cancel_requested"]
        return bool(await self._link.write(_SCRIPT, "put", id=job.id, change=change) == b"1")

    async def get(self, identifier: str, /) -> JobRecord | None:
        """Return a job."""
        row = await self._link.get("HGETALL", self._link.key("job:") + identifier)
        return self._codec.decode(row) if row else None

    async def recent(self, limit: int, /) -> tuple[JobRecord, ...]:
        """Return the newest jobs, newest first."""
        rows = await self._link.ask(
            _SCRIPT, "range", index="age", low=FIRST, high=LAST, limit=limit, descending=True
        )
        return tuple(self._codec.decode(row) for row in rows)

    async def request_cancel(self, identifier: str, /) -> bool:
        """Ask for a running job's end; tell whether there is such a job and it runs."""
        return bool(await self._link.write(_SCRIPT, "request_cancel", id=identifier))

    async def forget(self, before: float, /) -> int:
        """Forget jobs not changed since `before`; return how many."""
        return int(await self._link.write(_SCRIPT, "forget", before=text_of(before)))
