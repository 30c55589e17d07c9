"""The work on video jobs with everything around it played by the tests: xAI, the fetching, the time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from grok2api.accounting.pricing import load as load_prices
from grok2api.gateway.upstreams import Upstream
from grok2api.gateway.videos.archiving import Archive, Archived
from grok2api.gateway.videos.asking import Asker
from grok2api.gateway.videos.books import Books
from grok2api.gateway.videos.ending import Ending
from grok2api.gateway.videos.journal import Journal
from grok2api.gateway.videos.order import VideoRules
from grok2api.gateway.videos.work import VideoWork
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.records import Asset, UsageRecord
from grok2api.storage.videos import VideoJob
from grok2api.upstream.xai.client import XaiClient
from grok2api.upstream.xai.video_jobs import VideoStatus
from support.memory_records import MemoryRecords

HOLDER = "worker_a"
URL = "https://vidgen.x.ai/1.mp4"
DONE = VideoStatus(stage="done", progress=100, url=URL, duration=4.0, cost_ticks=7)
Said = VideoStatus | Exception
Kept = str | Exception


@dataclass
class Scene:
    """One job, and what happens to it."""

    said: list[Said]
    """What xAI says, question by question; the last one stands."""
    results: list[Kept] = field(default_factory=lambda: ["asset_1"])
    """What becomes of the result, try by try; the last one stands."""
    records: MemoryRecords = field(default_factory=MemoryRecords)
    clock: ManualClock = field(default_factory=ManualClock)
    pauses: list[float] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    counted: list[UsageRecord] = field(default_factory=list)
    """Rows that the metrics were told of."""
    meanwhile: Callable[[Scene], None] | None = None
    """Happens while a result is fetched."""

    def __post_init__(self) -> None:
        self.journal = Journal(self.records.videos, SecretBox(KeyRing("k" * 32)), self.clock, holder=HOLDER)
        books = Books(
            self.records.usage,
            load_prices(),
            self.clock,
            traces=lambda _key_id: True,
            noted=lambda row, _trace: self.counted.append(row),
        )
        ending = Ending(self.journal, books, self, self.clock)
        self._said, self._results = deque(self.said), deque(self.results)
        self.rules = VideoRules(poll=2.0, give_up=3600.0, open_jobs=0, keep=1.0)
        self.work = VideoWork(
            asker=cast(Asker, self),
            archive=cast(Archive, self),
            ending=ending,
            journal=self.journal,
            upstream=cast(Upstream, XaiClient),
            clock=self.clock,
            rules=lambda: self.rules,
            expires_at=lambda asset: asset.created_at + 60,
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(seconds)

    async def ask(self, job: VideoJob) -> VideoStatus:
        return cast(VideoStatus, _next(self._said))

    async def bring(self, job: VideoJob) -> Archived:
        kept = cast(str, _next(self._results))
        job = await self.journal.change(job, {"asset_id": kept})
        if self.meanwhile is not None:
            self.meanwhile(self)
        now = self.clock.now()
        return Archived(
            job,
            Asset(
                id=kept,
                owner=job.key_id,
                kind="video",
                mime="video/mp4",
                size=1,
                etag="e",
                created_at=now,
                last_used_at=now,
                host="h",
            ),
        )

    async def delete(self, asset_id: str) -> bool:
        self.dropped.append(asset_id)
        return True

    def job(self, **fields: Any) -> VideoJob:
        """Return a job that this worker holds."""
        values: dict[str, Any] = {
            "id": "job",
            "key_id": "key_1",
            "dialect": "openai",
            "operation": "generations",
            "state": "running",
            "model": "grok-imagine-1.0-video",
            "upstream_model": "grok-imagine-video",
            "account_id": "acct",
            "credential_id": "cred",
            "upstream_id": "up",
            "prompt": "",
            "seconds": 4,
            "size": "1280x720",
            "resolution": "720p",
            "request_id": "req_1",
            "started_at": self.clock.now(),
            "created_at": self.clock.now(),
            "holder": HOLDER,
            "fence": 1,
            "held_until": self.clock.now() + 8,
        }
        return VideoJob(**{**values, **fields})

    async def begin(self, **fields: Any) -> VideoJob:
        """Write a job down."""
        job = self.job(**fields)
        await self.records.videos.begin(job)
        return job

    async def carried(self, **fields: Any) -> VideoJob:
        """Return the job as it is told at its end."""
        job = await self.work.carry(await self.begin(**fields))
        kept = await self.records.videos.get("job")
        assert kept is None or kept == job
        return job

    def taken_by_another(self) -> None:
        """Let another worker hold the job."""
        row = self.records.videos.rows["job"]
        self.records.videos.rows["job"] = replace(row, holder="worker_b", fence=row.fence + 1)

    @property
    def charges(self) -> list[UsageRecord]:
        return list(self.records.usage.rows.values())


def _next(script: deque[Any]) -> Any:
    said = script.popleft() if len(script) > 1 else script[0]
    if isinstance(said, Exception):
        raise said
    return said
