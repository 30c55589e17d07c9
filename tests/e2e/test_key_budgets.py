"""S21: a budget holds over four worker processes on every store: at most one request goes beyond it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from support.database_servers import made_database
from support.limited_keys import SIGNED, KeyMaker, MadeKey
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.redis_server import RedisServer
from support.turnstile import Turnstile, turnstile

pytestmark = pytest.mark.timeout(400)  # four workers have to start

WORKERS, CROWD, MONEY_FOR = 4, 200, 10
CHAT = {"model": "grok-3", "max_tokens": 200, "messages": [{"role": "user", "content": "hello"}]}
STORES = ("sqlite", "pgsql", "mysql", "redis")


@dataclass(frozen=True, slots=True)
class House:
    """Four workers on one store."""

    keys: KeyMaker
    stile: Turnstile

    def windows(self, key: MadeKey) -> dict[str, int]:
        """Return the ticks of a key's day: spent, reserved and, if it has one, the limit."""
        day = self.keys.send("GET", f"/keys/{key.id}")["spending"][0]
        return {name: day[name]["ticks"] for name in ("spent", "reserved", "limit") if day[name]}


def _place(store: str, directory: Path, stack: ExitStack) -> dict[str, str]:
    """Return what the environment says of a store."""
    if store in {"pgsql", "mysql"}:
        kind: Any = store
        return {"DATABASE_URL": stack.enter_context(made_database(kind)).url}
    if store == "redis":
        server = RedisServer(directory / "redis", ("--appendonly", "yes"))
        server.start()
        stack.callback(server.stop)
        return {"SERVER_STORAGE_TYPE": "redis", "REDIS_URL": server.url}
    return {}


@pytest.fixture(scope="module", params=STORES)
def house(
    request: pytest.FixtureRequest, shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    directory = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        stile = stack.enter_context(turnstile(shared_sandbox.base_url))
        gateway = Gateway.start(
            directory,
            upstream=stile.url,
            keys=("xai-sandbox-alice", "xai-sandbox-bob"),
            arguments=("--workers", str(WORKERS)),
            environment=SIGNED
            | _place(request.param, directory, stack)
            | {"GROK2API_LEDGER__FLUSH_MS": "10", "GROK2API_POOL__CHECKS_PER_SECOND": "0.1"},
        )
        stack.callback(gateway.stop)
        yield House(KeyMaker(gateway), stile)


async def _crowd(key: MadeKey, count: int, stile: Turnstile) -> list[tuple[int, dict[str, Any]]]:
    """Send requests at once; those that are let in are held until all others have their answers."""
    limit = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=limit, headers=key.headers) as http:

        async def ask() -> tuple[int, dict[str, Any]]:
            url = f"{key.gateway.base_url}/chat/completions"
            async with http.post(url, json=CHAT) as answer:
                return answer.status, await answer.json()

        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(ask()) for _ in range(count)]
            for _ in range(2400):
                done = sum(each.done() for each in asked)
                if done + sum(stile.running.values()) >= count:
                    break
                await asyncio.sleep(0.025)
            await asyncio.to_thread(stile.let_go)
        return [each.result() for each in asked]


def test_of_two_hundred_at_once_money_for_ten_serves_ten(house: House) -> None:
    one = reservation(house)
    key = house.keys.make(budget_day_usd=usd(MONEY_FOR * one))

    house.stile.hold()
    outcomes = asyncio.run(_crowd(key, CROWD, house.stile))
    assert Counter(status for status, _ in outcomes) == {200: MONEY_FOR, 429: CROWD - MONEY_FOR}
    codes = {body["error"]["code"] for status, body in outcomes if status == 429}
    assert codes == {"rate_limit_exceeded"}, "nothing is spent yet, so that waiting helps"

    costs = sum(body["usage"]["cost_in_usd_ticks"] for status, body in outcomes if status == 200)
    eventually(lambda: house.windows(key)["spent"] == costs, "every request settled, once")
    assert house.windows(key) == {"spent": costs, "reserved": 0, "limit": MONEY_FOR * one}


def test_when_it_is_spent_one_request_at_most_went_beyond_it(house: House) -> None:
    one = reservation(house)
    key = house.keys.make(budget_day_usd=usd(one))
    served, codes = 0, Counter[str]()
    for _ in range(60):
        outcomes = asyncio.run(_crowd(key, 16, house.stile))
        served += sum(status == 200 for status, _ in outcomes)
        codes.update(body["error"]["code"] for status, body in outcomes if status == 429)
        if codes["insufficient_quota"]:
            break
    assert codes["insufficient_quota"]
    assert served

    def settled() -> dict[str, int] | None:
        told = house.windows(key)
        return told if not told["reserved"] else None

    told = eventually(settled, "every request settled")
    assert one <= told["spent"] < 2 * one


def reservation(house: House) -> int:
    """Return what is set aside for one request."""
    key = house.keys.make(budget_day_usd="100")
    house.stile.hold()

    with ThreadPoolExecutor(1) as aside:
        asked = aside.submit(key.post, "/chat/completions", CHAT)
        try:
            reserved: int = eventually(lambda: house.windows(key)["reserved"], "the hold")
        finally:
            house.stile.let_go()
        assert asked.result()[0] == 200
    return reserved


def usd(ticks: int) -> str:
    return f"{ticks / 10**10:.10f}"


def test_without_the_store_nothing_is_spent_and_what_was_spent_is_counted_when_it_is_back(
    shared_sandbox: Sandbox, tmp_path: Path
) -> None:
    server = RedisServer(tmp_path / "redis", ("--appendonly", "yes", "--appendfsync", "always"))
    server.start()
    gateway = Gateway.start(
        tmp_path,
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment=SIGNED
        | {"SERVER_STORAGE_TYPE": "redis", "REDIS_URL": server.url, "GROK2API_LEDGER__FLUSH_MS": "3000"},
    )
    try:
        keys = KeyMaker(gateway)
        paying, free = keys.make_all({"budget_day_usd": "5"}, {"max_concurrency": 3})
        status, _, answer = paying.post("/chat/completions", CHAT)
        assert status == 200
        server.stop()
        status, _, refused = paying.post("/chat/completions", CHAT)
        assert (status, refused["error"]["code"]) == (503, "store_unavailable")
        assert free.post("/chat/completions", CHAT)[0] == 200
        server.start()
        spent = answer["usage"]["cost_in_usd_ticks"]
        eventually(lambda: spent_today(keys, paying) == spent, "the settlement", 1200)
        assert paying.post("/chat/completions", CHAT)[0] == 200
    finally:
        gateway.stop()
        server.stop()


def spent_today(keys: KeyMaker, key: MadeKey) -> int:
    """Return the ticks that a key has spent today; none while the store is away."""
    try:
        windows = keys.send("GET", f"/keys/{key.id}")["spending"]
    except AssertionError:
        return -1
    spent: int = windows[0]["spent"]["ticks"]
    return spent
