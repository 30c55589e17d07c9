"""S12: two hundred sign-ins at once, from as many networks, leave clients their answers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.measured import measured, share_below
from support.operator import SIGNED, Operator
from support.processes import ROOT, Gateway, Sandbox, read_line

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: ok"}]}
SIGN_INS = 200
ASKED = 150
ROUNDS = 5
"""After a hundred wrong ones nobody is looked at any more."""
WORKERS = 2
LOOKED_AT = WORKERS * (1 + 8 + 2 * 8)
"""Those who are looked at one after the other by each worker: who comes when eight wait is turned away. As a
crowd steps up a few at a time, some of it come when the line has moved on."""
PRESSING = 5.0
"""Seconds for which a crowd tries again and again."""
SLOWER = 1.2
"""How many times as long the 95th percentile may take, on a machine that does nothing else."""


class Crowd:
    """Two hundred who try, in a process of their own: the one that measures is not to wait for them."""

    def __init__(self, gateway: Gateway, kind: int, origin: str = "", seconds: float = 0.0) -> None:
        address = urlsplit(gateway.url)
        place = (str(address.hostname), str(address.port))
        arguments = (*place, str(kind), str(SIGN_INS), origin, str(seconds))
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(ROOT / "tests" / "support" / "sign_in_crowd.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert read_line(self._process, 60).strip() == "ready"

    def come(self) -> None:
        """Let all of them try at once."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    @property
    def stands(self) -> bool:
        """Whether some of them wait for their answer."""
        return self._process.poll() is None

    def answers(self) -> Counter[int]:
        """Return what they were answered, once all of them were."""
        told, _ = self._process.communicate(timeout=120)
        return Counter({int(status): count for status, count in json.loads(told).items()})


def times_of(gateway: Gateway, asked: int = ASKED) -> list[float]:
    """Return the milliseconds that each of some requests took."""
    times = []
    for _ in range(asked):
        begun = time.perf_counter()
        assert gateway.post("/chat/completions", CHAT)[0] == 200
        times.append((time.perf_counter() - begun) * 1000)
    return times


def beside(
    gateway: Gateway, kind: int, origin: str = "", seconds: float = 0.0
) -> tuple[list[float], list[float], Counter[int]]:
    """Return how long requests took when a crowd came and all the while it stood there; and its answers."""
    crowd = Crowd(gateway, kind, origin, seconds)
    crowd.come()
    first = times_of(gateway)
    whole = [*first]
    while crowd.stands:
        whole += times_of(gateway, 10)
    return first, whole, crowd.answers()


def p95(rounds: Iterable[list[float]]) -> float:
    return share_below([each for times in rounds for each in times], 0.95)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_crowd_of_sign_ins_leaves_clients_their_answers(sandbox: Sandbox, tmp_path: Path) -> None:
    """A crowd that is refused before any password is looked at, one that waits, and one that presses."""
    environment = SIGNED | {"SERVER_WORKERS": str(WORKERS), "GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1"}
    gateway = Gateway.start(
        tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-alice",), environment=environment
    )
    quiet, refused, came, stood, pressed = (list[list[float]]() for _ in range(5))
    try:
        for _ in range(8):  # the first operator of a worker has it load what only operators need
            Operator(gateway)
        times_of(gateway)
        for kind in range(ROUNDS):
            quiet.append(times_of(gateway))
            refused.append(beside(gateway, kind, "https://evil.example")[0])
            first, all_the_while, answers = beside(gateway, kind)
            came.append(first)
            stood.append(all_the_while)
            measured("sign-ins", **{f"status_{status}": count for status, count in sorted(answers.items())})
            assert set(answers) <= {401, 429}
            assert answers[401] <= LOOKED_AT, "no more than those in line are looked at"
        for kind in range(ROUNDS):
            pressed.append(beside(gateway, ROUNDS + kind, seconds=PRESSING)[1])
    finally:
        gateway.stop()
    measured("p95", quiet_ms=p95(quiet), beside_refused_ms=p95(refused), when_they_come_ms=p95(came))
    measured("waiting", to_quiet=p95(stood) / p95(quiet), all_the_while_ms=p95(stood))
    measured("pressing", to_quiet=p95(pressed) / p95(quiet), all_the_while_ms=p95(pressed))
    assert p95(stood) <= SLOWER * p95(quiet)
    assert p95(pressed) <= SLOWER * p95(quiet), "though all of them try again as soon as they are refused"
