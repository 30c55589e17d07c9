"""What one request for a video asks of the gateway, once it is decided who may serve it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.plan import Plan, Target
from grok2api.config.settings import Settings
from grok2api.dialects.videos.wish import VideoWish, dispatch
from grok2api.kit.multipart import Source

LIFETIME: Final = 8.0
"""Seconds for which a worker holds a job unless it says so again: as long it lies still after a crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRules:
    """The settings behind the work on jobs.

    Attributes:
        poll: Seconds between the first two questions about a job; later ones come less often.
        give_up: Seconds after which a job that is not over has failed.
        open_jobs: Jobs of one client key that may be open at once; 0 is no limit.
        keep: Seconds for which jobs that are over are told of.
        upstream_links: Whether clients are given xAI's own links.
    """

    poll: float
    give_up: float
    open_jobs: int
    keep: float
    upstream_links: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOrder:
    """One request for a video.

    Attributes:
        wish: What is wished.
        clip: The bytes of the clip that is edited or extended, if xAI does not have it yet.
        source_id: Public id of the video of ours that it is made from.
        idempotency: Keyed hash of the caller and its Idempotency-Key; None without one.
        request_hash: Hash of all that was asked for.
        patience: Longest wait for a credential in seconds; None leaves it to the pool.
    """

    wish: VideoWish
    call: Call
    plan: Plan
    settlement: Settlement
    settings: Settings
    clip: Source | None = field(default=None, repr=False)
    source_id: str = ""
    idempotency: str | None = field(default=None, repr=False)
    request_hash: str = ""
    patience: float | None = None

    def translate(self, target: Target, lease: Lease, amendments: Amendments = UNAMENDED) -> Dispatch:
        """Write the request for one attempt, but for a clip that is still to be uploaded."""
        return dispatch(self.wish, target.upstream_id)
