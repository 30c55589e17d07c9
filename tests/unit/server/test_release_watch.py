"""The newest version is asked for once a day, by the process that leads, if it is wanted at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from grok2api.config.live import Live
from grok2api.config.loaded import Loaded
from grok2api.config.sections.releasing import Releases
from grok2api.config.settings import Settings
from grok2api.errors import StorageError
from grok2api.kit.clock import ManualClock
from grok2api.operations import releases
from grok2api.operations.releases import Learnt, Release
from grok2api.server.leadership import Leadership
from grok2api.server.release_watch import PERIOD, ReleaseWatch
from grok2api.storage.stores import MetaStore
from grok2api.upstream.transport import Fetcher
from support.fetching import fetching
from support.memory_records import MemoryRecords
from support.release_feed import PAGE, ReleaseFeed, release_feed

HOUR, DAY = 3_600.0, 86_400.0
FOUND = Release("99.1.0", PAGE)


@dataclass
class ReadOnlyMeta:
    """Facts that are read, and kept only once that is possible again."""

    behind: MetaStore
    writable: bool = False

    async def get(self, name: str, /) -> str | None:
        return await self.behind.get(name)

    async def put_if_absent(self, name: str, value: str) -> str:
        await self.put(name, value)
        return value

    async def put(self, name: str, value: str) -> None:
        if not self.writable:
            raise StorageError("the disk is read-only")
        await self.behind.put(name, value)


@dataclass
class World:
    """A store, and processes that stand on it."""

    feed: ReleaseFeed
    fetcher: Fetcher
    records: MemoryRecords = field(default_factory=MemoryRecords)
    clock: ManualClock = field(default_factory=ManualClock)
    live: Live = field(default_factory=lambda: Live(Loaded(Settings(), {}, ())))

    def follow(self, url: str) -> None:
        self.live.replace(Loaded(Settings(releases=Releases(feed_url=url)), {}, ()))

    async def start(self, holder: str) -> tuple[ReleaseWatch, Leadership]:
        """Start a process that leads if nobody does."""
        leadership = Leadership(self.records.claims, holder=holder, clock=self.clock)
        await leadership.run()
        return self.watch(leadership), leadership

    def watch(self, leadership: Leadership, meta: MetaStore | None = None) -> ReleaseWatch:
        return ReleaseWatch(
            self.fetcher,
            live=self.live,
            meta=meta or self.records.meta,
            clock=self.clock,
            leadership=leadership,
        )

    async def after(self, seconds: float, watch: ReleaseWatch, leadership: Leadership) -> int:
        """Let time pass; return how often anybody was asked in all."""
        self.clock.advance(seconds)
        await leadership.run()
        await watch.run()
        return len(self.feed.asked)

    async def learnt(self) -> Learnt:
        kept = releases.read(await self.records.meta.get(releases.FACT) or "")
        assert kept is not None
        return kept


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with release_feed() as feed:
        async with fetching(opened=[feed.host]) as fetcher:
            yield World(feed, fetcher)


async def test_nobody_is_asked_unless_an_address_is_set(world: World) -> None:
    watch, leadership = await world.start("me")
    assert await world.after(DAY, watch, leadership) == 0
    assert await world.records.meta.get(releases.FACT) is None


async def test_it_is_asked_once_a_day_whoever_leads_and_over_a_restart(world: World) -> None:
    world.follow(world.feed.url)
    watch, leadership = await world.start("one")
    other, _ = await world.start("two")
    assert await world.after(0, watch, leadership) == 1
    await other.run()
    assert await world.after(DAY - 1, watch, leadership) == 1, "who does not lead asks nobody"
    again = world.watch(leadership)
    await again.run()
    assert len(world.feed.asked) == 1, "a restart asks nothing again"
    assert await world.after(2, again, leadership) == 2
    assert (await world.learnt()).newest == FOUND


async def test_what_is_asked_tells_nothing_of_this_server(world: World) -> None:
    world.follow(world.feed.url)
    watch, leadership = await world.start("me")
    await world.after(0, watch, leadership)
    (asked,) = world.feed.asked
    assert asked.keys() <= {"host", "user-agent", "accept", "accept-encoding", "connection"}


async def test_without_an_answer_it_is_asked_again_within_the_hour_and_the_former_one_stands(
    world: World,
) -> None:
    world.follow(world.feed.url)
    watch, leadership = await world.start("me")
    await world.after(0, watch, leadership)
    world.feed.version = ""
    await world.after(DAY, watch, leadership)
    learnt = await world.learnt()
    assert (learnt.newest, learnt.failure) == (FOUND, "status 503")
    assert await world.after(HOUR - 1, watch, leadership) == 2
    world.feed.version = "99.2.0"
    assert await world.after(2, watch, leadership) == 3
    learnt = await world.learnt()
    assert (learnt.newest, learnt.failure) == (Release("99.2.0", PAGE), "")


async def test_another_address_is_asked_at_once_and_the_former_answer_forgotten(
    world: World,
) -> None:
    world.follow(world.feed.url)
    watch, leadership = await world.start("me")
    await world.after(0, watch, leadership)
    world.follow("http://192.168.7.7/latest")
    await world.after(1, watch, leadership)
    learnt = await world.learnt()
    assert learnt.newest is None
    assert "192.168.7.7" not in learnt.failure
    assert "fetch.allow_hosts" in learnt.failure


async def test_a_clock_that_was_set_back_does_not_silence_it(world: World) -> None:
    world.follow(world.feed.url)
    ahead = Learnt(world.feed.url, world.clock.now() + 30 * DAY, Release("1.0"))
    await world.records.meta.put(releases.FACT, releases.write(ahead))
    watch, leadership = await world.start("me")
    assert await world.after(0, watch, leadership) == 1


async def test_a_store_that_takes_nothing_makes_nobody_ask_at_every_turn(world: World) -> None:
    world.follow(world.feed.url)
    _, leadership = await world.start("me")
    meta = ReadOnlyMeta(world.records.meta)
    watch = world.watch(leadership, meta)
    with pytest.raises(StorageError):
        await world.after(0, watch, leadership)
    assert await world.after(PERIOD, watch, leadership) == 1
    meta.writable = True
    assert await world.after(HOUR, watch, leadership) == 2
    assert (await world.learnt()).newest == FOUND
