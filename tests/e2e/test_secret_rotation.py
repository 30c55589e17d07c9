"""The sealing key gives way to another one while two workers serve: no request is lost, nobody forgotten."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from support.observing import eventually
from support.operating import Crowd, crowd, operate
from support.processes import Gateway, Sandbox, request

OLD = "the first secret key of this fleet, long enough"
NEW = "the second secret key of this fleet, long enough"
FAST = {"GROK2API_LEDGER__FLUSH_MS": "10"}
BEFORE = FAST | {"GROK2API_SECRET_KEY": OLD}
BETWEEN = FAST | {"GROK2API_SECRET_KEY": NEW, "GROK2API_SECRETS__PREVIOUS_KEYS": json.dumps([OLD])}
AFTER = FAST | {"GROK2API_SECRET_KEY": NEW}
ENOUGH = 12


def test_a_rotation_loses_no_request_and_nobody(shared_sandbox: Sandbox, tmp_path: Path) -> None:
    def start(environment: dict[str, str], *keys: str) -> Gateway:
        return Gateway.start(
            tmp_path,
            upstream=shared_sandbox.base_url,
            keys=keys,
            arguments=("--workers", "2"),
            client_key=None,
            environment=environment,
        )

    first = start(BEFORE, "xai-sandbox-alice")
    try:
        key = operate(tmp_path, "keys", "create", "--name", "laptop", environment=BEFORE).stdout.strip()
        asking = Crowd(first, key)
        eventually(lambda: all(asking.ask() == 200 for _ in range(ENOUGH)), "both workers to know the key")
        headers = {"Authorization": f"Bearer {key}"}
        body = {"model": "grok-4", "input": "hello"}
        stored = json.loads(request("POST", f"{first.base_url}/responses", body, headers=headers)[2])["id"]
    finally:
        first.stop()

    between = start(BETWEEN)
    try:
        with crowd(between, key) as clients:
            eventually(lambda: len(clients.answers) >= ENOUGH)
            operate(tmp_path, "secrets", "rotate", environment=BETWEEN)
            so_far = len(clients.answers)
            eventually(lambda: len(clients.answers) >= so_far + ENOUGH)
        assert set(clients.answers) == {200}
        assert request("GET", f"{between.base_url}/responses/{stored}", headers=headers)[0] == 200
    finally:
        between.stop()

    after = start(AFTER)
    try:
        assert Crowd(after, key).ask() == 200, "the client's key is not known any more"
        assert request("GET", f"{after.base_url}/responses/{stored}", headers=headers)[0] == 200
        operate(tmp_path, "db", "verify", environment=AFTER)
    finally:
        after.stop()

    before = content(tmp_path)
    stopped = operate(tmp_path, "serve", "--port", "0", environment=BEFORE, exits=2)
    assert "sealed with another secret key" in stopped.stderr
    assert content(tmp_path) == before, "a start with the wrong key has changed the store"


def content(directory: Path) -> str:
    with closing(sqlite3.connect(directory / "data" / "grok2api.db")) as database:
        return "\n".join(database.iterdump())
