"""Limits of a key over two hosts with two workers each, on one Redis: exact; and what holds without it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import aiohttp
import pytest

from support.limited_keys import LOOKS, SIGNED, KeyMaker, MadeKey
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.redis_server import RedisServer
from support.turnstile import Turnstile, turnstile

pytestmark = pytest.mark.timeout(400)  # four workers have to start

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
SECRET = "a secret key that all hosts of the fleet under test share"
CROWD, LIMIT = 80, 12
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Fleet:
    """Two hosts on one store and one Redis."""

    keys: KeyMaker
    second: Gateway
    redis: RedisServer
    stile: Turnstile

    def make(self, **fields: object) -> MadeKey:
        """Make a key that both hosts know."""
        made = self.keys.make(**fields)
        elsewhere = MadeKey(self.second, made.id, made.key)
        eventually(
            lambda: all(elsewhere.get("/media/nothing")[0] == 404 for _ in range(12)), "the other host"
        )
        return made

    async def crowd(self, key: MadeKey, *, held: bool = False) -> Counter[int]:
        """Ask both hosts at once; hold back what is let in until all others have their answers."""
        async with aiohttp.ClientSession(
            headers=key.headers, connector=aiohttp.TCPConnector(limit=0)
        ) as http:

            async def ask(gateway: Gateway) -> int:
                async with http.post(f"{gateway.base_url}/chat/completions", json=CHAT) as answer:
                    await answer.read()
                    return answer.status

            async with asyncio.TaskGroup() as group:
                both = (key.gateway, self.second)
                asked = [group.create_task(ask(both[number % 2])) for number in range(CROWD)]
                for _ in range(1200 if held else 0):
                    if sum(each.done() for each in asked) + sum(self.stile.running.values()) >= CROWD:
                        break
                    await asyncio.sleep(0.025)
                await asyncio.to_thread(self.stile.let_go)
            return Counter(each.result() for each in asked)


@pytest.fixture(scope="module")
def fleet(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    directory = tmp_path_factory.mktemp("fleet")
    with ExitStack() as stack:
        redis = RedisServer(directory / "redis")
        redis.start()
        stack.callback(redis.stop)
        stile = stack.enter_context(turnstile(shared_sandbox.base_url))
        environment = SIGNED | {
            "GROK2API_SECRET_KEY": SECRET,
            "REDIS_URL": redis.url,
            "GROK2API_STORAGE__URL": f"sqlite:///{directory}/fleet.db",
            "GROK2API_STORAGE__REDIS_TIMEOUT_MS": "5000",
            "GROK2API_POOL__CHECKS_PER_SECOND": "0.1",
        }
        hosts = []
        for name in ("one", "two"):
            hosts.append(
                Gateway.start(
                    directory / name,
                    upstream=stile.url,
                    keys=("xai-sandbox-alice", "xai-sandbox-bob"),
                    arguments=("--workers", "2"),
                    environment=environment,
                )
            )
            stack.callback(hosts[-1].stop)
        makers = [KeyMaker(host) for host in hosts]
        eventually(lambda: all(map(knows_all, makers)), "workers that know of one another")
        yield Fleet(makers[0], hosts[1], redis, stile)


def knows_all(operator: KeyMaker) -> bool:
    """Tell whether every worker of a host knows how many there are, so that its share is right."""
    looks = (operator.send("GET", "/system")["shared_state"]["workers"] for _ in range(LOOKS))
    return all(workers == WORKERS for workers in looks)


def come_back_since(began: float) -> int:
    """Return how many requests the limit has given back meanwhile: none, unless the machine is very busy."""
    return int((time.monotonic() - began) * LIMIT / 60)


def test_exactly_as_many_requests_are_let_in_as_may_be(fleet: Fleet) -> None:
    key = fleet.make(rpm=LIMIT)
    began = time.monotonic()
    outcome = asyncio.run(fleet.crowd(key))
    assert outcome.keys() == {200, 429}
    assert LIMIT <= outcome[200] <= LIMIT + come_back_since(began)


def test_exactly_as_many_run_at_a_time_as_may(fleet: Fleet) -> None:
    key = fleet.make(max_concurrency=LIMIT)
    fleet.stile.hold()
    assert asyncio.run(fleet.crowd(key, held=True)) == {200: LIMIT, 429: CROWD - LIMIT}
    fleet.stile.hold()
    assert asyncio.run(fleet.crowd(key, held=True))[200] == LIMIT, "all places were given back"


def test_without_redis_shares_hold_and_nobody_is_shut_out(fleet: Fleet) -> None:
    key = fleet.make(rpm=LIMIT)
    fleet.redis.stop()
    try:
        began = time.monotonic()
        outcome = asyncio.run(fleet.crowd(key))
        assert outcome.keys() == {200, 429}
        assert 1 <= outcome[200] <= LIMIT + come_back_since(began)
    finally:
        fleet.redis.start()
