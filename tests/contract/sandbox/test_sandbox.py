"""The sandbox itself: journal, determinism, and starting and stopping as a program."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from grok2api.kit.clock import ManualClock
from grok2api.sandbox.serve import SandboxServer

SOURCES = Path(__file__).resolve().parents[3] / "src"
PROGRAM = """
from grok2api.sandbox.serve import serve
serve("127.0.0.1", 0, announce=lambda url: print(url, flush=True))
"""


async def test_the_journal_tells_what_arrived(client: Any) -> None:
    await client.chat("hello", headers={"x-grok-conv-id": "c", "x-api-key": "secret", "user-agent": "me"})
    await client.respond("hello", stream=True, key="bob")
    await client.chat(model="nothing")
    first, second, third = await client.journal()
    assert (first["method"], first["path"], first["model"]) == ("POST", "/v1/chat/completions", "grok-4.3")
    assert (first["status"], first["stream"], first["ended"]) == (200, False, "completed")
    assert first["key"] == "ox-alice"
    assert first["headers"]["x-grok-conv-id"] == "c"
    assert first["headers"]["x-api-key"] == "[hidden]"
    assert "authorization" not in first["headers"]
    assert first["body"]["messages"][0]["content"] == "hello"
    assert first["usage"]["total_tokens"] > 0
    assert second["stream"]
    assert second["events_sent"] > 10
    assert second["team_id"] != first["team_id"]
    assert (third["status"], third["usage"]) == (404, None)
    await client.send("DELETE", "/sandbox/journal")
    assert await client.journal() == []


async def answers(seed: int) -> list[bytes]:
    async with SandboxServer(seed=seed, clock=ManualClock()) as server, aiohttp.ClientSession() as session:
        made = []
        for prompt in ("hello", "tell me about the sea", "a story of 60 words"):
            body = {"model": "grok-4.7", "stream": True, "input": prompt}
            headers = {"authorization": "Bearer xai-sandbox-alice"}
            async with session.post(f"{server.base_url}/responses", json=body, headers=headers) as answer:
                made.append(await answer.read())
        return made


async def test_the_seed_decides_every_byte() -> None:
    first, again, other = await answers(1), await answers(1), await answers(2)
    assert first == again
    assert first != other


async def test_a_taken_port_is_an_error_and_a_stopped_one_is_free() -> None:
    first = SandboxServer()
    base = await first.start()
    port = int(base.rsplit(":", 1)[1].removesuffix("/v1"))
    with pytest.raises(OSError, match="in use"):
        await SandboxServer(port=port).start()
    await first.stop()
    second = SandboxServer(port=port)
    assert await second.start() == base
    await second.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_program_with_streams_open(number: signal.Signals) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(SOURCES)},
    )
    assert program.stdout is not None
    base = (await program.stdout.readline()).decode().strip()
    async with aiohttp.ClientSession() as session:
        body = {"model": "grok-4.3", "stream": True, "input": "hi !sandbox:trickle=60"}
        headers = {"authorization": "Bearer xai-sandbox-alice"}
        async with session.post(f"{base}/responses", json=body, headers=headers) as answer:
            await answer.content.readline()
            program.send_signal(number)
            _, errors = await program.communicate()
    assert program.returncode == 0
    assert errors == b""
