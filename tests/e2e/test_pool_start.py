"""A cold start under load asks upstream no more than it must: F24 of the reliability promises."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from support.observing import eventually
from support.pool_faults import SURFACE, UPSTREAM_MODEL, asks, drilling, forget_orders
from support.processes import Sandbox

NAMES = tuple(f"cold{number}" for number in range(8))


def test_a_load_on_a_cold_start_has_each_account_asked_once(sandbox: Sandbox, tmp_path: Path) -> None:
    forget_orders(sandbox)
    with drilling(tmp_path, sandbox, POOL__CHECKS_PER_SECOND="20") as drill:
        drill.fill(NAMES)
        outcomes = drill.load(asks("cold", 200), at_once=32)
        assert all(outcome.whole for outcome in outcomes)

        def asked(path: str) -> Counter[str]:
            return Counter(row["account"] for row in sandbox.journal() if row["path"] == path)

        known = {"/v1/models", "/v1/api-key"}
        eventually(lambda: all(row["team_id"] for row in drill.credentials().values()), "all identities")
        assert drill.load(asks("warm", 50), at_once=8)[0].whole
        lists = asked("/v1/models")
        assert set(lists.values()) <= {1}, lists
        assert set(asked("/v1/api-key").values()) <= {1}, "once each, some of them before the load"
        assert {row["path"] for row in sandbox.journal() if row["method"] == "GET"} <= known


def test_two_keys_of_one_team_share_its_rate_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    forget_orders(sandbox)
    with drilling(tmp_path, sandbox, POOL__CHECKS_PER_SECOND="20") as drill:
        drill.fill(["duo--1", "duo--2", "other"])
        eventually(lambda: all(row["team_id"] for row in drill.credentials().values()), "all identities")
        assert drill.credentials()["duo--1"]["account_id"] == drill.credentials()["duo--2"]["account_id"]
        for key in ("duo--1", "duo--2"):
            match = SURFACE | {"model": UPSTREAM_MODEL, "key": key}
            sandbox.scenario("status", status=429, retry_after="100", match=match)
        sandbox_calls = [drill.ask(f"question {number}").status for number in range(10)]
        assert sandbox_calls == [200] * 10
        assert sum(name.startswith("duo") for name in drill.served_by()) == 1, "one of them told for both"
