"""SIGTERM with fifty streams open."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import aiohttp
import pytest

from support.history import tag_of_row
from support.load import CHAT, RESPONSES, Ask, Outcome, counting, headers
from support.measured import measured
from support.observing import events_of, eventually, ledger
from support.processes import Gateway, Sandbox
from support.soak import HEALTHY, keys

STREAMS = 50
DRAIN_SECONDS = 10
SHORT, LONG, PAUSE = 20, 1000, 0.1
"""What the streams count to, and the seconds between two of their events."""


class Open:
    """Streams that are being read; `begun` holds those of which something came."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.begun: set[str] = set()
        self.all_begun = asyncio.Event()

    async def read(self, session: aiohttp.ClientSession, ask: Ask) -> bytes:
        """Return all of a stream."""
        body = b""
        url = self._gateway.base_url + ask.path
        async with session.post(url, data=ask.content, headers=headers(self._gateway, ask)) as answer:
            assert answer.status == 200
            async for piece in answer.content.iter_any():
                body += piece
                self.begun.add(ask.tag)
                if len(self.begun) == STREAMS:
                    self.all_begun.set()
        return body


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_fifty_streams_are_finished_or_told(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"GROK2API_SERVER__DRAIN_SECONDS": str(DRAIN_SECONDS)}
    gateway = await asyncio.to_thread(
        Gateway.start, tmp_path, upstream=sandbox.base_url, keys=keys(HEALTHY), environment=environment
    )
    kinds = [(path, last) for last in (LONG, SHORT) for path in (CHAT, RESPONSES)]
    asks = [counting(f"drain-{number:05d}", *kinds[number % 4], PAUSE) for number in range(STREAMS)]
    streams = Open(gateway)
    try:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
            reading = [group.create_task(streams.read(session, ask)) for ask in asks]
            await streams.all_begun.wait()
            began = time.monotonic()
            gateway.process.terminate()
    finally:
        code = await asyncio.to_thread(gateway.stop)
    seconds = time.monotonic() - began
    bodies = [task.result() for task in reading]
    whole = {ask.tag for ask, body in zip(asks, bodies, strict=True) if Outcome(ask, 200, body, 0.0).whole}
    told = {ask.tag for ask, body in zip(asks, bodies, strict=True) if is_told(ask, body)}
    measured("drain", streams=STREAMS, whole=len(whole), told=len(told), exit_seconds=seconds)
    assert code == 0
    assert running_at_the_stop(gateway) == STREAMS
    assert whole == {ask.tag for ask in asks if ask.says == str(SHORT)}
    assert told == {ask.tag for ask in asks if ask.says == str(LONG)}
    ends = {tag_of_row(row): (row["end"], row["error_code"]) for row in ledger(tmp_path)}
    assert ends == dict.fromkeys(whole, ("completed", "")) | dict.fromkeys(
        told, ("cut", "server_shutting_down")
    )
    await asyncio.to_thread(
        eventually, lambda: all(call["ended"] for call in sandbox.calls()), "the end of every call"
    )


def is_told(ask: Ask, body: bytes) -> bool:
    """Tell whether a stream ended with the words for a server that stops."""
    events = events_of(body)
    if ask.path == CHAT:
        return isinstance(events[-1].data, dict) and code_of(events[-1].data) == "server_shutting_down"
    named = [event.name for event in events][-2:] == ["response.failed", ""]
    return named and code_of(events[-2].data["response"]) == "server_error"


def code_of(holder: dict[str, dict[str, str]]) -> str:
    return holder["error"]["code"]


def running_at_the_stop(gateway: Gateway) -> int:
    lines = [line for line in gateway.log.read_text().splitlines() if '"draining"' in line]
    running: int = json.loads(lines[0])["running"]
    return running
