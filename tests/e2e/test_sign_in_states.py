"""What ends a sign-in and what does not, told apart; and a new sign-in of the same account brings it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.sign_ins import (
    CHAT,
    HELLO,
    LOOKS,
    Service,
    gateways,
    import_file,
    record,
    records,
    run,
    serves,
    sign_in,
    take_in,
)


@pytest.fixture(scope="module")
def shared_service() -> Iterator[Service]:
    sandbox = Sandbox.start()
    yield Service(sandbox)
    sandbox.stop()


@pytest.fixture
def service(shared_service: Service) -> Service:
    shared_service.reset()
    return shared_service


def refused(gateway: Gateway) -> str:
    """Ask, and return why there is no answer."""
    status, _, body = gateway.post(CHAT, HELLO)
    error = json.loads(body)["error"]
    assert status == 503, body
    return str(error["code"])


def test_a_dead_refresh_token_serves_to_its_end_and_a_new_sign_in_renews_it(
    service: Service, tmp_path: Path
) -> None:
    take_in(tmp_path, service, "ann")
    first = record(tmp_path, "ann")
    with gateways(tmp_path, service) as (gateway,):
        service.set(fail={"status": 400, "error": "invalid_grant"})
        run(tmp_path, service, "credentials", "refresh", "ann", exits=1)
        kept = record(tmp_path, "ann")
        assert (kept["status"], kept["refresh_dead"]) == ("active", 1)
        assert "sign in again" in kept["refresh_error"]
        assert serves(gateway), "its access token lives"
        service.let_access_end()
        calls = len(service.token_calls())
        assert refused(gateway) == "no_available_account"
        eventually(lambda: record(tmp_path, "ann")["status"] == "expired", "its end", LOOKS)
        assert "sign in again" in record(tmp_path, "ann")["reason"]
        assert len(service.token_calls()) == calls, "a dead token is not tried again"
        service.set(fail=None, device_interval=0.05)
        sign_in(tmp_path, service, "ann")
        renewed = record(tmp_path, "ann")
        assert [each["id"] for each in records(tmp_path).values()] == [first["id"]]
        assert (renewed["status"], renewed["reason"]) == ("active", "")
        assert (renewed["refresh_dead"], renewed["refresh_error"]) == (0, "")
        assert renewed["generation"] > kept["generation"]
        eventually(lambda: serves(gateway), "an answer", LOOKS)


def test_other_refusals_are_waited_out(service: Service, tmp_path: Path) -> None:
    take_in(tmp_path, service, "ann")
    service.set(fail={"status": 400, "error": "invalid_request", "times": 3})
    with gateways(tmp_path, service) as (gateway,):
        service.refuse_access("ann")
        assert serves(gateway), "whoever waits is served once the service has come round"
    kept, family = record(tmp_path, "ann"), service.family("ann")
    assert (kept["status"], kept["refresh_dead"], kept["refresh_error"]) == ("active", 0, "")
    assert (kept["generation"], family["generation"], family["refresh_calls"]) == (2, 2, 1)
    assert len(service.token_calls()) == 4


def test_a_subscription_without_the_api_a_block_and_a_wrong_client_are_told_apart(
    service: Service, tmp_path: Path
) -> None:
    take_in(tmp_path, service, "ann", "ben", "cleo")
    said = {}
    service.set(tier_denied=["ann"])
    said["ann"] = run(tmp_path, service, "credentials", "refresh", "ann", exits=1)
    service.set(fail={"status": 403, "error": "permission-denied", "error_description": "User is blocked"})
    said["ben"] = run(tmp_path, service, "credentials", "refresh", "ben", exits=1)
    service.set(fail={"status": 400, "error": "invalid_client"})
    said["cleo"] = run(tmp_path, service, "credentials", "refresh", "cleo", exits=1)
    service.set(fail=None)
    found = records(tmp_path)
    for name, words in (("ann", "tier denied"), ("ben", "blocked"), ("cleo", "client id")):
        assert words in found[name]["refresh_error"], found[name]["refresh_error"]
        assert words in said[name]
        assert (found[name]["refresh_dead"], found[name]["refresh_intent"]) == (0, ""), name
        assert service.family(name)["generation"] == 1
    with gateways(tmp_path, service) as (gateway,):
        assert serves(gateway), "the access tokens live"


def test_one_refresh_token_in_two_gateways_is_told_to_be_used_elsewhere(
    service: Service, tmp_path: Path
) -> None:
    tokens = service.issue("ann")
    content = json.dumps(
        {"name": "ann", "refresh_token": tokens["refresh_token"], "access_token": tokens["access_token"]}
    )
    here, there = tmp_path / "here", tmp_path / "there"
    for directory in (here, there):
        import_file(directory, service, content, rows=1)
    run(here, service, "credentials", "refresh", "ann")
    with gateways(there, service) as (gateway,):
        service.refuse_access("ann")
        assert refused(gateway) == "no_available_account"
        eventually(lambda: record(there, "ann")["status"] == "expired", "its end", LOOKS)
        warned = gateway.log.read_text()
    kept = record(there, "ann")
    for told in (kept["reason"], warned):
        assert "another program that holds it has used it" in told
        assert "sign in again" in told
    family = service.family("ann")
    assert (family["refresh_calls"], family["reuse_detections"], family["revoked"]) == (2, 1, True)
