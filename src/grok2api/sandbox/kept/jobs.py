"""Work that takes its time: videos and deferred images, each known only to the team that ordered it.

How a job ends is settled when it begins; the sandbox's clock, or an order from outside, brings it there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from grok2api.kit.clock import Clock
from grok2api.sandbox.wire import Json

MAX_JOBS = 5_000
MAX_SHOWN = 10_000
KEPT_SECONDS = 86_400.0


@dataclass(slots=True)
class Job:
    """One job. `make` builds its result when it is first read as done; times are monotonic seconds.

    `outcome` is done, failed or expired; `error` is that of a failed one; `ticks` is what it costs.
    """

    id: str
    team_id: str
    kind: str
    model: str
    started: float
    seconds: float
    outcome: str
    make: Callable[[], Json]
    ticks: int
    error: Json | None = None
    body: Json = field(default_factory=dict)
    polls: int = 0
    result: Json | None = None

    def progress(self, now: float) -> int:
        """Return how far the job is, 0 to 100."""
        elapsed = now - self.started
        return 100 if elapsed >= self.seconds else min(99, int(elapsed / self.seconds * 100))

    def status(self, now: float) -> str:
        """Return pending, or how the job ended; a result that lay too long is expired."""
        if self.progress(now) < 100:
            return "pending"
        late = now > self.started + self.seconds + KEPT_SECONDS
        return "expired" if late and self.outcome == "done" else self.outcome


def shortened(value: Any) -> Any:
    """Return JSON in which every long text, like a picture in base64, is cut."""
    if isinstance(value, str):
        return value if len(value) <= MAX_SHOWN else f"{value[:40]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [shortened(each) for each in value]
    if isinstance(value, dict):
        return {name: shortened(each) for name, each in value.items()}
    return value


class Jobs:
    """Every job of one sandbox, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def add(self, job: Job) -> None:
        """Take a job on."""
        self._jobs[job.id] = job
        while len(self._jobs) > MAX_JOBS:
            self._jobs.popitem(last=False)

    def find(self, team_id: str, kind: str, identifier: str) -> Job | None:
        """Return a job of this team and kind, or None."""
        job = self._jobs.get(identifier)
        return job if job is not None and (job.team_id, job.kind) == (team_id, kind) else None

    def finish(self, identifier: str, outcome: str | None, error: Json | None) -> bool:
        """End a job now, as settled or with another outcome; tell whether it was there and under way."""
        job = self._jobs.get(identifier)
        now = self._clock.monotonic()
        if job is None or job.status(now) != "pending":
            return False
        job.seconds = now - job.started
        job.outcome = outcome or job.outcome
        job.error = error or job.error
        return True

    def pending(self) -> list[str]:
        """Return the ids of the jobs under way."""
        now = self._clock.monotonic()
        return [job.id for job in self._jobs.values() if job.status(now) == "pending"]

    def rows(self) -> list[Json]:
        """Return every job as the control route shows it."""
        now = self._clock.monotonic()
        return [
            {
                "request_id": job.id,
                "kind": job.kind,
                "team_id": job.team_id,
                "model": job.model,
                "status": job.status(now),
                "progress": job.progress(now),
                "polls": job.polls,
                "cost_in_usd_ticks": job.ticks if job.outcome == "done" else 0,
                "body": shortened(job.body),
            }
            for job in self._jobs.values()
        ]
