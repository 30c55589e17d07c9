"""Background responses: written by the worker that carries them out, read by every other one.

Must never write to a run that has ended or is gone: each script first looks whether it is still running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.records import Conflict, RunFrames, RunRecord
from grok2api.storage.redis.codec import Codec, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.records import RunEnd
    from grok2api.storage.redis.link import Link

_SCRIPT: Final = "runs"


class RedisRuns:
    """Background responses."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(RunRecord)

    async def count(self) -> int:
        """Return how many runs are kept, ended ones among them."""
        return int(await self._link.get("ZCARD", self._link.key("runs:ids")))

    async def begin(self, run: RunRecord, frames: RunFrames, /) -> None:
        """Keep a new run with its first frames; Conflict if its id is there already."""
        change = self._codec.encode(run)
        if not await self._link.write(_SCRIPT, "begin", id=run.id, change=change, batch=batch_of(frames)):
            raise Conflict(f"there is a run {run.id} already")

    async def append(self, batches: Sequence[RunFrames], /, *, now: float) -> None:
        """Keep further frames of running runs, each batch following what is kept; others are left out."""
        await self._link.write(
            _SCRIPT, "append", batches=[batch_of(each) for each in batches], now=text_of(now)
        )

    async def note_cut(self, identifier: str, /) -> None:
        """Note that the frames that follow in a running run are not kept."""
        await self._link.write(_SCRIPT, "set", id=identifier, fields={"cut": text_of(True)})

    async def beat(self, holder: str, /, *, now: float) -> None:
        """Give a sign of life for all running runs of a holder."""
        await self._link.write(_SCRIPT, "beat", holder=holder, now=text_of(now))

    async def running(self, holder: str, /) -> dict[str, bool]:
        """Return the ids of a holder's running runs, and whether each was asked to stop."""
        told = await self._link.ask(_SCRIPT, "running", holder=holder)
        return {
            identifier.decode(): wished == b"1"
            for identifier, wished in zip(told[::2], told[1::2], strict=True)
        }

    async def finish(self, end: RunEnd, /, *, silent_since: float | None = None) -> bool:
        """End a running run; tell whether it was still running."""
        given: dict[str, object] = {}
        if end.frames is not None:
            given["batch"] = batch_of(end.frames)
        if silent_since is not None:
            given["silent_since"] = text_of(silent_since)
        fields = {"state": end.state, "cut": text_of(end.cut), "ended_at": text_of(end.at, "float")}
        return bool(
            await self._link.write(
                _SCRIPT, "finish", id=end.run_id, fields=fields, response=end.response, **given
            )
        )

    async def get(self, identifier: str, /) -> RunRecord | None:
        """Return a run."""
        row = await self._link.get("HGETALL", self._link.key("run:") + identifier)
        return self._codec.decode(row) if row else None

    async def response(self, identifier: str, /) -> str:
        """Return the sealed response object of an ended run; empty if none is kept."""
        text = await self._link.get("GET", self._link.key("run-response:") + identifier)
        return "" if text is None else text.decode()

    async def frames_from(self, identifier: str, first: int, /, *, limit: int) -> tuple[RunFrames, ...]:
        """Return at most `limit` batches in their order, beginning with the one that holds frame `first`."""
        told = await self._link.ask(_SCRIPT, "frames_from", id=identifier, first=str(first), limit=limit)
        return tuple(
            RunFrames(run_id=identifier, first=int(number), count=int(count), content=content.decode())
            for number, count, content in told
        )

    async def wish_cancel(self, identifier: str, /) -> bool:
        """Ask for a running run's end; tell whether there is such a run and it runs."""
        wished = {"cancel_wished": text_of(True)}
        return bool(await self._link.write(_SCRIPT, "set", id=identifier, fields=wished))

    async def delete(self, identifier: str, /) -> bool:
        """Forget a run and its frames; tell whether it was there."""
        return bool(await self._link.write(_SCRIPT, "delete", id=identifier))

    async def silent(self, before: float, /) -> tuple[str, ...]:
        """Return the ids of running runs whose holders gave no sign of life since before a wall time."""
        told = await self._link.ask(_SCRIPT, "silent", before=text_of(before))
        return tuple(sorted(each.decode() for each in told))

    async def forget(self, before: float, /) -> int:
        """Forget the runs that had ended by a wall time, and their frames; return how many."""
        return int(await self._link.write(_SCRIPT, "forget", before=text_of(before)))


def batch_of(frames: RunFrames) -> dict[str, str]:
    """Return frames as the script takes them."""
    return {
        "run_id": frames.run_id,
        "first": str(frames.first),
        "count": str(frames.count),
        "content": frames.content,
    }
