"""Leader and refresher sleep for a minute, or die: others take over, and the woken one changes nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.measured import measured
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.sign_ins import (
    CHAT,
    HELLO,
    Service,
    asked,
    claim,
    gateways,
    intent,
    lanes,
    record,
    refusals,
    serves,
    stopped,
    take_in,
)

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc"),
]

ASLEEP = 60.0
LEADER, LEADER_LIFETIME = "leader", 15.0
REFRESH_LIFETIME, HEIR_PAUSE = 30.0, 6.0
MARGIN = 5.0
GRACE = 3600
A_MINUTE_OF_LOOKS = 40 * 90


@pytest.fixture
def service() -> Iterator[Service]:
    sandbox = Sandbox.start()
    yield Service(sandbox)
    sandbox.stop()


def since(begun: float) -> float:
    return time.monotonic() - begun


@pytest.mark.parametrize("grace", [GRACE, 0], ids=["answer repeated", "reuse is theft"])
def test_a_minute_asleep(service: Service, tmp_path: Path, grace: int) -> None:
    take_in(tmp_path, service, "ann")
    service.set(delay=3, reuse_grace=grace)
    with gateways(tmp_path, service) as (sleeper,):
        eventually(lambda: claim(tmp_path, LEADER)["holder"], "a leader")
        with gateways(tmp_path, service) as (awake,), lanes(sleeper, 1) as opened:
            ((lane,),) = opened.values()
            service.refuse_access("ann")
            lane.ask()
            asked(service, tmp_path, "ann")
            holder = claim(tmp_path, LEADER)["holder"]
            with stopped(sleeper.process.pid):
                begun = time.monotonic()
                service.set(delay=0)
                led, settled = take_over(awake, holder, begun, served=bool(grace))
                time.sleep(max(0.0, ASLEEP - since(begun)))
                before, leader = record(tmp_path, "ann"), claim(tmp_path, LEADER)
            answer = refusals([lane])
            eventually(lambda: claim(tmp_path, LEADER)["until"] > leader["until"], "a renewal")
            after, leads = record(tmp_path, "ann"), claim(tmp_path, LEADER)
            assert (leads["holder"], leads["fence"]) == (leader["holder"], leader["fence"])
            if grace:
                family = service.family("ann")
                assert all(each.startswith("429") for each in answer), "who waited too long may come back"
                assert (after["secret"], after["generation"]) == (before["secret"], 2)
                assert (after["status"], after["refresh_intent"]) == ("active", "")
                assert (family["refresh_calls"], family["reuse_detections"]) == (2, 0)
                assert serves(awake)
            else:
                assert service.family("ann")["reuse_detections"] == 1
                eventually(lambda: is_told(awake), "the loss told")
    measured(f"a minute asleep, grace {grace} s", new_leader_s=led, settled_s=settled)
    assert led <= LEADER_LIFETIME + MARGIN
    assert settled <= REFRESH_LIFETIME + HEIR_PAUSE + MARGIN


def is_told(gateway: Gateway) -> bool:
    """Ask, and tell whether the sign-in is lost and says what helps; the sleeper's tokens may come before."""
    gateway.post(CHAT, HELLO)
    kept = record(gateway.directory, "ann")
    return bool(kept["refresh_dead"]) and kept["status"] == "expired" and "sign in again" in kept["reason"]


def take_over(awake: Gateway, former: str, begun: float, *, served: bool) -> tuple[float, float]:
    """Return after how many seconds there was another leader, and an end of the refresh."""
    led = settled = 0.0

    def both() -> bool:
        nonlocal led, settled
        if not led and claim(awake.directory, LEADER)["holder"] not in {former, ""}:
            led = since(begun)
        if not settled:
            if record(awake.directory, "ann")["generation" if served else "refresh_dead"] > int(served):
                settled = since(begun)
            elif not led:
                return False
            else:
                awake.post(CHAT, HELLO)
        return bool(led and settled)

    eventually(both, "the take-over", A_MINUTE_OF_LOOKS)
    return led, settled


def test_the_winner_dies_while_three_workers_wait(service: Service, tmp_path: Path) -> None:
    take_in(tmp_path, service, "ann")
    service.set(delay=10, reuse_grace=GRACE)
    with gateways(tmp_path, service, SERVER_WORKERS="4") as (gateway,), lanes(gateway, 1) as opened:
        service.refuse_access("ann")
        winner = next(iter(opened))
        opened[winner][0].ask()
        asked(service, tmp_path, "ann")
        assert intent(tmp_path, "ann")
        service.set(delay=0)
        waiting = [lane for pid, group in opened.items() if pid != winner for lane in group]
        for lane in waiting:
            lane.ask()
        begun = time.monotonic()
        os.kill(winner, signal.SIGKILL)
        late = refusals(waiting)
        assert all(each.startswith("429") for each in late), "nobody is told more than to come back"
        eventually(lambda: serves(gateway), "an answer", A_MINUTE_OF_LOOKS)
        measured("the winner dies", served_again_s=since(begun), told_to_come_back=len(late))
        assert since(begun) <= REFRESH_LIFETIME + HEIR_PAUSE + MARGIN
    family = service.family("ann")
    assert (family["refresh_calls"], family["reuse_detections"]) == (2, 0)
    assert record(tmp_path, "ann")["generation"] == 2
