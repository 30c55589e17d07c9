"""Many responses in the background at once, over two servers with one store, left and picked up at random."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from support.background import RESPONSES, asking, frames
from support.observing import database, eventually, ledger
from support.processes import Gateway, Sandbox

RUNS, CANCELLED_EVERY = 120, 5
PAUSE = 0.005


def numbers(told: list[bytes]) -> list[int]:
    """Return the numbers of the events among these frames."""
    events = [json.loads(frame.partition(b"data: ")[2]) for frame in told if frame.startswith(b"event: ")]
    return [event["sequence_number"] for event in events]


class Crowd:
    """Clients that begin a response on one server, leave, and go on on any of them."""

    def __init__(self, session: aiohttp.ClientSession, servers: list[Gateway], seed: int) -> None:
        self._session = session
        self._servers = servers
        self._random = random.Random(seed)  # noqa: S311  a repeatable choice, no secret
        self.ends: Counter[str] = Counter()

    async def one(self, number: int) -> None:
        """Follow one response to its end, and check that nothing of it was left out or doubled."""
        last = self._random.choice([50, 300, 800])
        body = asking(f"count to {last} !sandbox:trickle={PAUSE}", stream=number % 2 == 0)
        seen = await self._begun(body, enough=3000 * (number % 7 + 1))
        identifier = seen.pop(0).decode()
        if number % CANCELLED_EVERY == 0:
            cancelled = await self._asked("POST", f"{identifier}/cancel")
            assert json.loads(cancelled)["status"] in {"cancelled", "completed"}
        after = f"&starting_after={numbers(seen)[-1]}" if seen else ""
        told = seen + frames(await self._asked("GET", f"{identifier}?stream=true{after}"))
        assert numbers(told) == list(range(len(told) - 1))
        assert told[-1] == b"data: [DONE]"
        response: dict[str, Any] = json.loads(told[-2].partition(b"data: ")[2])["response"]
        self.ends[response["status"]] += 1

    async def _begun(self, body: dict[str, Any], enough: int) -> list[bytes]:
        """Return the id of a new response, and the frames that were read of it."""
        server = self._random.choice(self._servers)
        url = server.base_url + RESPONSES
        async with self._session.post(url, json=body, headers=server.headers) as answer:
            assert answer.status == 200, await answer.text()
            if not body["stream"]:
                return [(await answer.json())["id"].encode()]
            got = b""
            async for piece in answer.content.iter_any():
                got += piece
                if len(got) > enough:
                    break
        told = [frame for frame in frames(got) if frame.startswith(b"event: ")]
        return [json.loads(told[0].partition(b"data: ")[2])["response"]["id"].encode(), *told]

    async def _asked(self, method: str, path: str) -> bytes:
        server = self._random.choice(self._servers)
        url = f"{server.base_url}{RESPONSES}/{path}"
        async with self._session.request(method, url, headers=server.headers) as answer:
            content = await answer.read()
            assert answer.status == 200, content
            return content


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_a_crowd_loses_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    keys = ("xai-sandbox-one", "xai-sandbox-two")
    servers = [
        await asyncio.to_thread(Gateway.start, tmp_path, upstream=sandbox.base_url, keys=keys)
        for _ in range(2)
    ]
    try:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            crowd = Crowd(session, servers, seed=4)
            async with asyncio.TaskGroup() as group:
                for number in range(RUNS):
                    group.create_task(crowd.one(number))
        await asyncio.to_thread(eventually, lambda: len(ledger(tmp_path)) >= RUNS, "the ledger's rows")
    finally:
        codes = [await asyncio.to_thread(server.stop) for server in servers]
    assert codes == [0, 0]
    assert set(crowd.ends) == {"completed", "cancelled"}
    assert crowd.ends.total() == RUNS
    assert Counter(row["end"] for row in ledger(tmp_path)) == crowd.ends
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        assert Counter(state for (state,) in connection.execute("SELECT state FROM runs")) == crowd.ends
