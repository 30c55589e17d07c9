"""Two hosts of two workers each, on every store that hosts can share: what holds over all of them.

Limits to the call, no request lost while hosts and workers are replaced, one refresh of a token, one leader,
and a worker that is killed costs nobody but its own clients anything (F17, F20, F23, F30). How long things
take is told by `make chaos`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from grok2api.storage.stores import Records
from support.fleet import LEADER, LOOKS, Balancer, Fleet, fleet, last_words, leader, leading
from support.load import Outcome
from support.metrics_page import metrics
from support.observing import eventually, threads
from support.pool_faults import asks
from support.processes import Gateway, Sandbox
from support.sign_ins import Service, lanes, refusals, stopped, workers

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc"),
]

LIMIT, CROWD = 10, 200
EACH = 25
"""Requests over each worker at the moment at which a token ends."""
STOP_DELAY = 1.0


@pytest.fixture(scope="module")
def upstream() -> Iterator[Sandbox]:
    """A sandbox of these tests' own: its clock is moved."""
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def hosts(
    request: pytest.FixtureRequest, upstream: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    """The fleet on one kind of store; the tests of one kind share it."""
    settings = {
        "OAUTH__ENABLED": "true",
        "OAUTH__ISSUER": Service(upstream).url,
        "SERVER__STOP_DELAY": STOP_DELAY,
        "LEDGER__FLUSH_MS": 50,
        "PERFORMANCE__QUEUE_WAIT": 30,
    }
    directory = tmp_path_factory.mktemp(request.param)
    with fleet(directory, upstream, store=request.param, settings=settings) as made:
        yield made


def on(*kinds: str) -> pytest.MarkDecorator:
    """Run a test on fleets of these kinds of store."""
    return pytest.mark.parametrize("hosts", kinds, indirect=True, scope="module")


@on("pgsql", "mysql", "redis")
def test_what_prepares_a_store_leaves_no_thread_to_the_process_that_forks_the_workers(hosts: Fleet) -> None:
    assert [threads(host.process.pid) for host in hosts.hosts] == [1] * len(hosts.hosts)


@on("pgsql", "mysql", "redis")
def test_of_two_hundred_at_once_exactly_as_many_run_at_a_time_as_the_limit_says(
    hosts: Fleet,
) -> None:
    hosts.fill("ann", max_concurrency=LIMIT)
    hosts.stile.hold()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(hosts.load, "crowd", CROWD, at_once=CROWD)
        eventually(lambda: hosts.stile.running["ann"] == LIMIT, "a full credential")
        eventually(lambda: all(waiting(host) for host in hosts.hosts), "those that wait on every host")
        hosts.stile.let_go()
        outcomes = sent.result()
    assert failed(outcomes) == []
    assert (hosts.stile.passed, hosts.stile.peak["ann"]) == (CROWD, LIMIT)


def waiting(host: Gateway) -> float:
    return metrics(host)["grok2api_pool_requests_waiting"]


def under_load(hosts: Fleet, what: Callable[[], object], *, more: int = 100) -> list[Outcome]:
    """Do something while a balancer sends requests to the fleet; return what came of them.

    Args:
        more: Requests that are answered before and after.
    """
    balancer = Balancer(lambda: hosts.hosts)
    over = False

    async def run() -> None:
        nonlocal over
        numbers = itertools.count()
        load = (ask for n in numbers for ask in asks(f"load{n}", 1, stream=n % 2 == 0))
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(balancer.watch())
            sending = group.create_task(balancer.send(load, at_once=16, go_on=lambda: not over))
            await balancer.reaches(more)
            await asyncio.to_thread(what)
            await balancer.reaches(len(balancer.outcomes) + more)
            over = True
            await sending
            watching.cancel()

    asyncio.run(run())
    return balancer.outcomes


def failed(outcomes: list[Outcome]) -> list[tuple[int, bytes]]:
    return [(each.status, each.body[:200]) for each in outcomes if not each.whole]


@on("pgsql")
def test_hosts_are_replaced_one_after_the_other_and_no_request_fails(hosts: Fleet) -> None:
    hosts.fill("ann", "bob")
    before = {host.process.pid for host in hosts.hosts}

    def replace_all() -> None:
        for place in range(len(hosts.hosts)):
            hosts.replace(place)

    assert failed(under_load(hosts, replace_all)) == []
    assert before.isdisjoint(host.process.pid for host in hosts.hosts)


@on("pgsql")
def test_the_workers_of_a_host_are_replaced_and_no_request_fails(hosts: Fleet) -> None:
    hosts.fill("ann", "bob")
    host = hosts.hosts[1]
    before = set(workers(host))

    def replace_workers() -> None:
        host.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(before | set(workers(host))) == 4, "two new workers", LOOKS)
        eventually(lambda: before.isdisjoint(workers(host)), "the end of the old ones", LOOKS)

    assert failed(under_load(hosts, replace_workers)) == []
    assert len(workers(host)) == 2


@on("pgsql")
def test_a_killed_worker_costs_nobody_but_its_own_clients_anything(hosts: Fleet) -> None:
    hosts.fill("ann", max_concurrency=LIMIT)
    host = hosts.hosts[0]
    answered = hosts.load("before", 2 * LIMIT, at_once=4)
    eventually(lambda: rows_of(hosts, "before") == 2 * LIMIT, "the rows of what was answered before")
    hosts.stile.hold()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(hosts.load, "kill", LIMIT, at_once=LIMIT)
        eventually(lambda: hosts.stile.running["ann"] == LIMIT, "a full credential")
        before = set(workers(host))
        os.kill(min(before), signal.SIGKILL)
        eventually(lambda: set(workers(host)) - before, "a new worker", LOOKS)
        eventually(lambda: metrics(host)["grok2api_workers"] == 2, "its start", LOOKS)
        running = hosts.stile.running["ann"]
        hosts.stile.let_go()
        outcomes = sent.result()
    assert failed(answered) == []
    assert Counter(each.status for each in outcomes) == +Counter({200: running, 0: LIMIT - running})
    eventually(lambda: rows_of(hosts, "kill") == running, "a row of every answer")
    assert rows_of(hosts, "before") == 2 * LIMIT


def rows_of(hosts: Fleet, name: str) -> int:
    """Return how many requests of a load are in the ledger."""

    async def read(records: Records) -> list[str]:
        return [row.request_id for row in await records.usage.recent(1000)]

    return sum(identifier.startswith(f"{name}-") for identifier in hosts.ground.look(read))


@on("pgsql", "redis")
def test_a_token_that_ends_is_refreshed_once_by_all_workers_of_all_hosts(hosts: Fleet) -> None:
    service = Service(hosts.sandbox)
    account = f"ann-{hosts.ground.kind}"
    hosts.operator.empty()
    signed_in = service.issue(account)
    entry = {name: signed_in[name] for name in ("access_token", "refresh_token")} | {"name": account}
    hosts.operator.admin("POST", "/credentials/import", {"content": json.dumps([entry])})
    for host in hosts.hosts:
        eventually(partial(serves_everywhere, host), "the sign-in", LOOKS)
    before = service.family(account)
    with lanes(hosts.hosts[0], EACH) as first, lanes(hosts.hosts[1], EACH) as second:
        every = [lane for group in zip(*first.values(), *second.values(), strict=True) for lane in group]
        assert len(every) == 4 * EACH
        service.refuse_access(account)
        for lane in every:
            lane.ask()
        assert refusals(every) == []
    after = service.family(account)
    assert after["generation"] == before["generation"] + 1
    assert after["refresh_calls"] == before["refresh_calls"] + 1
    assert (after["reuse_detections"], after["revoked"]) == (0, False)

    async def read(records: Records) -> list[tuple[str, int, str]]:
        return [(row.status, row.generation, row.refresh_intent) for row in await records.credentials.list()]

    kept = eventually(lambda: hosts.ground.look(read), "the record")
    assert kept == [("active", after["generation"], "")]


def serves_everywhere(host: Gateway) -> bool:
    """Tell whether each worker of a host answers."""
    with lanes(host, 1) as opened:
        every = [lane for group in opened.values() for lane in group]
        for lane in every:
            lane.ask()
        return refusals(every) == []


@on("pgsql", "redis")
def test_one_process_of_all_hosts_leads_and_another_takes_over_when_it_stands_still(
    hosts: Fleet,
) -> None:
    (pid, host), *others = eventually(lambda: leading(hosts), "whoever leads", LOOKS)
    assert others == [], "one of four processes leads"
    leads = leader(hosts)
    with stopped(pid):
        hosts.ground.look(partial(let_claim_end, holder=leads))
        heir = eventually(lambda: leader(hosts) not in {"", leads} and leader(hosts), "an heir", LOOKS)
    eventually(lambda: last_words(host, pid) == "another worker leads", "the former leader knows", LOOKS)
    assert leader(hosts) == heir
    assert [led for led, _ in leading(hosts)] != [pid]
    assert len(leading(hosts)) == 1


async def let_claim_end(records: Records, *, holder: str) -> None:
    """Let the leader's claim run out now, as it does by itself when nobody renews it."""
    assert await records.claims.acquire(LEADER, holder=holder, seconds=0.001, now=time.time())
