"""Processes that share a store watch for trouble: it is told once and called off once, whoever leads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import count

import msgspec
import pytest

from grok2api.accounting.budgets import day_of, month_of
from grok2api.accounting.client_keys import new_client_key
from grok2api.alerts.alert import Alert
from grok2api.alerts.book import CALM, FACT, HOLD, read
from grok2api.alerts.conditions import Seen
from grok2api.canonical.usage import TICKS_PER_DOLLAR
from grok2api.config.live import Live
from grok2api.config.loaded import Loaded
from grok2api.config.sections.alerting import Alerts
from grok2api.config.settings import Settings
from grok2api.errors import StorageError
from grok2api.kit.clock import ManualClock
from grok2api.server.alert_post import AlertPost
from grok2api.server.alert_watch import PERIOD, AlertSources, AlertWatch
from grok2api.server.budget_watch import PERIOD as BUDGETS
from grok2api.server.budget_watch import BudgetWatch
from grok2api.server.leadership import LIFETIME, Leadership
from grok2api.storage.budgets import Charge
from grok2api.upstream.transport import Fetcher
from support.alert_hook import SECRET, Hook, alert_hook
from support.memory_records import MemoryRecords

HOUR = 3600.0
BUDGET = ("raised", "budget.spent")
DRIFT = ("raised", "price.drift")
LAST = ("raised", "pool.last_usable")
NONE = ("raised", "pool.none_usable")
STORE = ("raised", "store.degraded")
GOOD = Seen("cred_1", "one", "api_key", enabled=True, status="active", reason="")
LOST = Seen("cred_2", "two", "api_key", enabled=True, status="blocked", reason="blocked by xAI")


class Process:
    """One of all that share a store: it stands for election, and watches budgets and all else."""

    def __init__(self, world: World, number: int) -> None:
        self.clock = ManualClock(world.clock.wall, world.clock.ticks)
        self.leadership = Leadership(world.records.claims, holder=f"process-{number}", clock=self.clock)
        self.budgets = BudgetWatch(world.records, self.clock, self.leadership)
        self.lacking: set[str] = set()
        self.drifts: Iterable[Alert] | None = ()
        self._world = world
        self._budgets_at = 0.0
        self._watch = AlertWatch(
            sources=AlertSources(
                lambda: world.pool,
                lambda: world.practising,
                lambda: self.lacking,
                {"budget.spent": lambda: self.budgets.spent, "price.drift": lambda: self.drifts},
            ),
            post=AlertPost(world.fetcher, world.live, self.clock),
            live=world.live,
            clock=self.clock,
            leadership=self.leadership,
            meta=world.records.meta,
        )

    async def turn(self) -> None:
        """Do all jobs that are due, each as the background does it: one that fails is tried again."""
        with suppress(StorageError):
            await self.leadership.run()
        if self.clock.ticks >= self._budgets_at:
            with suppress(StorageError):
                await self.budgets.run()
            self._budgets_at = self.clock.ticks + self.budgets.period
        if self._world.noticed:
            self.lacking = {"store"} if self._world.records.revisions.away else set()
        with suppress(StorageError):
            await self._watch.run()


class World:
    """A store, a receiver and the processes."""

    def __init__(self, hook: Hook, fetcher: Fetcher) -> None:
        self.hook, self.fetcher = hook, fetcher
        self.records, self.clock = MemoryRecords(), ManualClock()
        self.pool: list[Seen] = [GOOD]
        self.practising = False
        self.noticed = True
        """Whether processes notice at once that the store is away or back."""
        self.live = Live(Loaded(Settings(), {}, ()))
        self.say(Alerts(webhook_url=hook.url, secret=SECRET, allow_private=True))
        self.processes: list[Process] = []
        self._numbers = count()

    def say(self, alerts: Alerts) -> None:
        """Put settings of alerts in force."""
        self.live.replace(Loaded(Settings(alerts=alerts), {}, ()))

    def start(self) -> Process:
        self.processes.append(Process(self, next(self._numbers)))
        return self.processes[-1]

    async def stop(self, process: Process) -> None:
        self.processes.remove(process)
        await process.leadership.close()

    async def spend_a_budget(self) -> None:
        """Let a client key spend its budget of the month; nobody has looked yet."""
        record, _ = new_client_key("team", pepper=b"pepper", now=self.clock.now())
        await self.records.keys.add(replace(record, budget_month_ticks=TICKS_PER_DOLLAR))
        now = self.clock.now()
        charge = Charge(
            id="req_1",
            key_id=record.id,
            day=day_of(now),
            month=month_of(now),
            ticks=TICKS_PER_DOLLAR,
            at=now,
        )
        await self.records.budgets.settle([charge])

    async def raise_the_budget(self) -> None:
        (record,) = await self.records.keys.list()
        await self.records.keys.put(replace(record, budget_month_ticks=2 * TICKS_PER_DOLLAR))

    def let_pass(self, seconds: float) -> None:
        """Let time pass in which nobody does anything."""
        for clock in (self.clock, *(each.clock for each in self.processes)):
            clock.advance(seconds)

    async def run(self, seconds: float) -> None:
        """Let time pass in which everybody does what is due."""
        for _ in range(int(seconds / PERIOD)):
            for each in self.processes:
                await each.turn()
            self.let_pass(PERIOD)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with Fetcher(user_agent="tests") as fetcher:
        with alert_hook() as hook:
            yield World(hook, fetcher)
            assert hook.wrong == [], "everything that was said is signed"


async def test_a_restart_says_nothing_again_and_gives_no_all_clear(world: World) -> None:
    await world.spend_a_budget()
    first = world.start()
    await world.run(2 * BUDGETS)
    assert world.hook.told == [BUDGET]
    world.let_pass(5 * HOUR)
    await world.stop(first)
    second = world.start()
    await world.run(2 * BUDGETS)
    assert second.budgets.spent, "it is seen again"
    assert world.hook.told == [BUDGET]
    await world.raise_the_budget()
    await world.run(2 * BUDGETS + CALM)
    assert world.hook.told == [BUDGET, ("resolved", "budget.spent")]


async def test_what_is_not_known_yet_is_neither_raised_nor_called_off(world: World) -> None:
    drift = Alert("price.drift", "grok-4", {"name": "grok-4", "percent": "10.0 %"})
    first = world.start()
    first.drifts = [drift]
    await world.run(2 * HOLD)
    assert world.hook.told == [DRIFT]
    await world.stop(first)
    second = world.start()
    second.drifts = None
    await world.run(HOUR)
    assert world.hook.told == [DRIFT]
    second.drifts = [drift]
    await world.run(HOUR)
    assert world.hook.told == [DRIFT]
    second.drifts = ()
    await world.run(CALM - PERIOD)
    assert world.hook.told == [DRIFT], "it has to be right for as long as anything else"
    await world.run(3 * PERIOD)
    assert world.hook.told == [DRIFT, ("resolved", "price.drift")]


async def test_what_was_right_before_a_restart_is_called_off_after_it(world: World) -> None:
    world.pool = [GOOD, LOST]
    first = world.start()
    await world.run(2 * HOLD)
    world.pool = [GOOD]
    await world.stop(first)
    world.let_pass(5 * HOUR)
    world.start()
    await world.run(2 * CALM)
    assert world.hook.told == [("raised", "pool.last_usable"), ("resolved", "pool.last_usable")]


@pytest.mark.parametrize("others", [0, 2])
async def test_while_the_store_is_away_it_is_told_and_nothing_else_changes(world: World, others: int) -> None:
    await world.spend_a_budget()
    leader, *_ = [world.start() for _ in range(1 + others)]
    await world.run(2 * BUDGETS)
    world.records.revisions.away = True
    await world.run(LIFETIME + 2 * HOLD)
    assert leader.leadership.claim is None
    assert world.hook.told == [BUDGET, STORE]
    world.pool = [GOOD, LOST]
    await world.run(5 * BUDGETS)
    assert world.hook.told == [BUDGET, STORE, LAST], "what goes wrong meanwhile is told by one of them"
    world.records.revisions.away = False
    await world.run(3 * BUDGETS)
    assert world.hook.told == [BUDGET, STORE, LAST, ("resolved", "store.degraded")]


async def test_whoever_leads_after_an_outage_calls_off_what_another_told(world: World) -> None:
    first, second = world.start(), world.start()
    await world.run(2 * HOLD)
    world.records.revisions.away = True
    await world.run(LIFETIME + 2 * HOLD)
    assert world.hook.told == [STORE]
    assert read(await told_by(world)) == {}, "nobody could write that down"
    world.processes.reverse()
    world.records.revisions.away = False
    await world.run(2 * CALM)
    assert first.leadership.claim is None
    assert second.leadership.claim is not None
    assert world.hook.told == [STORE, ("resolved", "store.degraded")]
    assert read(await told_by(world)) == {}


async def test_a_lead_that_lapsed_before_anybody_saw_why_is_told_of_all_the_same(world: World) -> None:
    world.start()
    await world.run(2 * HOLD)
    world.records.revisions.away, world.noticed = True, False
    await world.run(2 * LIFETIME)
    assert world.hook.told == []
    world.noticed = True
    await world.run(2 * HOLD)
    assert world.hook.told == [STORE]


async def test_a_host_whose_clock_is_behind_reminds_of_nothing_too_early(world: World) -> None:
    world.pool = [LOST]
    first = world.start()
    await world.run(2 * HOLD)
    await world.stop(first)
    world.start().clock.wall -= HOUR
    await world.run(2 * HOLD)
    assert world.hook.told == [NONE]


async def test_what_was_not_taken_is_tried_again(world: World) -> None:
    world.pool, world.hook.refusals = [LOST], 3
    world.start()
    await world.run(20 * HOLD)
    assert (world.hook.told, world.hook.refused) == ([NONE], 3)


async def test_what_is_muted_while_it_stands_gets_no_all_clear(world: World) -> None:
    world.pool = [LOST]
    world.start()
    await world.run(2 * HOLD)
    said = world.live.current.alerts
    world.say(msgspec.structs.replace(said, mute=("pool.none_usable",)))
    await world.run(2 * CALM)
    assert world.hook.told == [NONE]
    world.say(said)
    await world.run(2 * HOLD)
    assert world.hook.told == [NONE, NONE]


async def test_without_a_receiver_it_is_noted_and_told_once_there_is_one(world: World) -> None:
    said = world.live.current.alerts
    world.say(msgspec.structs.replace(said, webhook_url=""))
    world.pool = [LOST]
    world.start()
    await world.run(2 * HOLD)
    assert [each.told for each in read(await told_by(world)).values()] == [None]
    world.say(said)
    await world.run(2 * PERIOD)
    assert world.hook.told == [NONE]
    world.say(msgspec.structs.replace(said, webhook_url=""))
    world.pool = [GOOD]
    await world.run(2 * CALM)
    assert read(await told_by(world)) == {}


async def test_a_pool_that_was_disabled_by_hand_is_told_until_one_serves_again(world: World) -> None:
    world.pool = [replace(GOOD, enabled=False)]
    world.start()
    await world.run(2 * HOLD)
    (said,) = world.hook.heard
    assert (said["kind"], said["severity"]) == ("pool.none_usable", "critical")
    assert said["title"] == (
        "No credential can serve, clients get 429 or 503: 1 in the pool, 1 disabled by hand"
    )
    world.pool = []
    await world.run(2 * CALM)
    assert world.hook.told == [NONE], "to delete what does not serve makes nobody serve"
    world.pool = [GOOD]
    await world.run(2 * CALM)
    assert world.hook.told == [NONE, ("resolved", "pool.none_usable")]


async def test_a_deleted_credential_that_was_the_last_one_is_missed(world: World) -> None:
    process = world.start()
    await world.run(CALM)
    world.pool = []
    await world.run(HOLD - PERIOD)
    assert world.hook.told == [], "whoever puts another in its place has a moment"
    await world.run(2 * PERIOD)
    assert world.hook.told == [NONE]
    await world.stop(process)
    world.start()
    await world.run(2 * CALM)
    assert world.hook.told == [NONE], "whoever starts with an empty pool gives no all-clear"
    world.pool = [GOOD]
    await world.run(2 * CALM)
    assert world.hook.told == [NONE, ("resolved", "pool.none_usable")]


async def test_an_empty_pool_and_one_that_the_sandbox_stands_in_for_are_no_trouble(world: World) -> None:
    world.pool = []
    world.start()
    await world.run(CALM)
    world.pool, world.practising = [LOST], True
    await world.run(CALM)
    assert world.hook.told == []


async def told_by(world: World) -> str:
    """Return what the store holds, even while it is away."""
    away, world.records.revisions.away = world.records.revisions.away, False
    found = await world.records.meta.get(FACT) or ""
    world.records.revisions.away = away
    return found
