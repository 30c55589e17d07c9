"""The network drops every packet and tells nobody: F10 of the promises, with a real wire.

Upstream and a proxy before it run in a network namespace of their own. There the way back to us becomes a
black hole, so that neither an answer nor an acknowledgement comes. Needs root and `ip`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest

from support.load import CHAT
from support.measured import measured
from support.observing import Caller, eventually, open_sockets
from support.pool_faults import MODEL, drilling
from support.processes import ROOT, Sandbox, clean_environment

OURS, THEIRS, PORT = "10.231.17.1", "10.231.17.2", 3128
NOTICED = 60.0
"""Seconds, as promised."""
CALLS = 5
PROXY = f"""
import asyncio
from support.proxies import Proxy

async def main():
    server = await asyncio.start_server(Proxy("http").serve, "{THEIRS}", {PORT})
    print("ready", flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


@dataclass(frozen=True)
class FarSide:
    """A namespace with the sandbox and a proxy in it."""

    name: str
    base_url: str
    proxy: str

    def drop(self) -> None:
        """Let nothing come back from now on, and say nothing about it."""
        _ip("netns", "exec", self.name, "ip", "route", "add", "blackhole", f"{OURS}/32")

    def restore(self) -> None:
        """Let answers come back again."""
        _ip("netns", "exec", self.name, "ip", "route", "del", "blackhole", f"{OURS}/32")


@contextmanager
def far_side() -> Iterator[FarSide]:
    """Make a namespace, and end it with all that runs in it."""
    name = "g2a" + token_hex(3)
    _ip("netns", "add", name)
    running: list[subprocess.Popen[str]] = []
    try:
        _ip("link", "add", f"{name}o", "type", "veth", "peer", "name", f"{name}t")
        _ip("link", "set", f"{name}t", "netns", name)
        _ip("addr", "add", f"{OURS}/30", "dev", f"{name}o")
        _ip("link", "set", f"{name}o", "up")
        inside = ("netns", "exec", name, "ip")
        _ip(*inside, "addr", "add", f"{THEIRS}/30", "dev", f"{name}t")
        _ip(*inside, "link", "set", f"{name}t", "up")
        _ip(*inside, "link", "set", "lo", "up")
        sandbox = _start(name, str(ROOT / "main.py"), "sandbox", "--port", "0")
        running.append(sandbox)
        base_url = _first_line(sandbox)
        proxy = _start(name, "-c", PROXY)
        running.append(proxy)
        assert _first_line(proxy) == "ready"
        yield FarSide(name, base_url, f"http://{THEIRS}:{PORT}")
    finally:
        for process in running:
            process.terminate()
            process.wait(timeout=10)
            if process.stdout:
                process.stdout.close()
        _ip("netns", "del", name)


def _start(name: str, *words: str) -> subprocess.Popen[str]:
    environment = clean_environment(PYTHONPATH=os.pathsep.join(str(ROOT / each) for each in ("tests", "src")))
    return subprocess.Popen(
        ["ip", "netns", "exec", name, sys.executable, *words],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def may_make_networks() -> bool:
    """Tell whether a namespace can be made here."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = "g2a" + token_hex(3)
    if subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True).returncode:
        return False
    return not subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True).returncode


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_a_wire_that_drops_everything_is_noticed_within_a_minute(sandbox: Sandbox, tmp_path: Path) -> None:
    if not may_make_networks():
        pytest.skip("NOT RUN: dropping packets needs root and network namespaces (`ip netns`)")
    with far_side() as far, drilling(tmp_path, sandbox, upstream=far.base_url) as drill:
        drill.fill(["ann"], lambda _: {"proxy": far.proxy})
        assert drill.ask().status == 200
        process, before = drill.gateway.process.pid, open_sockets(drill.gateway.process.pid)
        said = {"role": "user", "content": "count to 5000 !sandbox:trickle=0.2"}
        body = {"model": MODEL, "stream": True, "messages": [said]}
        callers = [Caller(drill.gateway, CHAT, body, seconds=120) for _ in range(CALLS)]
        for caller in callers:
            caller.read_until(b'"content"')
        assert drill.credentials()["ann"]["live"]["in_flight"] == CALLS
        far.drop()
        begun, took = time.perf_counter(), []
        for caller in callers:
            caller.read_until(b'"error"')
            took.append(time.perf_counter() - begun)
            caller.leave()
        far.restore()
        eventually(lambda: drill.credentials()["ann"]["live"]["in_flight"] == 0, "free places")
        eventually(lambda: open_sockets(process) <= before + 2, "closed sockets")
        eventually(lambda: drill.ask().status == 200, "the way back", tries=2000)
        measured("dropped packets", streams=CALLS, noticed_after_s=max(took), sockets_before=before)
    assert max(took) <= NOTICED
