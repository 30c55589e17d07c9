"""A limit of a credential holds over all workers and hosts that share a Redis, to the call."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from support.load import Outcome, send_all
from support.observing import eventually
from support.pool_faults import Drill, asks, code_of, drilling
from support.processes import Gateway, Sandbox
from support.redis_server import redis_url
from support.turnstile import Turnstile, turnstile

pytestmark = pytest.mark.timeout(400)  # four workers have to start

LIMIT = 10
CROWD = 200
SECRET = "a secret key that all hosts of the fleet under test share"


@dataclass(frozen=True, slots=True)
class Fleet:
    """Two hosts with two workers each, on one store and one Redis."""

    first: Drill
    second: Gateway
    stile: Turnstile

    def load(
        self, name: str, count: int, *, at_once: int, seen: Callable[[Outcome], bool] = lambda _: True
    ) -> list[Outcome]:
        """Send requests to both hosts at the same time."""

        async def send() -> list[Outcome]:
            half, places = count // 2, at_once // 2
            both = await asyncio.gather(
                send_all(self.first.gateway, asks(f"{name}-1", half), at_once=places, seen=seen),
                send_all(self.second, asks(f"{name}-2", half), at_once=places, seen=seen),
            )
            return [*both[0], *both[1]]

        return asyncio.run(send())


@pytest.fixture(scope="module")
def fleet(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    directory = tmp_path_factory.mktemp("fleet")
    url = redis_url()
    common = {
        "SECRET_KEY": SECRET,
        "STORAGE__REDIS_URL": url,
        "STORAGE__REDIS_TIMEOUT_MS": 5000,
        "STORAGE__URL": f"sqlite:///{directory}/fleet.db",
        "SERVER__WORKERS": 2,
    }
    with (
        turnstile(shared_sandbox.base_url) as stile,
        drilling(directory / "one", shared_sandbox, upstream=stile.url, **common) as first,
    ):
        environment = {f"GROK2API_{name}": str(value) for name, value in common.items()}
        environment |= {"GROK2API_PERFORMANCE__QUEUE_WAIT": "0", "GROK2API_POOL__CHECKS_PER_SECOND": "0.1"}
        second = Gateway.start(directory / "two", upstream=stile.url, environment=environment)
        try:
            yield Fleet(first, second, stile)
        finally:
            second.stop()


def fill(fleet: Fleet, *names: str) -> None:
    fleet.first.fill(names, lambda _: {"max_concurrency": LIMIT})
    hosts = (fleet.first.gateway, fleet.second)
    eventually(
        lambda: all(host.post("/chat/completions", HELLO)[0] == 200 for host in hosts for _ in range(LOOKS)),
        "the pool on every worker",
    )
    fleet.stile.forget()


LOOKS = 16
"""Answers in a row after which both workers of a host have been met."""
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}


def test_of_two_hundred_at_once_on_two_hosts_exactly_ten_are_admitted_where_nobody_may_wait(
    fleet: Fleet,
) -> None:
    fill(fleet, "ann")
    fleet.stile.hold()
    refused = 0

    def seen(outcome: Outcome) -> bool:
        nonlocal refused
        refused += outcome.status == 429
        if refused == CROWD - LIMIT:
            fleet.stile.let_go(once=LIMIT)  # the last one let in may still be on its way
        return True

    outcomes = fleet.load("crowd", CROWD, at_once=CROWD, seen=seen)
    assert Counter(outcome.status for outcome in outcomes) == {200: LIMIT, 429: CROWD - LIMIT}
    assert {code_of(outcome) for outcome in outcomes} == {"", "rate_limit_exceeded"}
    assert (fleet.stile.passed, fleet.stile.peak["ann"]) == (LIMIT, LIMIT)


def test_on_two_hosts_a_credential_never_has_more_calls_than_its_limit(fleet: Fleet) -> None:
    fill(fleet, "ann", "bob")
    fleet.stile.pause = 0.02
    fleet.stile.hold()
    fleet.stile.let_go(once=LIMIT)
    outcomes = fleet.load("busy", 2 * CROWD, at_once=50)
    told = Counter(outcome.status for outcome in outcomes)
    assert told.keys() <= {200, 429}
    assert told[200] >= 2 * LIMIT
    assert all(outcome.whole for outcome in outcomes if outcome.status == 200)
    assert max(fleet.stile.peak.values()) == LIMIT
    assert fleet.stile.running.total() == 0
