"""The real server and the real command: a store moves while clients are served, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.database_servers import made_database
from support.observing import eventually
from support.operating import Crowd, crowd, operate
from support.processes import Gateway, Sandbox
from support.redis_server import forget_keys, new_prefix, redis_url

FAST = {"GROK2API_LEDGER__FLUSH_MS": "10", "GROK2API_SECRET_KEY": "the secret key of this fleet, long enough"}
ENOUGH = 12


@pytest.fixture(params=["pgsql", "mysql", "redis"])
def target(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of an empty store that is not a file."""
    with ExitStack() as made:
        if request.param == "redis":
            url, prefix = redis_url(), new_prefix()
            made.callback(forget_keys, url, prefix)
            settings = {"REDIS_URL": url, "GROK2API_STORAGE__REDIS_PREFIX": prefix}
            yield {"SERVER_STORAGE_TYPE": "redis"} | settings
        else:
            yield {"DATABASE_URL": made.enter_context(made_database(request.param)).url}


def test_a_store_moves_while_clients_are_served(
    target: dict[str, str], shared_sandbox: Sandbox, tmp_path: Path
) -> None:
    to = {"MIGRATE_TO_URL": target.get("DATABASE_URL", target.get("REDIS_URL", ""))}
    move = ("db", "migrate", "--json", "--to-prefix", target.get("GROK2API_STORAGE__REDIS_PREFIX", "unused:"))
    old = Gateway.start(
        tmp_path, upstream=shared_sandbox.base_url, keys=("xai-sandbox-alice",), environment=FAST
    )
    try:
        key = operate(tmp_path, "keys", "create", "--name", "laptop", environment=FAST).stdout.strip()
        eventually(lambda: Crowd(old, key).ask() == 200, "the new key")
        with crowd(old, key) as clients:
            eventually(lambda: len(clients.answers) >= ENOUGH)
            first = operate(tmp_path, *move, environment=FAST | to, exits=None)
            so_far = len(clients.answers)
            eventually(lambda: len(clients.answers) > so_far)
        assert set(clients.answers) == {200}, "a request was lost while the store was copied"
        assert first.returncode in {0, 1}, first.stderr
        assert first.returncode == 0 or "Stop the servers" in first.stderr
    finally:
        old.stop()

    report = json.loads(operate(tmp_path, *move, environment=FAST | to).stdout)
    assert report["same"]
    usage = next(each for each in report["records"] if each["family"] == "usage")
    assert usage["target_count"] == len(clients.answers) + 1, "the ledger of the new store misses requests"

    new = Gateway.start(tmp_path, upstream=shared_sandbox.base_url, environment=FAST | target)
    try:
        assert Crowd(new, key).ask() == 200, "the client's key or the pool's credential did not come along"
        later = operate(tmp_path, "keys", "create", "--name", "later", environment=FAST | target)
        eventually(lambda: Crowd(new, later.stdout.strip()).ask() == 200, "a change in the new store")
        refused = operate(tmp_path, *move, environment=FAST | to, exits=1)
        assert "has been used since" in refused.stderr
        assert ids(tmp_path, FAST | target) >= ids(tmp_path, FAST)
    finally:
        new.stop()


def ids(directory: Path, environment: dict[str, str]) -> set[str]:
    listed: list[dict[str, Any]] = json.loads(
        operate(directory, "keys", "list", "--json", environment=environment).stdout
    )
    return {each["id"] for each in listed}
