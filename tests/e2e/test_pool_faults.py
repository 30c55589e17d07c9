"""What a credential's own faults do: to the client nothing, to the credential what it deserves, to others nothing.

F1 and F2 of the reliability promises: 401 and the many meanings of 403, each with a state that an operator
can read, and with the trace that tells which attempt failed how.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.pool_faults import SURFACE, Drill, drilling, forget_orders, order_account
from support.processes import Sandbox, request

CROWD = tuple(f"crowd{number}" for number in range(26))
FEW = ("ann", "bob", "cid", "dan")


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    issuer = shared_sandbox.base_url.removesuffix("/v1")
    with drilling(
        tmp_path_factory.mktemp("pool"), shared_sandbox, OAUTH__ENABLED="true", OAUTH__ISSUER=issuer
    ) as drill:
        yield drill


@pytest.fixture
def drill(shared_drill: Drill) -> Iterator[Drill]:
    forget_orders(shared_drill.sandbox)
    yield shared_drill
    forget_orders(shared_drill.sandbox)


def refuse(sandbox: Sandbox, status: int, code: str, error: str, **match: str) -> None:
    """Let upstream refuse in xAI's most common shape."""
    sandbox.scenario("status", status=status, body={"code": code, "error": error}, match=SURFACE | match)


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (401, None, "cooling"),
        (401, {"code": "unauthenticated:no-credentials", "error": "No credentials, says the first."}, "cooling"),
        (400, {"code": "invalid-argument", "error": "Incorrect API key provided: xa***y1."}, "blocked"),
        (401, {"error": {"message": "Incorrect API key provided: xa***y1.", "code": "x"}}, "blocked"),
    ],
    ids=["401", "401 no credentials", "400 wrong key", "401 wrong key, nested"],
)
def test_a_key_that_is_refused_is_marked_and_not_picked_again(
    drill: Drill, status: int, body: Any, state: str
) -> None:
    drill.fill(FEW)
    drill.sandbox.scenario("status", status=status, body=body, match=SURFACE | {"key": "ann"})
    answers = [drill.ask(f"question {number}") for number in range(12)]
    assert {answer.status for answer in answers} == {200}
    calls = drill.served_by()
    assert calls.count("ann") == 1, "it is not picked again"
    assert len(calls) == 13, "one round trip more, for one request"
    row = drill.credentials()["ann"]
    assert row["live"]["status"] == state
    assert row["live"]["reason"]
    assert drill.statuses()["active"] == 3


def sign_in(drill: Drill, account: str, **facts: Any) -> None:
    """Put a sign-in of the sandbox's issuer into the pool."""
    url = drill.sandbox.base_url.removesuffix("/v1") + "/sandbox/oauth/issue"
    _, _, content = request("POST", url, {"account": account, **facts})
    tokens = json.loads(content)
    line = {name: tokens[name] for name in ("access_token", "refresh_token", "expires_in")}
    told = drill.admin("POST", "/credentials/import", {"content": json.dumps([line]), "format": "json"})
    assert told, told


def families(drill: Drill) -> dict[str, Any]:
    _, _, content = request("GET", drill.sandbox.base_url.removesuffix("/v1") + "/sandbox/oauth")
    return {family["account"]: family for family in json.loads(content)["families"]}
