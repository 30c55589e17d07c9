"""A refresh cut off between the service's answer and the store: told or made good, never lost in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.sign_ins import (
    CHAT,
    HELLO,
    LOOKS,
    UPSTREAM,
    Service,
    asked,
    claim,
    gateways,
    intent,
    kill,
    lanes,
    past_claims,
    record,
    refresh_claim,
    refusals,
    serves,
    stopped,
    store_is_busy,
    take_in,
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc")

GRACE = 600
LEADER = "leader"


@pytest.fixture(scope="module")
def shared_service() -> Iterator[Service]:
    sandbox = Sandbox.start()
    yield Service(sandbox)
    sandbox.stop()


@pytest.fixture
def service(shared_service: Service) -> Service:
    shared_service.reset()
    return shared_service


def keys_in_use(service: Service) -> set[str]:
    """Return what tells the tokens apart with which upstream was asked for answers."""
    return {row["key"] for row in service.sandbox.calls(UPSTREAM)}


def answer_went_out(service: Service) -> bool:
    """Tell whether the service has sent its answer to the last refresh."""
    calls = service.token_calls()
    return bool(calls) and calls[-1]["ended"] == "completed"


def is_expired(directory: Path, name: str) -> bool:
    return bool(record(directory, name)["status"] == "expired")


def check_told(directory: Path, name: str, holder: str) -> None:
    """Check that a lost sign-in says what happened to it."""
    kept = record(directory, name)
    assert (kept["status"], kept["refresh_dead"], kept["generation"]) == ("expired", 1, 1)
    for words in ("interrupted", holder, "sign in again"):
        assert words in kept["reason"]
        assert words in kept["refresh_error"]


def test_a_kill_after_the_rotation_is_told(service: Service, tmp_path: Path) -> None:
    take_in(tmp_path, service, "ann", "ben")
    service.set(delay=20)
    with gateways(tmp_path, service) as (gateway,), lanes(gateway, 2) as opened:
        (both,) = opened.values()
        for name in ("ann", "ben"):
            service.refuse_access(name)
        for lane in both:
            lane.ask()
        begun = {}
        for name in ("ann", "ben"):
            asked(service, tmp_path, name)
            begun[name] = intent(tmp_path, name)
        kill(gateway)
    for name, found in begun.items():
        assert found is not None
        assert (found["generation"], found["unanswered_at"]) == (1, None)
        assert refresh_claim(tmp_path, name)["holder"] == found["holder"]
        assert intent(tmp_path, name) == found, "the store remembers"
    service.set(delay=0)
    past_claims(tmp_path)
    with gateways(tmp_path, service) as (gateway,):
        status, _, body = gateway.post(CHAT, HELLO)
        assert (status, json.loads(body)["error"]["code"]) == (503, "no_available_account")
        for name, found in begun.items():
            assert found is not None
            eventually(partial(is_expired, tmp_path, name), name, LOOKS)
            check_told(tmp_path, name, found["holder"])
    assert service.family("ann")["refresh_calls"] == 2


def test_tokens_are_stored_before_they_are_used_and_fetched_again_after_a_kill(
    service: Service, tmp_path: Path
) -> None:
    take_in(tmp_path, service, "ann")
    service.set(delay=1, reuse_grace=GRACE)
    with gateways(tmp_path, service) as (gateway,), lanes(gateway, 8) as opened:
        (group,) = opened.values()
        for generation, ends_well in ((1, True), (2, False)):
            service.sandbox.clear()
            service.refuse_access("ann")
            for lane in group:
                lane.ask()
            asked(service, tmp_path, "ann")
            with store_is_busy(tmp_path):
                eventually(lambda: answer_went_out(service), "the answer", LOOKS)
                assert len(keys_in_use(service)) == 1, "only the old token was ever shown"
                assert record(tmp_path, "ann")["generation"] == generation
                if not ends_well:
                    kill(gateway)
                    break
            assert refusals(group) == []
            assert record(tmp_path, "ann")["generation"] == generation + 1
            assert len(keys_in_use(service)) == 2
    assert record(tmp_path, "ann")["generation"] == 2
    begun = intent(tmp_path, "ann")
    assert begun is not None
    assert begun["generation"] == 2
    service.set(delay=0)
    past_claims(tmp_path)
    with gateways(tmp_path, service) as (gateway,):
        assert serves(gateway)
    kept, family = record(tmp_path, "ann"), service.family("ann")
    assert (kept["status"], kept["generation"], kept["refresh_intent"]) == ("active", 3, "")
    assert (family["generation"], family["refresh_calls"], family["reuse_detections"]) == (3, 3, 0)


def lead(directory: Path, service: Service, stack: ExitStack) -> tuple[Gateway, Gateway]:
    """Start two processes of one store; the first one leads."""
    (first,) = stack.enter_context(gateways(directory, service))
    eventually(lambda: claim(directory, LEADER)["holder"], "a leader")
    (second,) = stack.enter_context(gateways(directory, service))
    return first, second


@pytest.mark.parametrize("asleep", ["after the rotation", "before the call"])
def test_a_process_that_slept_through_its_claims_changes_nothing(
    service: Service, tmp_path: Path, asleep: str
) -> None:
    take_in(tmp_path, service, "ann")
    rotated = asleep == "after the rotation"
    with ExitStack() as stack:
        first, second = lead(tmp_path, service, stack)
        former = claim(tmp_path, LEADER)
        if rotated:
            service.set(delay=3, reuse_grace=GRACE)
        else:
            service.set(fail={"status": 503, "retry_after": 2, "times": 1})
        (sleeper,) = next(iter(stack.enter_context(lanes(first, 1)).values()))
        service.refuse_access("ann")
        sleeper.ask()
        if rotated:
            asked(service, tmp_path, "ann")
        else:
            eventually(service.token_calls, "a call that is refused", LOOKS)
        with stopped(first.process.pid):
            service.set(delay=0)
            past_claims(tmp_path)
            assert serves(second)
            by_second = record(tmp_path, "ann")
            assert by_second["generation"] == 2
            eventually(lambda: claim(tmp_path, LEADER)["holder"] != former["holder"], "a new leader", LOOKS)
            leads = claim(tmp_path, LEADER)
            assert leads["fence"] > former["fence"]
        assert refusals([sleeper]) == []
        renewed = eventually(
            lambda: claim(tmp_path, LEADER)["until"] > leads["until"] and claim(tmp_path, LEADER),
            "a renewal",
            LOOKS,
        )
        assert (renewed["holder"], renewed["fence"]) == (leads["holder"], leads["fence"])
        kept, family = record(tmp_path, "ann"), service.family("ann")
    assert (kept["secret"], kept["generation"]) == (by_second["secret"], 2)
    assert (kept["status"], kept["refresh_intent"]) == ("active", "")
    assert (family["generation"], family["reuse_detections"]) == (2, 0)
    assert family["refresh_calls"] == (2 if rotated else 1)
