"""Video jobs as the store keeps them, and what may be asked of it.

A job is written down before upstream hears of it, and whoever works on it holds it for a while, with a fence:
a write of somebody who lost it meanwhile is refused. So one upstream job is polled, kept and paid for once,
whatever dies in between. Must never hold a prompt or a link in the clear.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

VideoState = Literal["submitting", "running", "saving", "completed", "failed"]
"""Written down, and perhaps on its way to upstream; at work there; made, and being fetched; over."""
VideoDialect = Literal["openai", "xai"]
VideoOperation = Literal["generations", "edits", "extensions"]
VideoCursor = tuple[float, str]

OPEN_STATES: Final[tuple[VideoState, ...]] = ("submitting", "running", "saving")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJob:
    """One video, from the wish to the result.

    Attributes:
        key_id: The client key that asked for it.
        dialect: What it was asked for in.
        model: The public model, as asked for.
        credential_id: Whose turn it was last to take the job.
        upstream_id: Upstream's id of the job; empty until upstream took it.
        prompt: Sealed text.
        seconds: The length that was asked for; of an extension, of what is added.
        size: Width and height in pixels, such as `1280x720`.
        progress: Percent, as upstream says.
        source_id: Id of the job whose result it is made from; empty if it is made from none.
        link: Upstream's link to the result, sealed; empty before there is one.
        duration: Seconds of the result, once upstream told.
        cost_ticks: What it cost, once upstream told.
        asset_id: Where the result is kept; empty before that, and for ever if there is none.
        error_code: Why it failed, or what keeps it from being completed; empty if nothing does.
        forgotten: Whether its owner deleted it while it was open.
        request_id: The key of its row in the ledger.
        idempotency: Keyed hash of the owner and the Idempotency-Key; unique; None without one.
        request_hash: Hash of what was asked for, to tell a repetition from another request.
        attempts: How often upstream was asked to take it.
        started_at: Wall time of the request.
        expires_at: Wall time from which the result may be gone; None while there is none.
        holder: Who works on it; empty if nobody does.
        fence: Grows with every holder.
        held_until: Wall time until which the holder has it unless that is renewed.
    """

    id: str
    key_id: str
    dialect: VideoDialect
    operation: VideoOperation
    state: VideoState
    model: str
    upstream_model: str = ""
    account_id: str = ""
    credential_id: str = ""
    upstream_id: str = ""
    prompt: str = field(repr=False)
    seconds: int
    size: str
    resolution: str
    progress: int = 0
    source_id: str = ""
    link: str = field(default="", repr=False)
    duration: float | None = None
    cost_ticks: int | None = None
    asset_id: str = ""
    error_code: str = ""
    error_message: str = ""
    forgotten: bool = False
    request_id: str
    idempotency: str | None = field(default=None, repr=False)
    request_hash: str = field(default="", repr=False)
    attempts: int = 0
    started_at: float
    created_at: float
    completed_at: float | None = None
    expires_at: float | None = None
    holder: str = ""
    fence: int = 0
    held_until: float = 0.0

    @property
    def open(self) -> bool:
        """Whether it is not over yet."""
        return self.state in OPEN_STATES

    @property
    def cursor(self) -> VideoCursor:
        """Return the place of this job in time, for `VideoStore.list(after=...)`."""
        return (self.created_at, self.id)


class VideoStore(Protocol):
    """Video jobs. Times are wall times of the caller; a lifetime is seconds."""

    async def begin(self, job: VideoJob, /) -> None:
        """Keep a new job, held by who made it; Conflict if its id or its `idempotency` is there already."""
        ...

    async def get(self, identifier: str, /) -> VideoJob | None:
        """Return a job."""
        ...

    async def with_idempotency(self, hashed: str, /) -> VideoJob | None:
        """Return the job that was asked for with this Idempotency-Key."""
        ...

    async def release_idempotency(self, hashed: str, /, *, before: float) -> bool:
        """Let an Idempotency-Key be used anew if its job was made before a wall time; tell whether it was."""
        ...

    async def change(
        self, held: VideoJob, changes: Mapping[str, object], /, *, lasting: bool = True
    ) -> VideoJob:
        """Replace the named fields of a job that is held, and return it as kept.

        Args:
            held: The job as its holder has it; the write happens only while its fence is the last one.
            changes: Values by field name.
            lasting: Whether it is on disk, power supply or not, before this returns.

        Raises:
            ClaimLost: somebody else has it by now, or it is gone.
        """
        ...

    async def discard(self, held: VideoJob, /) -> bool:
        """Forget a job that is held; tell whether it was there and still held."""
        ...

    async def claim(self, holder: str, /, *, seconds: float, now: float, limit: int) -> tuple[VideoJob, ...]:
        """Return open jobs that nobody held, the oldest first, now held by `holder` with fences of their own.

        A job whose end of holding lies further ahead than the lifetime and a minute was held before the
        clock went back, and counts as free.
        """
        ...

    async def renew(self, holder: str, /, *, seconds: float, now: float) -> Mapping[str, int]:
        """Go on holding all open jobs of a holder; return their fences by id."""
        ...

    async def release(self, holder: str, /) -> None:
        """Let go of all jobs of a holder."""
        ...

    async def forget(self, identifier: str, /, *, key_id: str) -> VideoJob | None:
        """Forget a job for its owner, and return it as it was; None if there is none.

        One that is over is deleted; an open one is kept, marked, until it is over.
        """
        ...

    async def list(
        self, key_id: str, limit: int, /, *, after: VideoCursor | None = None, ascending: bool = False
    ) -> tuple[VideoJob, ...]:
        """Return an owner's jobs that it has not forgotten, by their time, those that follow a cursor."""
        ...

    async def count_open(self, key_id: str | None = None, /) -> int:
        """Return how many jobs are open, of one owner or of all."""
        ...

    async def delete_ended(self, before: float, /, *, limit: int) -> int:
        """Delete at most `limit` jobs that were over before a wall time; return how many."""
        ...
