"""S12: two hundred sign-ins at once, from as many networks, leave clients their answers."""

from __future__ import annotations

import asyncio
import json
import statistics
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.measured import measured, share_below
from support.operator import SIGNED
from support.processes import Gateway, Sandbox
from support.raw_http import message

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: ok"}]}
SIGN_INS = 200
ASKED = 150
ROUNDS = 5


async def crowd(gateway: Gateway, kind: int, *more: tuple[str, str]) -> Counter[int]:
    """Send sign-ins at once, each from a network of its own; return what they were answered."""
    address = urlsplit(gateway.url)

    async def one(number: int) -> int:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        body = json.dumps({"name": f"nobody-{number}", "password": "wrong"}).encode()
        headers = [("Content-Type", "application/json"), ("X-Forwarded-For", f"10.{kind}.{number}.1"), *more]
        writer.write(message("POST", "/admin/api/session", headers, body))
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])

    return Counter(await asyncio.gather(*(one(number) for number in range(SIGN_INS))))


def p95_of(gateway: Gateway) -> float:
    times = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        assert gateway.post("/chat/completions", CHAT)[0] == 200
        times.append((time.perf_counter() - begun) * 1000)
    return share_below(times, 0.95)


def beside(gateway: Gateway, kind: int, *more: tuple[str, str]) -> tuple[float, Counter[int]]:
    """Return the p95 of requests while a crowd comes, and what the crowd was answered."""
    told: list[Counter[int]] = []
    coming = threading.Thread(target=lambda: told.append(asyncio.run(crowd(gateway, kind, *more))))
    coming.start()
    p95 = p95_of(gateway)
    coming.join()
    return p95, told[0]


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_crowd_of_sign_ins_leaves_clients_their_answers(sandbox: Sandbox, tmp_path: Path) -> None:
    """Beside a crowd that is refused before any password is looked at, which costs what crowds cost."""
    environment = SIGNED | {"SERVER_WORKERS": "2", "GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1"}
    gateway = Gateway.start(
        tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-alice",), environment=environment
    )
    ratios = []
    try:
        p95_of(gateway)
        for kind in range(ROUNDS):
            quiet = p95_of(gateway)
            refused, _ = beside(gateway, kind, ("Origin", "https://evil.example"))
            tried, answers = beside(gateway, kind)
            ratios.append(tried / refused)
            measured("p95", quiet_ms=quiet, beside_refused_ms=refused, beside_sign_ins_ms=tried)
            measured("sign-ins", **{f"status_{status}": count for status, count in sorted(answers.items())})
            assert set(answers) <= {401, 429}
            assert answers[401] <= 110, (
                "no more than a hundred and those that were on their way are looked at"
            )
    finally:
        gateway.stop()
    measured("sign-ins beside refused ones", ratio=statistics.median(ratios))
