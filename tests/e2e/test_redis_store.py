"""The real server with its records in Redis alone: two workers, a restart, a Redis that goes away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grok2api.storage.open import open_records
from grok2api.storage.records import UsageRecord
from support.observing import children, eventually
from support.picture_answers import fetched
from support.processes import Gateway, Sandbox, run_command
from support.redis_server import RedisServer
from support.sdk import openai_client
from support.videos import created, over, shown

CHAT = {"model": "grok-4", "messages": [{"role": "user", "content": "hello"}]}
PROCFS = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc")


@dataclass(frozen=True)
class Kept:
    """A Redis of these tests' own, and gateways over it that share one data directory."""

    server: RedisServer
    directory: Path
    sandbox: Sandbox

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SERVER_STORAGE_TYPE": "redis",
            "REDIS_URL": self.server.url,
            "GROK2API_LEDGER__FLUSH_MS": "10",
            "GROK2API_VIDEO__POLL_SECONDS": "0.1",
        }

    def start(self, *keys: str, workers: int = 2) -> Gateway:
        return Gateway.start(
            self.directory,
            upstream=self.sandbox.base_url,
            keys=keys,
            arguments=("--workers", str(workers)),
            environment=self.environment,
        )

    def command(self, *words: str) -> str:
        """Run a command beside the server, as an operator would."""
        return run_command(self.directory, *words, **self.environment)

    def ledger(self) -> tuple[UsageRecord, ...]:
        async def read() -> tuple[UsageRecord, ...]:
            records = await open_records("redis", "", Path(), redis_url=self.server.url)
            try:
                return await records.usage.recent(1000)
            finally:
                await records.close()

        return asyncio.run(read())


@pytest.fixture
def kept(sandbox: Sandbox, tmp_path: Path) -> Iterator[Kept]:
    server = RedisServer(tmp_path / "redis", ("--appendonly", "yes", "--appendfsync", "everysec"))
    server.start()
    yield Kept(server, tmp_path / "gateway", sandbox)
    server.stop()


def ask(gateway: Gateway, **headers: str) -> int:
    return gateway.post("/chat/completions", CHAT, **headers)[0]


@PROCFS
def test_a_credential_that_is_added_meanwhile_reaches_both_workers(kept: Kept) -> None:
    gateway = kept.start()
    try:
        assert "appendfsync is everysec" in gateway.log.read_text()
        assert ask(gateway) == 503
        workers = [pid for pid in children(gateway.process.pid) if serves(pid)]
        assert len(workers) == 2
        kept.command("credentials", "add", "xai-sandbox-alice")
        for other in workers:
            os.kill(other, signal.SIGSTOP)
            try:
                eventually(lambda: ask(gateway) == 200, "a worker that has heard of it", 80)
            finally:
                os.kill(other, signal.SIGCONT)
    finally:
        gateway.stop()
    answered = [row for row in kept.ledger() if row.status == 200]
    assert len(answered) == 2
    assert {row.end for row in answered} == {"completed"}


def serves(pid: int) -> bool:
    """Tell whether a process is a worker: Python starts another one that only looks after resources."""
    return "resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_text()


def test_a_restart_of_everything_keeps_everything(kept: Kept) -> None:
    gateway = kept.start("xai-sandbox-alice", "xai-sandbox-bob")
    with openai_client(gateway) as sdk:
        first = sdk.responses.create(model="grok-4", input="remember this")
        file = sdk.files.create(file=("note.txt", b"a note"), purpose="user_data")
        picture = sdk.images.generate(prompt="a red cat").data
    assert picture is not None
    content = fetched(picture[0].url)
    video = over(gateway, created(gateway)["id"])
    assert video["status"] == "completed"
    clip = gateway.get(f"/videos/{video['id']}/content")[2]
    run = in_background(gateway)
    stream = gateway.get(f"/responses/{run}?stream=true")[2]
    assert b"response.completed" in stream
    made = json.loads(kept.command("keys", "list", "--json"))
    eventually(lambda: len(kept.ledger()) >= 4, "the ledger's rows")
    before = kept.ledger()
    assert gateway.stop() == 0
    kept.server.stop()
    kept.server.start()

    gateway = kept.start(workers=1)
    try:
        with openai_client(gateway) as sdk:
            again = sdk.responses.create(model="grok-4", input="and?", previous_response_id=first.id)
            assert again.previous_response_id == first.id
            assert sdk.files.retrieve(file.id) == file
            assert sdk.files.content(file.id).content == b"a note"
        assert gateway.get(f"/responses/{run}?stream=true")[2] == stream
        assert shown(gateway, video["id"]) == video
        assert gateway.get(f"/videos/{video['id']}/content")[2] == clip
        assert fetched(moved(picture[0].url, gateway)) == content
        assert json.loads(kept.command("keys", "list", "--json")) == made
        assert set(before) <= set(kept.ledger())
        assert "Traceback" not in gateway.log.read_text()
    finally:
        gateway.stop()


def in_background(gateway: Gateway) -> str:
    """Let a response be made in the background; return its id once it is whole."""
    body = {"model": "grok-4", "input": "hello", "background": True}
    identifier: str = json.loads(gateway.post("/responses", body)[2])["id"]
    eventually(
        lambda: json.loads(gateway.get(f"/responses/{identifier}")[2])["status"] == "completed", "its end"
    )
    return identifier


def moved(url: str | None, gateway: Gateway) -> str:
    """Return a link to media at the port that the server has now."""
    assert url is not None
    return gateway.url + url[url.index("/v1/media/") :]


def test_turns_go_on_while_redis_is_away_and_each_is_charged_once(kept: Kept) -> None:
    gateway = kept.start("xai-sandbox-alice", workers=1)
    try:
        assert ask(gateway) == 200
        kept.server.stop()
        assert [ask(gateway) for _ in range(4)] == [200] * 4
        kept.server.start()
        rows: Any = eventually(lambda: settled(kept, 5), "the rows of all turns")
        assert [row.end for row in rows] == ["completed"] * 5
        assert ask(gateway) == 200
        eventually(lambda: settled(kept, 6), "the row of the next one")
    finally:
        gateway.stop()
    time_of_rows = [row.started_at for row in kept.ledger()]
    assert time_of_rows == sorted(time_of_rows, reverse=True)
    assert max(time_of_rows) <= time.time()


def settled(kept: Kept, count: int) -> tuple[UsageRecord, ...]:
    rows = kept.ledger()
    return rows if len(rows) == count else ()
