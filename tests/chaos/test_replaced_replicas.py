"""Replicas behind nginx and HAProxy are replaced in turn, under load: no request is lost or sent twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from support.deployment_files import COMPOSE, service
from support.history import tag_of_row
from support.load import CHAT, Ask, Outcome, counting
from support.measured import measured
from support.observing import ledger
from support.processes import Gateway, Sandbox
from support.reverse_proxies import ReverseProxy, client_of, find
from support.soak import HEALTHY, keys

AT_ONCE, BETWEEN = 8, 60
LAST, PAUSE = 10, 0.05
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


@dataclass
class Fleet:
    """Gateways on one store, each in a directory of its own, and what came of the requests so far."""

    folder: Path
    upstream: str
    gateways: list[Gateway] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    progress: asyncio.Condition = field(default_factory=asyncio.Condition)

    def start(self, name: str, port: int | None = None) -> Gateway:
        delay = str(service(COMPOSE[1])["environment"]["GROK2API_SERVER__STOP_DELAY"])
        store = str(self.folder / "store" / "data")
        environment = {"DATA_DIR": store, "GROK2API_SERVER__STOP_DELAY": delay}
        return Gateway.start(
            self.folder / name,
            upstream=self.upstream,
            keys=keys(HEALTHY[:2]),
            environment=environment,
            port=port,
        )

    async def replace(self, place: int) -> None:
        """Stop a gateway, and start another one in its place."""
        old = self.gateways[place]
        assert await asyncio.to_thread(old.stop) == 0
        port = urlsplit(old.url).port
        self.gateways[place] = await asyncio.to_thread(self.start, old.directory.name, port)

    async def take(self, outcome: Outcome) -> None:
        """Note what came of a request."""
        async with self.progress:
            self.outcomes.append(outcome)
            self.progress.notify_all()

    async def reaches(self, number: int) -> None:
        """Return once so many requests have ended."""
        async with self.progress:
            await self.progress.wait_for(lambda: len(self.outcomes) >= number)


@pytest.fixture
def fleet(shared_sandbox: Sandbox, tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path, shared_sandbox.base_url)
    for name in ("one", "two"):
        made.gateways.append(made.start(name))
    yield made
    for gateway in made.gateways:
        gateway.stop()


async def send(client: aiohttp.ClientSession, url: str, ask: Ask) -> Outcome:
    status, body = 0, b""
    headers = {"Content-Type": "application/json", "x-request-id": ask.tag}
    try:
        async with client.post(f"{url}/v1{ask.path}", data=ask.content, headers=headers) as answer:
            status, body = answer.status, await answer.read()
    except aiohttp.ClientError:
        return Outcome(ask, 0, body, 0.0)
    return Outcome(ask, status, body, 0.0)


@pytest.mark.parametrize("name", ["nginx", "haproxy"])
async def test_every_stream_is_whole_while_replicas_are_replaced(fleet: Fleet, name: str) -> None:
    if find(name) is None:
        pytest.skip(f"NOT RUN: {name} is not installed here")
    urls = [gateway.url for gateway in fleet.gateways]
    proxy = await asyncio.to_thread(ReverseProxy.start, name, fleet.folder / name, *urls)
    numbers, done = count(), asyncio.Event()

    async def sender(client: aiohttp.ClientSession) -> None:
        while not done.is_set():
            ask = counting(f"replaced-{next(numbers):05d}", CHAT, LAST, PAUSE)
            await fleet.take(await send(client, proxy.url, ask))

    try:
        async with client_of(fleet.gateways[0]) as client, asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(sender(client))
            for place in (0, 1):
                await fleet.reaches(len(fleet.outcomes) + BETWEEN)
                await fleet.replace(place)
            await fleet.reaches(len(fleet.outcomes) + BETWEEN)
            done.set()
    finally:
        await asyncio.to_thread(proxy.stop)
    for gateway in fleet.gateways:
        assert await asyncio.to_thread(gateway.stop) == 0
    lost = [outcome for outcome in fleet.outcomes if not outcome.whole]
    measured(f"replaced behind {name}", requests=len(fleet.outcomes), lost=len(lost))
    assert Counter(outcome.status for outcome in lost) == Counter()
    tags = Counter(tag_of_row(row) for row in ledger(fleet.folder / "store"))
    assert tags == Counter(outcome.ask.tag for outcome in fleet.outcomes)
