"""Redis that comes and goes, and workers that are killed: the limit holds, and nobody is told of an error.

F15 and F17 of the reliability promises, in counts; how long it takes is told by `make chaos`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from grok2api.kit.secretbox import KeyRing
from grok2api.server.sharing import FLEET_PURPOSE
from grok2api.storage.redis_state.state import open_redis_state
from support.fault_proxy import ThreadedFaultProxy, passing, refuse, threaded_fault_proxy
from support.load import Outcome, send_all
from support.metrics_page import TOKEN, answered, metrics
from support.observing import eventually, workers_of
from support.pool_faults import Drill, asks, drilling
from support.processes import Sandbox, request
from support.redis_server import redis_url
from support.turnstile import Turnstile, turnstile

pytestmark = pytest.mark.timeout(400)  # four workers, and the end of a lease

LIMIT, FEW = 10, 2
WORKERS = 4
COUNTED = ("shared_state_up", "workers", "shared_state_workers")
OVERSHOOT = 1.2
SECRET = "a secret key of the gateway whose workers are under test"
CUT, BACK = 0.6, 1.4
"""Seconds of a flap: five of twenty, made short."""
LOOKS_OF_A_LEASE = 1200


@dataclass(frozen=True, slots=True)
class House:
    """A gateway with four workers whose Redis is behind a proxy."""

    drill: Drill
    wire: ThreadedFaultProxy
    stile: Turnstile

    @property
    def ready(self) -> tuple[int, dict[str, object]]:
        """What /ready says."""
        status, _, content = request("GET", f"{self.drill.gateway.url}/ready")
        return status, json.loads(content)

    def all_share(self) -> bool:
        """Tell whether all workers share the limits now, and none counts one that is dead any more."""
        page = metrics(self.drill.gateway)
        told = tuple(
            page[f"grok2api_{each}"] for each in ("shared_state_up", "workers", "shared_state_workers")
        )
        return told == (1, WORKERS, WORKERS)

    def places_taken(self) -> int:
        """Return how many places of the one credential are taken, as Redis itself has it."""
        credential = next(iter(self.drill.credentials().values()))["id"]
        prefix = f"grok2api:{{{KeyRing(SECRET).derive(FLEET_PURPOSE, 8).hex()}}}"

        async def count() -> int:
            async with open_redis_state(redis_url(), prefix=prefix, timeout=5) as state:
                return await state.count(credential)

        return asyncio.run(count())


@pytest.fixture(scope="module")
def shared_house(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = {
        "SECRET_KEY": SECRET,
        "SERVER__WORKERS": WORKERS,
        "METRICS__TOKEN": TOKEN,
        "PERFORMANCE__QUEUE_WAIT": 10,
    }
    with (
        threaded_fault_proxy(redis_url()) as wire,
        turnstile(shared_sandbox.base_url) as stile,
        drilling(
            tmp_path_factory.mktemp("house"),
            shared_sandbox,
            upstream=stile.url,
            STORAGE__REDIS_URL=wire.url,
            **settings,
        ) as drill,
    ):
        drill.fill(["ann"], lambda _: {"max_concurrency": LIMIT})
        yield House(drill, wire, stile)


@pytest.fixture
def house(shared_house: House) -> House:
    shared_house.wire.set(passing(), now=True)
    shared_house.stile.let_go()
    shared_house.stile.pause = 0.0
    eventually(shared_house.all_share, "workers that share", tries=LOOKS_OF_A_LEASE)
    eventually(lambda: shared_house.places_taken() == 0, "empty places", tries=LOOKS_OF_A_LEASE)
    shared_house.stile.forget()
    return shared_house


def test_while_redis_comes_and_goes_the_limit_holds_and_everybody_is_served(house: House) -> None:
    house.stile.pause = 0.05
    before, over = metrics(house.drill.gateway), threading.Event()

    def flap() -> None:
        while not over.wait(BACK):
            house.wire.set(refuse(), now=True)
            over.wait(CUT)
            house.wire.set(passing(), now=True)

    with ThreadPoolExecutor(1) as pool:
        flapping = pool.submit(flap)
        outcomes = house.drill.load(asks("flap", 600), at_once=60)
        over.set()
        flapping.result()
    assert Counter(outcome.status for outcome in outcomes) == {200: 600}
    assert house.stile.peak["ann"] <= LIMIT * OVERSHOOT
    after = metrics(house.drill.gateway)
    assert answered(after)["200"] - answered(before).get("200", 0) >= 600, "all workers on one page"
    assert after["grok2api_shared_state_fallbacks_total"] > before["grok2api_shared_state_fallbacks_total"]


def test_while_redis_is_away_shares_add_up_to_the_limit_and_readiness_tells(house: House) -> None:
    house.wire.set(refuse(), now=True)
    eventually(lambda: house.ready == (200, {"status": "degraded", "degraded": ["shared_state"]}), "the word")
    eventually(lambda: metrics(house.drill.gateway)["grok2api_shared_state_up"] == 0, "the metric")
    house.stile.pause = 0.02
    outcomes = house.drill.load(asks("away", 200), at_once=100)
    assert Counter(outcome.status for outcome in outcomes) == {200: 200}
    assert 1 <= house.stile.peak["ann"] <= LIMIT
    house.stile.forget()
    house.stile.hold()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(house.drill.load, asks("held", 40), at_once=40)
        eventually(lambda: house.stile.running["ann"] > 0, "calls that are held")
        house.wire.set(passing(), now=True)
        eventually(house.all_share, "the return")
        eventually(lambda: house.places_taken() == house.stile.running["ann"] == LIMIT, "all places in use")
        house.stile.let_go()
        assert Counter(outcome.status for outcome in waiting.result()) == {200: 40}
    assert house.stile.peak["ann"] == LIMIT
    assert house.ready == (200, {"status": "ready"})


def test_a_killed_worker_leaves_its_places_for_a_lease_and_nothing_else_behind(house: House) -> None:
    gateway = house.drill.gateway
    before = metrics(gateway)
    workers = set(workers_of(gateway.process.pid))
    house.stile.hold()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(asyncio.run, send_all(gateway, asks("kill", LIMIT), at_once=LIMIT))
        eventually(lambda: house.places_taken() == LIMIT, "a full credential")
        killed = next(iter(sorted(workers)))
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: len(set(workers_of(gateway.process.pid)) - workers) == 1, "a new worker")
        eventually(house.all_share, "workers that share", tries=LOOKS_OF_A_LEASE)
        held = house.stile.running["ann"]
        eventually(
            lambda: house.places_taken() == held, "places that end by their time", tries=LOOKS_OF_A_LEASE
        )
        house.stile.let_go()
        outcomes: list[Outcome] = sent.result()
    told = Counter(outcome.status for outcome in outcomes)
    assert told[200] == held, "those of the other workers end well"
    assert told[0] == LIMIT - held, "those of the killed one break off"
    after = answered(metrics(gateway))
    assert all(after[status] >= count for status, count in answered(before).items()), "counts are kept"
    assert house.drill.ask("is the whole limit free again?").status == 200


def test_a_limit_below_the_number_of_workers_holds_while_redis_is_away(house: House) -> None:
    house.drill.fill(["ben"], lambda _: {"max_concurrency": FEW})
    eventually(lambda: all_serve(house), "the new credential on all workers", tries=LOOKS_OF_A_LEASE)
    eventually(lambda: house.places_taken() == 0, "empty places")
    house.wire.set(refuse(), now=True)
    eventually(lambda: metrics(house.drill.gateway)["grok2api_shared_state_up"] == 0, "the metric")
    house.stile.forget()
    house.stile.pause = 0.05
    outcomes = house.drill.load(asks("few", 40), at_once=20)
    assert {outcome.status for outcome in outcomes} <= {200, 429}
    assert 1 <= house.stile.peak["ben"] <= FEW
    house.wire.set(passing(), now=True)


def all_serve(house: House) -> bool:
    return all(house.drill.ask().status == 200 for _ in range(12))
