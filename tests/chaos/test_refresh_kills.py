"""Fifty kills between the sign-in service's answer and the store: never a loss that nobody is told of."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from support.measured import measured, share_below
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.sign_ins import (
    CHAT,
    HELLO,
    LOOKS,
    Service,
    asked,
    gateways,
    intent,
    kill,
    lanes,
    past_claims,
    record,
    store_is_busy,
    take_in,
)

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc"),
]

KILLS = 50
WAITED_OUT = 10
"""Every so many-th time the claims of the dead are left to run out by themselves."""
GRACE = 3600


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    sandbox = Sandbox.start()
    yield Service(sandbox)
    sandbox.stop()


def test_fifty_kills_lose_no_sign_in_in_silence(service: Service, tmp_path: Path) -> None:
    chance = Random(23)  # noqa: S311  a run that can be repeated
    came_of = Counter[str]()
    seconds: dict[str, list[float]] = {"in time": [], "waited out": []}
    for number in range(KILLS):
        directory, grace = tmp_path / str(number), chance.random() < 0.5
        service.reset()
        service.set(reuse_grace=GRACE if grace else 0)
        begun = killed_while_it_refreshes(directory, service, chance)
        kind = "waited out" if number % WAITED_OUT == WAITED_OUT - 1 else "in time"
        if kind == "in time":
            past_claims(directory)
        restarted = time.monotonic()
        with gateways(directory, service) as (gateway,):
            eventually(partial(is_settled, gateway), "an end", LOOKS)
        seconds[kind].append(time.monotonic() - restarted)
        came_of[judged(directory, service, begun, grace=grace)] += 1
    for kind, each in seconds.items():
        measured(f"restart to the end, claims {kind}", median_s=share_below(each, 0.5), longest_s=max(each))
    measured(f"{KILLS} kills", **came_of)
    assert came_of.total() == KILLS
    assert came_of["silent"] == 0


def killed_while_it_refreshes(directory: Path, service: Service, chance: Random) -> dict[str, Any]:
    """Kill a gateway whose refresh has spent the old token; return the intent that it left."""
    blocked = chance.random() < 0.5
    service.set(delay=0.5 if blocked else 20)
    take_in(directory, service, "ann")
    with gateways(directory, service) as (gateway,), lanes(gateway, 1) as opened:
        ((lane,),) = opened.values()
        service.refuse_access("ann")
        lane.ask()
        asked(service, directory, "ann")
        if blocked:
            with store_is_busy(directory):
                eventually(lambda: service.token_calls()[-1]["ended"] == "completed", "the answer", LOOKS)
                time.sleep(chance.random() / 5)
                kill(gateway)
        else:
            time.sleep(chance.random())
            kill(gateway)
    service.set(delay=0)
    begun = intent(directory, "ann")
    assert begun is not None
    return begun


def is_settled(gateway: Gateway) -> bool:
    """Ask, and tell whether it is decided what became of the sign-in."""
    if gateway.post(CHAT, HELLO)[0] == 200:
        return True
    return bool(record(gateway.directory, "ann")["status"] == "expired")


def judged(directory: Path, service: Service, begun: dict[str, Any], *, grace: bool) -> str:
    """Return what came of a refresh that was cut off: `served`, `told`, or `silent`, which may not be."""
    kept, family = record(directory, "ann"), service.family("ann")
    assert family["refresh_calls"] == 2, "the old token is tried once more, and only once"
    if kept["status"] == "active":
        assert (grace, kept["generation"], family["revoked"]) == (True, 2, False)
        assert (kept["refresh_intent"], kept["refresh_error"]) == ("", "")
        return "served"
    assert not grace
    words = json.dumps([kept["reason"], kept["refresh_error"]])
    told = words.count("interrupted") == 2 and words.count(begun["holder"]) == 2
    return "told" if told and kept["refresh_dead"] else "silent"
