"""S24: ten thousand lines are taken in within ten seconds, and clients have their answers meanwhile."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from support.measured import measured, share_below
from support.observing import eventually
from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox, request

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: ok"}]}
LINES = 10_000
LONGEST = 10.0
"""Seconds, on a machine that has nothing else to do."""
PAUSE = 0.05
SLOWER = 1.25
"""How many times as long the median may take beside an import, there: it is the same but for noise."""
HELD_UP = 60.0
"""Milliseconds by which an import may hold up the unluckiest request."""


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_an_import_of_ten_thousand_lines_stops_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(
        tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-alice",), environment=SIGNED
    )
    calm, beside = list[float](), list[float]()

    def ask(times: list[float]) -> None:
        begun = time.perf_counter()
        assert gateway.post("/chat/completions", CHAT)[0] == 200
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(PAUSE)

    try:
        owner = Operator(gateway)
        for _ in range(60):
            ask(calm)
        file = "".join(f"xai-sandbox-number{number:05}\n" for number in range(LINES)).encode()
        headers = owner.headers | {"Content-Type": "text/plain"}
        begun = time.monotonic()
        status, _, answer = request("POST", owner.base + "/credentials/import", file, headers=headers)
        assert status == 202
        job = json.loads(answer)["job"]["id"]
        while owner.get(f"/jobs/{job}")["state"] not in {"done", "failed"}:
            ask(beside)
        taken = time.monotonic() - begun
        told = owner.get(f"/jobs/{job}")
        assert (told["state"], told["result"]["counts"]) == ("done", {"added": LINES})
        eventually(lambda: owner.get("/credentials?limit=1")["total"] == LINES + 1, "all of them")
    finally:
        gateway.stop()
    quiet, busy = share_below(calm, 0.95), share_below(beside, 0.95)
    measured("import", seconds=taken, p95_calm_ms=quiet, p95_beside_ms=busy, slowest_ms=max(beside))
    assert taken <= LONGEST
    assert share_below(beside, 0.5) <= SLOWER * share_below(calm, 0.5)
    assert max(beside) <= quiet + HELD_UP
