"""A thousand changes of the settings under load, and two hundred guesses of the password beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from support.measured import measured, share_below
from support.processes import Gateway, Sandbox
from support.soak import resident_mb

PASSWORD = "the-console-password"
WARMING, CHANGES, BAD_EVERY, LOOK_EVERY = 600, 1000, 10, 50
"""Each change is kept, with its entries of the audit, and six connections to SQLite keep up to 2 MB of pages
each: until those are full memory grows. What leaks grows on."""
GUESSES = 200
SENDERS = 2
QUESTION = {"model": "grok-4-mini", "messages": [{"role": "user", "content": "Why?"}]}


class Load:
    """Requests of clients, one after the other from each of some senders, until told to stop."""

    def __init__(self, gateway: Gateway, http: aiohttp.ClientSession) -> None:
        self._gateway = gateway
        self._http = http
        self.statuses: list[int] = []
        self.seconds: list[float] = []
        self.over = False

    async def send(self) -> None:
        url = self._gateway.base_url + "/chat/completions"
        while not self.over:
            begun = time.perf_counter()
            async with self._http.post(url, json=QUESTION, headers=self._gateway.headers) as answer:
                await answer.read()
            self.seconds.append(time.perf_counter() - begun)
            self.statuses.append(answer.status)

    async def during(self, work: Callable[[], Awaitable[None]]) -> None:
        """Send for as long as some work takes."""
        self.over = False
        async with asyncio.TaskGroup() as group:
            for _ in range(SENDERS):
                group.create_task(self.send())
            await work()
            self.over = True


def descriptors(process_id: int) -> int:
    return len(list(Path(f"/proc/{process_id}/fd").iterdir()))


async def change(http: aiohttp.ClientSession, base: str, headers: dict[str, str], numbers: range) -> None:
    """Change the settings many times; every tenth change is a wrong one."""
    for number in numbers:
        bad = number % BAD_EVERY == 0
        body = {"set": {"grok.max_retry": -1 if bad else number % 7, "grok.retry_after_cap": 900 + number}}
        async with http.patch(f"{base}/settings", json=body, headers=headers) as answer:
            assert answer.status == (400 if bad else 200), await answer.text()


async def read_at_once(http: aiohttp.ClientSession, base: str, headers: dict[str, str]) -> None:
    """Have the server open all connections to its store that it may have: it opens them when needed."""

    async def read() -> None:
        async with http.get(f"{base}/audit", headers=headers) as answer:
            assert answer.status == 200

    for _ in range(10):
        await asyncio.gather(*(read() for _ in range(16)))


async def peak(
    process: int, load: Load, changing: Callable[[range], Awaitable[None]], numbers: range
) -> tuple[float, int]:
    """Return the most memory and descriptors there were while settings changed under load.

    One look would not tell: sockets to upstream come and go.
    """
    looks = list[tuple[float, int]]()
    for first in range(numbers.start, numbers.stop, LOOK_EVERY):
        await load.during(partial(changing, range(first, first + LOOK_EVERY)))
        looks.append((resident_mb(process), descriptors(process)))
    return max(memory for memory, _ in looks), max(count for _, count in looks)


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_a_thousand_changes_drop_no_request_and_leave_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = await asyncio.to_thread(
        Gateway.start,
        tmp_path,
        upstream=sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment={"GROK2API_APP__APP_KEY": PASSWORD, "LOG_LEVEL": "warning"},
    )
    base, process = gateway.url + "/admin/api", gateway.process.pid
    try:
        async with aiohttp.ClientSession() as http:
            async with http.post(f"{base}/session", json={"password": PASSWORD}) as answer:
                headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
            load = Load(gateway, http)
            changing = partial(change, http, base, headers)
            await read_at_once(http, base, headers)
            before = await peak(process, load, changing, range(WARMING))
            begun = time.perf_counter()
            after = await peak(process, load, changing, range(WARMING, WARMING + CHANGES))
            seconds = time.perf_counter() - begun
            async with http.get(f"{base}/settings", headers=headers) as answer:
                revision = (await answer.json())["revision"]
    finally:
        await asyncio.to_thread(gateway.stop)
    measured(
        "a thousand changes of settings under load",
        requests=len(load.statuses),
        changes_a_second=CHANGES / seconds,
        rss_mb_before=before[0],
        rss_mb_after=after[0],
        descriptors_before=before[1],
        descriptors_after=after[1],
    )
    assert set(load.statuses) == {200}
    assert revision == (WARMING + CHANGES) * (BAD_EVERY - 1) // BAD_EVERY
    assert after[0] <= before[0] * 1.02 + 1
    assert after[1] <= before[1] * 1.02 + 1


async def guess(http: aiohttp.ClientSession, base: str) -> list[int]:
    async def once(number: int) -> int:
        body = {"password": f"guess {number}"}
        network = {"X-Forwarded-For": f"10.{number}.0.1"}
        async with http.post(f"{base}/session", json=body, headers=network) as answer:
            return answer.status

    return await asyncio.gather(*(once(number) for number in range(GUESSES)))


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_two_hundred_guesses_at_once_hardly_slow_clients(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = await asyncio.to_thread(
        Gateway.start,
        tmp_path,
        upstream=sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment={"GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1", "LOG_LEVEL": "error"},
    )
    base, told = gateway.url + "/admin/api", list[int]()
    try:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:
            quiet, busy = Load(gateway, http), Load(gateway, http)
            async with http.get(f"{base}/setup") as answer:  # loads what only operators need
                assert answer.status == 200
            await quiet.during(lambda: asyncio.sleep(8))

            async def guessing() -> None:
                told.extend(await guess(http, base))
                await asyncio.sleep(8)

            await busy.during(guessing)
    finally:
        await asyncio.to_thread(gateway.stop)
    p95 = {name: share_below(load.seconds, 0.95) for name, load in (("quiet", quiet), ("busy", busy))}
    measured(
        "two hundred guesses at once",
        checked=told.count(401),
        refused=told.count(429),
        p95_ms_quiet=p95["quiet"] * 1000,
        p95_ms_with_guesses=p95["busy"] * 1000,
        ratio=p95["busy"] / p95["quiet"],
    )
    assert set(quiet.statuses) | set(busy.statuses) == {200}
    assert set(told) <= {401, 429}
    assert 0 < told.count(401) <= 100
