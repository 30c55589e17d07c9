"""Large videos pass through: the gateway's memory does not grow with them."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.measured import measured
from support.memory_use import CAN_MEASURE, MEBIBYTE, MemoryUse
from support.processes import Gateway, Sandbox
from support.videos import QUICK, VIDEOS, assets, created, over, start

pytestmark = pytest.mark.skipif(not CAN_MEASURE, reason="reads /proc")


@pytest.fixture
def roomy(shared_sandbox: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of its own, so that nobody else's requests are measured."""
    started = start(tmp_path, shared_sandbox)
    over(started, created(started)["id"])
    yield started
    started.stop()


def fetched(gateway: Gateway, identifier: str) -> tuple[int, str]:
    """Download a video without holding it; return its length and its hash."""
    parts = urlsplit(gateway.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("GET", f"/v1{VIDEOS}/{identifier}/content", headers=gateway.headers)
    answer = connection.getresponse()
    size, digest = 0, hashlib.sha256()
    while piece := answer.read(MEBIBYTE):
        size += len(piece)
        digest.update(piece)
    connection.close()
    return size, digest.hexdigest()


def drill(gateway: Gateway, megabytes: int) -> None:
    """Have a large video made and fetched, and measure."""
    memory = MemoryUse(gateway.process.pid)
    told = over(gateway, created(gateway, f"large {QUICK} !sandbox:big={megabytes}")["id"])
    kept = memory.risen
    assert told["status"] == "completed", told
    memory = MemoryUse(gateway.process.pid)
    size, _ = fetched(gateway, told["id"])
    given = memory.risen
    measured(f"a video of {megabytes} MB", kept_mib=kept, given_mib=given)
    assert size >= megabytes * 1_000_000
    assert max(row["size"] for row in assets(gateway.directory)) == size
    assert kept <= 16
    assert given <= 16


def test_a_large_video_costs_no_memory(roomy: Gateway, sandbox: Sandbox) -> None:
    drill(roomy, 150)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_half_a_gigabyte_costs_no_memory(roomy: Gateway, sandbox: Sandbox) -> None:
    drill(roomy, 500)
