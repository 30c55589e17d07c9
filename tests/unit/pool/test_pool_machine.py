"""Whatever requests, operators, sign-ins, proxies and other processes do to a pool, in whatever order.

A state machine lives through random histories on a clock that stands still; after every step the pool must
be in order. What is checked needs no private field but the index and the waiting room.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.canonical.plan import Demand, PoolScope
from grok2api.canonical.tokens import TokenSet
from grok2api.errors import NotFound, PoolError
from grok2api.kit.clock import ManualClock
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.secretbox import SecretBox
from grok2api.pool.importing import secret_context
from grok2api.pool.member import Member
from grok2api.pool.obstacles import BUSY, obstacle
from grok2api.pool.pool import PoolRules
from grok2api.pool.status import candidates
from grok2api.pool.tokens import new_sign_in, open_tokens, renewed, seal_tokens
from grok2api.storage.records import Credential
from support.faults import make_fault
from support.pool_bench import PEPPER, Bench

QUEUE_WAIT = 20.0
ACCOUNTS = ("acct_0", "acct_1", "acct_2")
PROXY = "http://proxy.test:3128"
WAITS = st.sampled_from([None, 0.0, 0.5, 7.0, 100.0, 5000.0, -1.0, math.nan, math.inf, 1e300])
PLAIN = Demand("grok-4.3")
DEMANDS = st.just(PLAIN) | st.builds(
    Demand,
    st.sampled_from(["grok-4.3", "grok-4.7", ""]),
    account_pin=st.sampled_from([None, *map(SealedIds.account_hash, ACCOUNTS)]),
    affinity=st.sampled_from([None, "one conversation", "another"]),
    surface=st.sampled_from(["responses", "chat"]),
    scope=st.sampled_from([PoolScope(), PoolScope(tags=frozenset({"team-a"}))]),
)
FAULTS = st.builds(
    make_fault,
    st.sampled_from(FaultKind),
    scope=st.sampled_from(FaultScope),
    upstream_status=st.sampled_from([0, 200, 400, 401, 403, 429, 500, 503]),
    retry_after=WAITS,
    detail=st.sampled_from(["", "xAI said so"]),
)
SCOPES = {
    FaultKind.RATE_LIMIT: FaultScope.ACCOUNT_MODEL,
    FaultKind.MODEL_MISSING: FaultScope.ACCOUNT_MODEL,
    FaultKind.NO_CREDIT: FaultScope.ACCOUNT,
    FaultKind.QUOTA: FaultScope.ACCOUNT,
    FaultKind.PROXY_DOWN: FaultScope.PROXY,
    FaultKind.UNAVAILABLE: FaultScope.UPSTREAM,
    FaultKind.SURFACE_DENIED: FaultScope.CREDENTIAL,
    FaultKind.TOKEN_EXPIRED: FaultScope.CREDENTIAL,
}
"""Who is to blame for the failures that keep somebody out of something."""


class StillLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is the pool's: timers fire when a test moves the clock."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._still = clock

    @override
    def time(self) -> float:
        return self._still.monotonic()


@dataclass(eq=False)
class Asked:
    """A request for a credential that may still wait."""

    task: asyncio.Task[Lease]
    demand: Demand
    exclude: tuple[str, ...]
    since: float


@dataclass(eq=False)
class Running:
    """A call under way."""

    lease: Lease
    demand: Demand


class PoolMachine(RuleBasedStateMachine):
    """Rules are what may happen; invariants are what must hold after each of them."""

    def __init__(self, box: SecretBox) -> None:
        super().__init__()
        clock = ManualClock()
        self.bench = Bench(box, clock=clock)
        self.bench.pool.rules = PoolRules(queue_wait=QUEUE_WAIT, queue_length=4)
        self.runner = asyncio.Runner(loop_factory=lambda: StillLoop(clock))
        self.asked: list[Asked] = []
        self.running: list[Running] = []
        self.requests = 0
        self.keys = 0

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize()
    def a_small_pool(self) -> None:
        for number in range(4):
            self._add(
                account_id=ACCOUNTS[number % 3],
                max_concurrency=1,
                proxy=PROXY if number == 1 else "",
                tags=("team-a",) if number < 2 else (),
                priority=int(number == 2),
            )
        self._sign_in()

    # Requests

    @rule(demand=DEMANDS, avoids=st.booleans())
    def ask(self, demand: Demand, avoids: bool) -> None:
        tried = [each.lease.credential_id for each in self.running[-1:]] if avoids else []
        exclude = tuple(tried)
        work = self.bench.pool.lease(demand, exclude=exclude)
        task = self.runner.get_loop().create_task(work)
        self.asked.append(Asked(task, demand, exclude, self.bench.clock.monotonic()))

    @precondition(lambda self: self.waiters())
    @rule(data=st.data())
    def leave_the_queue(self, data: st.DataObject) -> None:
        left = data.draw(st.sampled_from(self.waiters()))
        left.task.cancel()

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        self.bench.pool.answered(data.draw(st.sampled_from(self.running)).lease)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), fault=FAULTS, same_request=st.booleans())
    def fail(self, data: st.DataObject, fault: Fault, same_request: bool) -> None:
        self.requests += not same_request
        failed = data.draw(st.sampled_from(self.running))
        self.bench.pool.report(failed.lease, fault, request_id=f"r{self.requests}")

    @rule(kind=st.sampled_from(sorted(SCOPES)), wait=WAITS, pin=st.sampled_from([None, *ACCOUNTS]))
    def be_refused(self, kind: FaultKind, wait: float | None, pin: str | None) -> None:
        """Ask, fail and give back at once, if somebody is free."""
        self.requests += 1
        demand = replace(PLAIN, account_pin=None if pin is None else SealedIds.account_hash(pin))
        pool = self.bench.pool
        if pool.waiting or not pool.has_other(demand):
            return
        lease = self.do(pool.lease(demand))
        fault = make_fault(kind, scope=SCOPES[kind], retry_after=wait, detail="refused")
        pool.report(lease, fault, request_id=f"r{self.requests}")
        pool.release(lease, ok=False)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), ok=st.booleans())
    def give_back(self, data: st.DataObject, ok: bool) -> None:
        given = data.draw(st.sampled_from(self.running))
        self.running.remove(given)
        self.bench.pool.release(given.lease, ok)
        self.bench.pool.release(given.lease, not ok)

    # Time, and the store

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 19.0, 31.0, 400.0, 4000.0, 90_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.bench.clock.advance(seconds)
        self.bench.view.check_sign_ins()

    @rule()
    def write_to_the_store(self) -> None:
        self.do(self.bench.writer.flush())

    @rule()
    def look_at_the_store(self) -> None:
        self.do(self.bench.view.refresh(self.bench.records))

    # Operators, and other processes

    @precondition(lambda self: self.keys < 9)
    @rule(account=st.sampled_from(ACCOUNTS), limit=st.integers(0, 1), priority=st.integers(0, 1))
    def add_a_key(self, account: str, limit: int, priority: int) -> None:
        self._add(account_id=account, max_concurrency=limit, priority=priority)

    @precondition(lambda self: self.stored())
    @rule(data=st.data())
    def delete_one(self, data: st.DataObject) -> None:
        self.do(self.bench.records.credentials.delete(data.draw(st.sampled_from(self.stored())).id))

    @precondition(lambda self: self.stored())
    @rule(data=st.data(), enabled=st.booleans())
    def switch_one(self, data: st.DataObject, enabled: bool) -> None:
        self._change(data.draw(st.sampled_from(self.stored())), enabled=enabled)

    @precondition(lambda self: self.stored())
    @rule(data=st.data(), status=st.sampled_from(["active", "cooling", "exhausted", "blocked", "disabled"]))
    def another_process_moves_one(self, data: st.DataObject, status: str) -> None:
        rests = status in {"cooling", "exhausted"}
        self._change(
            data.draw(st.sampled_from(self.stored())),
            status=status,
            reason="" if status == "active" else "told by another process",
            cooldown_until=self.bench.clock.now() + 50 if rests else None,
        )

    @precondition(lambda self: self.bench.pool.roster.members)
    @rule(data=st.data())
    def clear_one(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(list(self.bench.pool.roster.members.values())))
        assert self.bench.pool.clear(member.id)
        assert member.health.usable(self.bench.clock.monotonic())

    @precondition(lambda self: self.stored())
    @rule(data=st.data())
    def an_operator_clears_one_elsewhere(self, data: st.DataObject) -> None:
        cleared = data.draw(st.sampled_from(self.stored()))
        now = self.bench.clock.now()
        self._change(cleared, status="active", reason="", cooldown_until=None, cleared_at=now)

    # Sign-ins and proxies

    @precondition(lambda self: self.sign_ins())
    @rule(data=st.data(), seconds=st.sampled_from([5.0, 3600.0]))
    def renew_a_sign_in(self, data: st.DataObject, seconds: float) -> None:
        record = data.draw(st.sampled_from(self.sign_ins()))
        box = self.bench.box
        tokens = TokenSet(access_token=f"access-{record.generation + 1}", expires_in=seconds)
        former = open_tokens(record, box)
        self._change(record, **renewed(record, tokens, former=former, box=box, now=self.bench.clock.now()))

    @precondition(lambda self: self.sign_ins())
    @rule(data=st.data(), why=st.sampled_from(["the refresh token was revoked", ""]))
    def lose_a_sign_in(self, data: st.DataObject, why: str) -> None:
        self._change(data.draw(st.sampled_from(self.sign_ins())), refresh_dead=True, refresh_error=why)

    @rule(proxy=st.sampled_from([None, PROXY]))
    def a_proxy_is_found_well(self, proxy: str | None) -> None:
        self.bench.pool.proxy_well(proxy)

    # What must hold

    @invariant()
    def the_pool_is_in_order(self) -> None:
        self.settle()
        self.states_are_one_and_told()
        self.nobody_is_lost()
        self.calls_are_counted()
        self.waiters_have_reason_to_wait()

    def settle(self) -> None:
        """Let everybody who was called try, and take in what came of it."""
        self.do(_breathe())
        for each in [each for each in self.asked if each.task.done()]:
            self.asked.remove(each)
            if each.task.cancelled():
                continue
            error = each.task.exception()
            assert error is None or isinstance(error, PoolError | NotFound)
            if error is None:
                self.running.append(Running(each.task.result(), each.demand))
                self.may_serve(each.task.result(), each)

    def may_serve(self, lease: Lease, asked: Asked) -> None:
        """No lease is on a credential that may not serve, nor beside the account it is pinned to."""
        roster, now, demand = self.bench.pool.roster, self.bench.clock.monotonic(), asked.demand
        member = roster.members[lease.credential_id]
        record = self.bench.view.record(lease.credential_id)
        assert record is not None
        assert record.enabled
        assert self.bench.status(member.id).status == "active"
        assert roster.unfit(member, demand) == ""
        assert obstacle(member, roster.barriers(demand, now, (), self.bench.pool.proxies.until)) in {
            None,
            BUSY,
        }
        assert member.max_concurrency == 0 or member.in_flight <= member.max_concurrency
        assert lease.credential_id not in asked.exclude
        assert lease.token == member.token
        assert demand.account_pin in {None, SealedIds.account_hash(lease.account_id)}

    def states_are_one_and_told(self) -> None:
        rows = self.bench.rows()
        assert self.bench.pool.usable() == sum(row.status == "active" for row in rows)
        for row in rows:
            assert (row.status == "active") is (row.reason == ""), row
            rests = row.status in {"cooling", "exhausted"}
            assert not rests or (row.cooldown_until or 0.0) > self.bench.clock.now()
            assert all(reason and until > self.bench.clock.now() for _, reason, until in row.restrictions)
        for demand in (Demand("grok-4.3"), Demand("grok-4.7", surface="chat")):
            for candidate in candidates(self.bench.pool, self.bench.clock, demand):
                told = candidate.rule in {"cooling", "exhausted", "not allowed", "rate limited"}
                assert candidate.reason or not told, candidate

    def nobody_is_lost(self) -> None:
        pool, now = self.bench.pool, self.bench.clock.monotonic()
        roster = pool.roster
        assert roster.members.keys() == {record.id for record in self.bench.view.records}
        roster.settle()
        for (model, tier, surface, scope), eligible in roster._eligible.items():
            demand = Demand(model, tier, surface=surface, scope=scope or PoolScope())
            fit = Counter(each.id for each in roster.members.values() if not roster.unfit(each, demand))
            assert fit == Counter(each.id for rank in eligible.ranks for each in rank.members)
            assert sum(eligible.removed.values()) + len(fit) == len(roster.members)
            barriers = roster.barriers(demand, now, (), pool.proxies.until)
            for rank in eligible.ranks:
                rank.wake_due(now)
                places = Counter([*(each.id for each in rank.ready), *rank._parked])
                assert places == Counter(each.id for each in rank.members)
                assert rank.parked.total() == len(rank._parked)
                waiting = {each.id for each in rank.ready}
                assert waiting >= {each.id for each in rank.members if obstacle(each, barriers) is None}

    def calls_are_counted(self) -> None:
        assert self.bench.pool.in_flight == len(self.running)
        calls = Counter(each.lease.credential_id for each in self.running)
        for member in self.bench.pool.roster.members.values():
            assert member.in_flight == calls[member.id]

    def waiters_have_reason_to_wait(self) -> None:
        pool, now = self.bench.pool, self.bench.clock.monotonic()
        assert pool.waiting == len(self.asked)
        for each in self.asked:
            assert now - each.since <= QUEUE_WAIT
            assert not pool.has_other(each.demand, exclude=each.exclude)

    @override
    def teardown(self) -> None:
        pool = self.bench.pool
        try:
            for each in self.asked:
                each.task.cancel()
            self.do(_breathe())
            assert pool.waiting == 0
            assert not pool._room._lines
            for running in self.running:
                pool.release(running.lease, ok=False)
            assert pool.in_flight == 0
            assert all(member.in_flight == 0 for member in pool.roster.members.values())
            self.do(self.bench.writer.flush())
            self.do(self.bench.view.refresh(self.bench.records))
            assert pool.roster.members.keys() == {record.id for record in self.stored()}
            self.everybody_serves_again()
        finally:
            self.runner.close()

    def everybody_serves_again(self) -> None:
        """Nothing that happened keeps a key out for good once an operator has cleared it."""
        pool = self.bench.pool
        for record in self.stored():
            self._change(record, enabled=True)
        self.do(self.bench.view.refresh(self.bench.records))
        for member in list(pool.roster.members.values()):
            pool.clear(member.id)
        for proxy in (None, PROXY):
            pool.proxy_well(proxy)
        keys = {record.id for record in self.stored() if record.kind == "api_key"}
        assert {each.id for each in _who_could(pool.roster.members.values())} >= keys
        for demand in (Demand("grok-4.3"), Demand("grok-4.7", surface="chat")):
            rows = candidates(pool, self.bench.clock, demand)
            assert {row.id for row in rows if not row.rule} >= keys

    # Shorthands

    def waiters(self) -> list[Asked]:
        return [each for each in self.asked if not each.task.done()]

    def stored(self) -> list[Credential]:
        return list(self.do(self.bench.records.credentials.list()))

    def sign_ins(self) -> list[Credential]:
        return [record for record in self.stored() if record.kind == "oauth"]

    def _add(self, **changes: Any) -> None:
        """Store a key under an id that is the same in every run, so that a history can be replayed."""
        self.keys += 1
        key, identifier = f"xai-{self.keys}", f"cred_{self.keys}"
        secret = self.bench.box.seal(key, secret_context(identifier))
        self.do(self.bench.add(key, id=identifier, secret=secret, **changes))

    def _sign_in(self) -> None:
        made = new_sign_in(
            TokenSet(access_token="access-1", refresh_token="refresh", expires_in=600.0),
            issuer="https://auth.test",
            client_id="client",
            box=self.bench.box,
            pepper=PEPPER,
            now=self.bench.clock.now(),
            tier="super",
        )
        tokens = open_tokens(made, self.bench.box)
        assert tokens is not None
        secret = seal_tokens(tokens, self.bench.box, "cred_sign_in")
        kept = replace(made, id="cred_sign_in", secret=secret, account_id=ACCOUNTS[0])
        self.do(self.bench.records.credentials.add(kept))
        self.do(self.bench.view.refresh(self.bench.records))

    def _change(self, record: Credential, **changes: Any) -> None:
        self.do(self.bench.records.credentials.change(record.id, changes))


async def _breathe() -> None:
    """Let every task that can go on do so."""
    for _ in range(25):
        await asyncio.sleep(0)


def _who_could(members: Any) -> list[Member]:
    return [member for member in members if member.live and member.health.until == 0.0]


@pytest.mark.timeout(600)
def test_a_pool_stays_in_order_whatever_happens(box: SecretBox) -> None:
    run_state_machine_as_test(
        cast(type[RuleBasedStateMachine], lambda: PoolMachine(box)),
        settings=settings(
            max_examples=100,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
