"""Four workers, fifty requests each, one sign-in whose token has just ended: refreshed once, all served."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grok2api.storage.open import open_records
from grok2api.storage.records import SettingOverride
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.sign_ins import (
    LIFETIME,
    LOOKS,
    Service,
    asked,
    disable,
    gateways,
    intent,
    lanes,
    past_claims,
    race,
    record,
    refusals,
    serves,
    take_in,
    take_turns,
    until,
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc")

WORKERS, EACH = 4, 50
SHORT = 6
"""Lifetime of a token that is refreshed ahead of its end; that begins a fifth of it before."""
Ends = Callable[[Service], None]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    sandbox = Sandbox.start()
    yield Service(sandbox)
    sandbox.stop()


@pytest.fixture(scope="module")
def gateway(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Four workers; the only sign-in is there when they start."""
    directory = tmp_path_factory.mktemp("race")
    take_in(directory, service, "ann")
    with gateways(directory, service, SERVER_WORKERS=str(WORKERS)) as (started,):
        yield started


def by_its_time(service: Service) -> None:
    service.let_access_end()


def by_refusal(service: Service) -> None:
    service.refuse_access("ann")


async def switch(gateway: Gateway, path: str, value: object) -> None:
    """Save a setting, and wait until every worker goes by it."""
    known = gateway.log.read_text().count('"settings changed"')
    records = await open_records("local", "", gateway.directory / "data")
    try:
        await records.settings.put(
            SettingOverride(path=path, value=json.dumps(value), updated_at=time.time())
        )
    finally:
        await records.close()
    eventually(
        lambda: gateway.log.read_text().count('"settings changed"') == known + WORKERS,
        "the new setting",
        LOOKS,
    )


@pytest.mark.parametrize("ends", [by_its_time, by_refusal])
def test_the_only_sign_in_is_refreshed_once_and_nobody_notices(
    gateway: Gateway, service: Service, ends: Ends
) -> None:
    race(gateway, service, ("ann",), EACH, ends)


def test_a_token_is_replaced_ahead_of_its_end_by_one_worker(gateway: Gateway, service: Service) -> None:
    service.set(access_token_seconds=SHORT)
    race(gateway, service, ("ann",), 1, by_refusal)
    before = service.family("ann")
    service.set(access_token_seconds=LIFETIME)
    eventually(lambda: service.family("ann")["generation"] > before["generation"], "a refresh", LOOKS)
    eventually(lambda: record(gateway.directory, "ann")["generation"] > before["generation"], "it", LOOKS)
    after = service.family("ann")
    assert after["refresh_calls"] == before["refresh_calls"] + 1
    assert after["reuse_detections"] == 0
    assert serves(gateway)


async def test_without_the_schedule_a_refused_token_is_still_rescued(
    gateway: Gateway, service: Service
) -> None:
    await switch(gateway, "token.auto_refresh", False)
    service.set(access_token_seconds=SHORT)
    race(gateway, service, ("ann",), 1, by_refusal)
    service.set(access_token_seconds=LIFETIME)
    before = service.family("ann")
    until(record(gateway.directory, "ann")["expires_at"] + 1)
    assert service.family("ann") == before, "nobody refreshed ahead"
    race(gateway, service, ("ann",), EACH, lambda _service: None)
    await switch(gateway, "token.auto_refresh", True)


def test_among_several_each_is_refreshed_once(gateway: Gateway, service: Service) -> None:
    accounts = ("ann", "ben", "cleo")
    take_in(gateway.directory, service, *accounts[1:])
    take_turns(gateway, service, accounts)
    race(gateway, service, accounts, EACH, by_its_time)
    take_turns(gateway, service, accounts)
    race(gateway, service, accounts[:1], EACH, by_refusal)


def test_others_take_over_from_a_worker_that_is_killed_while_it_refreshes(
    gateway: Gateway, service: Service
) -> None:
    """The service repeats its answer within the grace; without one the loss is told, see `interrupted`."""
    take_in(gateway.directory, service, "dora")
    disable(gateway, service, "ann", "ben", "cleo")
    service.set(delay=10, reuse_grace=600)
    with lanes(gateway, 10) as opened:
        service.refuse_access("dora")
        winner, *others = opened
        opened[winner][0].ask()
        asked(service, gateway.directory, "dora")
        begun = intent(gateway.directory, "dora")
        assert begun is not None
        service.set(delay=0)
        waiting = [lane for pid in others for lane in opened[pid]]
        for lane in waiting:
            lane.ask()
        os.kill(winner, signal.SIGKILL)
        past_claims(gateway.directory)
        assert refusals(waiting) == []
    kept, family = record(gateway.directory, "dora"), service.family("dora")
    assert (kept["status"], kept["generation"], kept["refresh_intent"]) == ("active", 2, "")
    assert (family["generation"], family["refresh_calls"], family["reuse_detections"]) == (2, 2, 0)
