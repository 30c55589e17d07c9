"""The sealing key gives way to another one while two workers serve: no request is lost, nobody forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.break_ins import content_of
from support.fleet import Ground, ground
from support.observing import eventually
from support.operating import Crowd, crowd, operate
from support.processes import Gateway, Sandbox, request
from support.redis_server import RedisServer, new_prefix

OLD = "the first secret key of this fleet, long enough"
NEW = "the second secret key of this fleet, long enough"
FAST = {"GROK2API_LEDGER__FLUSH_MS": "10"}
BEFORE = FAST | {"GROK2API_SECRET_KEY": OLD}
BETWEEN = FAST | {"GROK2API_SECRET_KEY": NEW, "GROK2API_SECRETS__PREVIOUS_KEYS": json.dumps([OLD])}
AFTER = FAST | {"GROK2API_SECRET_KEY": NEW}
ENOUGH = 12


@pytest.fixture(params=["local", "pgsql", "mysql", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """Where everything is kept; Redis as `db verify` wants it."""
    if request.param != "redis":
        with ground(request.param, tmp_path / "store") as made:
            yield made
        return
    server = RedisServer(tmp_path / "redis", ("--appendonly", "yes"))
    server.start()
    yield Ground("redis", redis=server.url, prefix=new_prefix())
    server.stop()


def test_a_rotation_loses_no_request_and_nobody(
    shared_sandbox: Sandbox, tmp_path: Path, place: Ground
) -> None:
    def start(environment: dict[str, str], *keys: str) -> Gateway:
        return Gateway.start(
            tmp_path,
            upstream=shared_sandbox.base_url,
            keys=keys,
            arguments=("--workers", "2"),
            client_key=None,
            environment=environment,
        )

    earlier, both, later = (place.environment | each for each in (BEFORE, BETWEEN, AFTER))
    first = start(earlier, "xai-sandbox-alice")
    try:
        key = operate(tmp_path, "keys", "create", "--name", "laptop", environment=earlier).stdout.strip()
        asking = Crowd(first, key)
        eventually(lambda: all(asking.ask() == 200 for _ in range(ENOUGH)), "both workers to know the key")
        headers = {"Authorization": f"Bearer {key}"}
        body = {"model": "grok-4", "input": "hello"}
        stored = json.loads(request("POST", f"{first.base_url}/responses", body, headers=headers)[2])["id"]
    finally:
        first.stop()

    between = start(both)
    try:
        with crowd(between, key) as clients:
            eventually(lambda: len(clients.answers) >= ENOUGH)
            operate(tmp_path, "secrets", "rotate", environment=both)
            so_far = len(clients.answers)
            eventually(lambda: len(clients.answers) >= so_far + ENOUGH)
        assert set(clients.answers) == {200}
        assert request("GET", f"{between.base_url}/responses/{stored}", headers=headers)[0] == 200
    finally:
        between.stop()

    after = start(later)
    try:
        assert Crowd(after, key).ask() == 200, "the client's key is not known any more"
        assert request("GET", f"{after.base_url}/responses/{stored}", headers=headers)[0] == 200
        operate(tmp_path, "db", "verify", environment=later)
    finally:
        after.stop()

    before = content_of(place)
    assert before
    stopped = operate(tmp_path, "serve", "--port", "0", environment=earlier, exits=2)
    assert "sealed with another secret key" in stopped.stderr
    assert content_of(place) == before, "a start with the wrong key has changed the store"
