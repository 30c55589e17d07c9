"""Video jobs: written down before upstream hears of them, and held by one worker at a time.

Must never let a write pass whose fence is not the job's last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from grok2api.storage.records import ClaimLost, Conflict
from grok2api.storage.redis.claims import CLOCK_SLACK
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.places import FIRST, LAST, behind
from grok2api.storage.redis.revised import TAKEN
from grok2api.storage.videos import VideoJob

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grok2api.storage.redis.link import Link
    from grok2api.storage.videos import VideoCursor

_SCRIPT: Final = "videos"


class RedisVideos:
    """Video jobs."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(VideoJob)

    async def begin(self, job: VideoJob, /) -> None:
        """Keep a new job; Conflict if its id or its idempotency is there already."""
        if not await self._write("begin", id=job.id, change=self._codec.encode(job)):
            raise Conflict(TAKEN)

    async def get(self, identifier: str, /) -> VideoJob | None:
        """Return a job."""
        return self._one(await self._link.get("HGETALL", self._link.key("video:") + identifier))

    async def with_idempotency(self, hashed: str, /) -> VideoJob | None:
        """Return the job that was asked for with this Idempotency-Key."""
        return self._one(await self._link.ask(_SCRIPT, "with_idempotency", hashed=hashed))

    async def release_idempotency(self, hashed: str, /, *, before: float) -> bool:
        """Let an old job's Idempotency-Key be used anew; tell whether there was one."""
        return bool(await self._write("release_idempotency", hashed=hashed, before=text_of(before)))

    async def change(
        self, held: VideoJob, changes: Mapping[str, object], /, *, lasting: bool = True
    ) -> VideoJob:
        """Replace the named fields of a job that is held, and return it as kept."""
        row = await self._write("change", change=self._codec.change(changes), **_held(held))
        if row is None:
            raise Conflict(TAKEN)
        if not row:
            raise ClaimLost(f"video job {held.id} is not held any more")
        return self._codec.decode(row)

    async def discard(self, held: VideoJob, /) -> bool:
        """Forget a job that is held; tell whether it was."""
        return bool(await self._write("discard", **_held(held)))

    async def claim(self, holder: str, /, *, seconds: float, now: float, limit: int) -> tuple[VideoJob, ...]:
        """Take open jobs that nobody holds, the oldest first."""
        rows = await self._write(
            "claim",
            holder=holder,
            now=text_of(now),
            ends=text_of(now + seconds),
            ahead=text_of(now + seconds + CLOCK_SLACK),
            limit=limit,
        )
        return self._all(rows)

    async def renew(self, holder: str, /, *, seconds: float, now: float) -> Mapping[str, int]:
        """Go on holding all open jobs of a holder; return their fences by id."""
        told = await self._write("renew", holder=holder, ends=text_of(now + seconds))
        return {
            identifier.decode(): int(fence) for identifier, fence in zip(told[::2], told[1::2], strict=True)
        }

    async def release(self, holder: str, /) -> None:
        """Let go of all jobs of a holder."""
        await self._write("release", holder=holder)

    async def forget(self, identifier: str, /, *, key_id: str) -> VideoJob | None:
        """Forget a job for its owner, and return it as it was."""
        return self._one(await self._write("forget", id=identifier, key_id=key_id))

    async def list(
        self, key_id: str, limit: int, /, *, after: VideoCursor | None = None, ascending: bool = False
    ) -> tuple[VideoJob, ...]:
        """Return an owner's jobs by their time."""
        low, high = FIRST, LAST
        if after is not None and ascending:
            low = behind(*after)
        elif after is not None:
            high = behind(*after)
        rows = await self._link.ask(
            _SCRIPT,
            "range",
            index=f"owner:{key_id}",
            low=low,
            high=high,
            limit=limit,
            descending=not ascending,
        )
        return self._all(rows)

    async def count_open(self, key_id: str | None = None, /) -> int:
        """Return how many jobs are open, of one owner or of all."""
        index = "videos:open" if key_id is None else f"videos:open:{key_id}"
        return int(await self._link.get("ZCARD", self._link.key(index)))

    async def delete_ended(self, before: float, /, *, limit: int) -> int:
        """Delete jobs that were over before a wall time; return how many."""
        return int(await self._write("delete_ended", before=text_of(before), limit=limit))

    def _one(self, row: Sequence[bytes]) -> VideoJob | None:
        return self._codec.decode(row) if row else None

    def _all(self, rows: Sequence[Sequence[bytes]]) -> tuple[VideoJob, ...]:
        return tuple(self._codec.decode(row) for row in rows)

    async def _write(self, verb: str, **given: object) -> Any:
        return await self._link.write(_SCRIPT, verb, **given)


def _held(job: VideoJob) -> dict[str, object]:
    return {"id": job.id, "holder": job.holder, "fence": str(job.fence)}
