"""One measurement: run the load client against a target once, and read what that cost the target.

CPU is the target's process tree before and after, divided by the stub's own counters, so that a client's
mistake cannot flatter a target. Nothing here judges or prints a figure.
"""

from __future__ import annotations

import contextlib
import math
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import msgspec
from bench.processes import BenchError, cpu_seconds, memory_mb, on_core
from bench.scenarios import CLIENT_KEY, RESPONSES, Load, Scenario, Surface, request_body
from bench.targets import get

if TYPE_CHECKING:
    from pathlib import Path

    from bench.processes import Cores, Tools
    from bench.targets import Target

SETTLE_S = 0.1
"""After a load, before CPU is read: the target's accounting of the last requests belongs to them."""

HANGUP_LIMIT_S = 4.0


class LoadReport(msgspec.Struct, frozen=True):
    """What the load client prints."""

    answers: int
    chunks: int
    frames: int
    bytes: int
    errors: int
    reconnects: int
    elapsed_s: float
    answers_per_s: float
    chunks_per_s: float
    latency_p50_ms: float
    latency_p99_ms: float
    first_p50_ms: float
    first_p99_ms: float
    transit_p50_ms: float
    transit_p99_ms: float
    error: str


class StubStats(msgspec.Struct, frozen=True):
    """The stub's counters."""

    requests: int
    streams: int
    chunks: int
    cancelled: int
    finished: int
    open: int
    last_cancel_us: int


class Sample(msgspec.Struct, frozen=True):
    """One measurement, with where and when it belongs."""

    scenario: str
    surface: str
    target: str
    round: int
    load: LoadReport
    cpu_us_per_request: float | None = None
    cpu_us_per_chunk: float | None = None
    before_mb: float | None = None
    peak_mb: float | None = None


class Bench:
    """The tools of a run, ready to measure any target."""

    def __init__(self, tools: Tools, cores: Cores, stub_port: int, directory: Path) -> None:
        self.tools = tools
        self.cores = cores
        self.stub_port = stub_port
        self.directory = directory

    def stub_stats(self) -> StubStats:
        """Read the stub's counters."""
        status, body = get(self.stub_port, "/stub/stats")
        if status != 200:
            raise BenchError("the stub no longer answers.")
        return msgspec.json.decode(body, type=StubStats)

    def measure(
        self, target: Target, scenario: Scenario, surface: Surface, load: Load, number: int
    ) -> Sample:
        """Put one load on one target."""
        before = self.stub_stats()
        cpu_before = cpu_seconds(target.pid) if target.pid else 0.0
        memory_before = memory_mb(target.pid) if target.pid else None
        report, peak = self._run_load(target, scenario, surface, load)
        time.sleep(SETTLE_S)
        after = self.stub_stats()
        per_request = per_chunk = None
        if target.pid:
            spent_us = (cpu_seconds(target.pid) - cpu_before) * 1e6
            requests, chunks = after.requests - before.requests, after.chunks - before.chunks
            per_request = spent_us / requests if requests else None
            per_chunk = spent_us / chunks if chunks else None
        return Sample(
            scenario.name,
            surface.name,
            target.name,
            number,
            report,
            per_request,
            per_chunk,
            memory_before,
            peak if target.pid else None,
        )

    def _run_load(
        self, target: Target, scenario: Scenario, surface: Surface, load: Load
    ) -> tuple[LoadReport, float]:
        body = self.directory / "request.json"
        body.write_bytes(request_body(surface, load.events, scenario.delay_ms, stream=scenario.streaming))
        command = [
            str(self.tools.load),
            "--port",
            str(target.port),
            "--path",
            surface.path,
            "--body",
            str(body),
        ]
        command += ["--key", CLIENT_KEY, "--connections", str(scenario.connections), "--limit", "90"]
        command += ["--each", str(load.each)] if load.each else ["--duration", str(load.duration_s)]
        if scenario.streaming:
            command += ["--stream", str(load.events), "--terminal", surface.terminal]
        with on_core(self.cores.load):
            client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with client:
            peak = _peak_memory(client, target)
            output, complaint = client.communicate()
        try:
            return msgspec.json.decode(output, type=LoadReport), peak
        except msgspec.DecodeError:
            message = complaint.decode(errors="replace").strip() or f"code {client.returncode}"
            raise BenchError(f"the load client failed: {message}") from None

    def hang_up(self, target: Target, surface: Surface = RESPONSES) -> float:
        """Leave a paced stream after its first delta; return the ms until the upstream stream was dropped.

        Infinite when it was still open after four seconds.
        """
        try:
            return self._hang_up(target, surface)
        except OSError as error:
            raise BenchError(f"{target.name} broke off a paced stream: {error}") from error

    def _hang_up(self, target: Target, surface: Surface) -> float:
        before = self.stub_stats().cancelled
        body = request_body(surface, 1000, 20, stream=True)
        head = (
            f"POST {surface.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {CLIENT_KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", target.port), timeout=10) as client:
            client.sendall(head.encode() + body)
            seen = b""
            while b"~00001." not in seen:
                got = client.recv(65536)
                if not got:
                    raise BenchError(f"{target.name} ended a stream early: {seen[-300:]!r}")
                seen += got
            left = time.monotonic()
        while time.monotonic() - left < HANGUP_LIMIT_S:
            stats = self.stub_stats()
            if stats.cancelled > before:
                return max(0.0, stats.last_cancel_us / 1000 - left * 1000)
            time.sleep(0.002)
        return math.inf


def _peak_memory(client: subprocess.Popen[bytes], target: Target) -> float:
    peak = 0.0
    while client.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            client.wait(timeout=0.5)
            break
        if target.pid:
            peak = max(peak, memory_mb(target.pid))
    return max(peak, memory_mb(target.pid)) if target.pid else peak
