"""The refresh race again and again, and what it costs those who wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.measured import measured, share_below
from support.processes import Gateway, Sandbox
from support.sign_ins import Service, gateways, race, take_in, take_turns

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc"),
]

WORKERS, EACH, ROUNDS = 4, 50, 20


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    sandbox = Sandbox.start()
    yield Service(sandbox)
    sandbox.stop()


@pytest.fixture(scope="module")
def gateway(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    directory = tmp_path_factory.mktemp("races")
    take_in(directory, service, "ann")
    with gateways(directory, service, SERVER_WORKERS=str(WORKERS)) as (started,):
        yield started


def by_refusal(service: Service) -> None:
    for family in service.control("/oauth", method="GET")["families"]:
        service.refuse_access(family["account"])


def by_its_time(service: Service) -> None:
    service.let_access_end()


@pytest.mark.parametrize("accounts", [("ann",), ("ann", "ben", "cleo")], ids=["one", "three"])
def test_twenty_races_have_one_winner_each(
    gateway: Gateway, service: Service, accounts: tuple[str, ...]
) -> None:
    if len(accounts) > 1:
        take_in(gateway.directory, service, *accounts[1:])
    for bad_token_status in (401, 403):
        service.set(bad_token_status=bad_token_status)
        seconds: list[float] = []
        for number in range(ROUNDS // 2):
            take_turns(gateway, service, accounts)
            ends = by_refusal if number % 2 else by_its_time
            seconds += race(gateway, service, accounts, EACH, ends)
        measured(
            f"{ROUNDS // 2} races, {len(accounts)} sign-ins, token refused with {bad_token_status}",
            answers=len(seconds),
            median_ms=share_below(seconds, 0.5) * 1000,
            p99_ms=share_below(seconds, 0.99) * 1000,
            slowest_ms=max(seconds) * 1000,
        )
