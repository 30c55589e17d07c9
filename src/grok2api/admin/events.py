"""News for those who watch: what has changed, what is used, how jobs go on, how the pool stands.

One look a second for all who watch, and none while nobody does. Whoever reads slowly is told the latest of
each kind when he comes to it: what waits for him is one event of a kind, so he costs no more than that.
Must never hold up the server's own end, must never go on when the session of who watches has ended, and
must never tell anybody what his role does not let him ask for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Final

import msgspec

from grok2api.admin.event_rights import may_hear
from grok2api.admin.jobs import JobRunner
from grok2api.admin.usage_pulse import UsagePulse, UsageTick
from grok2api.alerts.book import Book
from grok2api.errors import LimitExceeded, StorageError
from grok2api.kit.sse import KEEP_ALIVE, write_frame
from grok2api.operations.price_keeping import MEDIA_PATH, PATH
from grok2api.storage.access import Role
from grok2api.storage.records import Changes, JobRecord
from grok2api.storage.stores import Records

PERIOD: Final = 1.0
"""Seconds between two looks."""
SILENCE: Final = 15.0
"""Seconds of silence after which a watcher is told that the connection lives."""
MOST: Final = 32
"""Watchers of one worker."""
_JOBS: Final = 50
"""The newest jobs, which are told of."""
_LOOKS: Final = 2
"""Every how many looks it is looked what is used."""
_PRICES: Final = frozenset({PATH, MEDIA_PATH})
"""The settings that hold prices, which others may see than those who see settings."""
_FOLLOWED: Final = frozenset({"models", "prices", "settings"})
"""What a worker shows as it knows it: told once this worker knows it, so that nobody asks too early."""

Welcome = Callable[[], Awaitable[Role | None]]
"""Gives the role of who watches now; None if he may not go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCounts:
    """How the pool stands, as the worker that answers sees it; `sandbox`: xAI itself is not asked."""

    total: int
    by_status: Mapping[str, int]
    usable: int
    in_flight: int
    waiting: int
    sandbox: bool = False


class _Watcher:
    """What waits for one who watches."""

    def __init__(self, *, live: bool) -> None:
        self.live = live
        self.pending: dict[str, tuple[str, bytes]] = {}
        self.news = asyncio.Event()

    def tell(self, key: str, name: str, data: bytes) -> None:
        """Let an event wait, in place of one with the same key."""
        self.pending.pop(key, None)
        self.pending[key] = (name, data)
        self.news.set()

    def take(self) -> list[tuple[str, bytes]]:
        """Return what waits."""
        taken, self.pending = list(self.pending.values()), {}
        self.news.clear()
        return taken


class EventHub:
    """The watchers of a worker.

    Args:
        records: Where changes are looked for.
        jobs: Whose jobs are told of.
        usage: Tells what is used.
        alerts: Gives the alerts that stand.
        live: Gives what runs now, as JSON; asked only while somebody watches that.
        counts: Tells how the pool stands.
        revision: Up to where this worker knows the store.
        draining: Tells whether the server is about to end.
        period: Seconds between two looks.
    """

    def __init__(
        self,
        records: Records,
        jobs: JobRunner,
        *,
        usage: UsagePulse,
        alerts: Callable[[], Awaitable[Book]],
        live: Callable[[], Awaitable[bytes]],
        counts: Callable[[], PoolCounts],
        revision: Callable[[], int],
        draining: Callable[[], bool],
        period: float = PERIOD,
    ) -> None:
        self._records = records
        self._jobs = jobs
        self._usage = usage
        self._alerts = alerts
        self._live = live
        self._counts = counts
        self._known = revision
        self._draining = draining
        self._period = period
        self._watchers: set[_Watcher] = set()
        self._looking: asyncio.Task[None] | None = None
        self._revision = 0
        self._seen: dict[str, JobRecord] = {}
        self._told: PoolCounts | None = None
        self._due: dict[str, int] = {}
        """What is to be told once this worker knows the store up to a revision."""
        self._standing: frozenset[tuple[str, float, float | None]] | None = None
        self._tick: UsageTick | None = None
        self._looks = 0

    def check_room(self) -> None:
        """Return if one more may watch.

        Raises:
            LimitExceeded: too many watch already.
        """
        if len(self._watchers) >= MOST:
            raise LimitExceeded("Too many watch the events of this worker already.", retry_after=5)

    def _enter(self, *, live: bool) -> _Watcher:
        """Return a new watcher's place; the first one begins the looking."""
        watcher = _Watcher(live=live)
        self._watchers.add(watcher)
        if self._looking is None:
            self._revision, self._told = self._known(), None
            self._due.clear()
            self._standing = self._tick = None
            self._usage.rest()
            self._looks = 0
            self._looking = asyncio.get_running_loop().create_task(self._look())
        elif self._tick is not None:
            watcher.tell("usage", "usage", msgspec.json.encode(self._tick))
        return watcher

    async def follow(self, role: Role, welcome: Welcome, *, live: bool = False) -> AsyncIterator[bytes]:
        """Yield the frames of the stream, until the server drains or `welcome` says that it is over.

        Args:
            role: What who watches may hear, to begin with.
            welcome: Tells whether he may go on, and as what.
            live: Whether what runs now is told as well.
        """
        loop, watcher = asyncio.get_running_loop(), self._enter(live=live)
        spoke = looked = loop.time()
        try:
            yield _frame("hello", {"revision": self._revision, "pool": asdict(self._counts())})
            while self._alive():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._period):
                        await watcher.news.wait()
                if loop.time() - looked >= self._period / 2:
                    looked = loop.time()
                    now = await _still(role, welcome)
                    if now is None:
                        yield _frame("end", {"reason": "signed out"})
                        return
                    role = now
                for name, data in watcher.take():
                    if may_hear(role, name):
                        spoke = loop.time()
                        yield write_frame(name.encode(), data)
                if loop.time() - spoke >= SILENCE:
                    spoke = loop.time()
                    yield KEEP_ALIVE
        finally:
            self._leave(watcher)

    def _alive(self) -> bool:
        """Tell whether there may be news: nobody is to sit before a stream in which nothing comes."""
        return not self._draining() and self._looking is not None and not self._looking.done()

    def _leave(self, watcher: _Watcher) -> None:
        self._watchers.discard(watcher)
        if not self._watchers and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self) -> None:
        """Look for news as long as somebody watches."""
        while True:
            try:
                await self._once()
            except StorageError:
                self._tell("store", "store", {"away": True})
            await asyncio.sleep(self._period)

    async def _once(self) -> None:
        await self._tell_changes()
        await self._tell_jobs()
        counts = self._counts()
        if counts != self._told:
            self._told = counts
            self._tell("pool", "pool", asdict(counts))
        await self._tell_alerts()
        if self._looks % _LOOKS == 0:
            await self._tell_usage()
        self._looks += 1
        await self._tell_live()

    async def _tell_changes(self) -> None:
        changes = await self._records.changes_since(self._revision)
        if changes.revision != self._revision or changes.reset:
            self._revision = changes.revision
            self._due.update(dict.fromkeys(_kinds(changes), changes.revision))
        known = self._known()
        for name, revision in tuple(self._due.items()):
            if name not in _FOLLOWED or known >= revision:
                del self._due[name]
                self._tell(name, name, {"revision": revision})

    async def _tell_jobs(self) -> None:
        for job in await self._jobs.recent(_JOBS):
            if self._seen.get(job.id) != job:
                if self._told is not None or job.state == "running":
                    self._tell(f"job {job.id}", "job", _job(job))
                self._seen[job.id] = job
        while len(self._seen) > 2 * _JOBS:
            del self._seen[next(iter(self._seen))]

    async def _tell_alerts(self) -> None:
        """Tell that other alerts stand than at the last look, or that one has been posted."""
        standing = frozenset((key, each.since, each.told) for key, each in (await self._alerts()).items())
        before, self._standing = self._standing, standing
        if before is not None and before != standing:
            self._tell("alerts", "alerts", {"standing": len(standing)})

    async def _tell_usage(self) -> None:
        """Tell what is used, while requests end and once when it has become quiet."""
        tick = await self._usage.look()
        if tick is not None and not tick.same(self._tick):
            self._tick = tick
            self._tell("usage", "usage", asdict(tick))

    async def _tell_live(self) -> None:
        """Tell what runs now to those who asked for it; nobody is asked if there are none."""
        if any(each.live for each in self._watchers):
            told = await self._live()
            for watcher in [each for each in self._watchers if each.live]:
                watcher.tell("live", "live", told)

    def _tell(self, key: str, name: str, data: Mapping[str, object]) -> None:
        encoded = msgspec.json.encode(data)
        for watcher in self._watchers:
            watcher.tell(key, name, encoded)


def _kinds(changes: Changes) -> list[str]:
    """Return the kinds of records that changed."""
    kinds = {
        "credentials": changes.credentials or changes.deleted_credentials,
        "keys": changes.keys or changes.deleted_keys,
        "models": changes.models or changes.deleted_models,
        "settings": changes.settings or changes.deleted_settings,
        "prices": _PRICES.intersection(each.path for each in changes.settings)
        or _PRICES.intersection(changes.deleted_settings),
    }
    return [name for name, moved in kinds.items() if moved or changes.reset]


def _job(job: JobRecord) -> dict[str, object]:
    """Return what is told of a job; what came of it is left to whoever asks for the job."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "total": job.total,
        "done": job.done,
        "failed": job.failed,
        "message": job.message,
    }


def _frame(name: str, data: Mapping[str, object]) -> bytes:
    return write_frame(name.encode(), msgspec.json.encode(data))


async def _still(role: Role, welcome: Welcome) -> Role | None:
    """Tell whether a watcher may go on, and as what; while the store is away he may, as before."""
    try:
        return await welcome()
    except StorageError:
        return role
