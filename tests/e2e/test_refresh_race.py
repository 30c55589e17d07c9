"""Four workers, fifty requests each, one sign-in whose token has just ended: refreshed once, all served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.processes import Gateway, Sandbox
from support.sign_ins import Service, gateways, lanes, record, refusals, take_in

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc")

WORKERS, EACH = 4, 50
Ends = Callable[[Service, str], None]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    sandbox = Sandbox.start()
    yield Service(sandbox)
    sandbox.stop()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("race")


@pytest.fixture(scope="module")
def gateway(service: Service, directory: Path) -> Iterator[Gateway]:
    """Four workers; the first sign-in is there when they start."""
    take_in(directory, service, "ann")
    with gateways(directory, service, SERVER_WORKERS=str(WORKERS)) as (started,):
        yield started


def by_its_time(service: Service, _account: str) -> None:
    service.let_access_end()


def by_refusal(service: Service, account: str) -> None:
    service.refuse_access(account)


def race(gateway: Gateway, service: Service, account: str, ends: Ends) -> None:
    """Let a token end, ask on every lane at once, and see one refresh and only good answers."""
    before = service.family(account)
    with lanes(gateway, EACH) as opened:
        assert len(opened) == WORKERS
        every = [lane for group in zip(*opened.values(), strict=True) for lane in group]
        ends(service, account)
        for lane in every:
            lane.ask()
        assert refusals(every) == []
    after = service.family(account)
    assert after["refresh_calls"] - before["refresh_calls"] == 1
    assert (after["reuse_detections"], after["revoked"]) == (0, False)
    kept = record(gateway.directory, account)
    assert kept["generation"] == after["generation"]
    assert (kept["status"], kept["refresh_intent"], kept["refresh_error"]) == ("active", "", "")


@pytest.mark.parametrize("ends", [by_its_time, by_refusal])
def test_the_only_sign_in_is_refreshed_once_and_nobody_notices(
    gateway: Gateway, service: Service, ends: Ends
) -> None:
    race(gateway, service, "ann", ends)
