"""What is wrong with a pool, and what is only a rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.alerts.conditions import Seen, pool_alerts, store_alerts


def seen(name: str, status: str = "active", *, kind: str = "api_key", enabled: bool = True) -> Seen:
    return Seen(f"cred_{name}", name, kind, enabled, status, "it said so")


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ([], []),
        ([seen("a")], []),
        ([seen("a"), seen("b", "cooling")], []),
        ([seen("a"), seen("b", enabled=False)], []),
        ([seen("a"), seen("b", "exhausted")], ["pool.last_usable:"]),
        ([seen("a", "cooling"), seen("b", "blocked"), seen("c", "exhausted")], ["pool.last_usable:"]),
        ([seen("a", "blocked")], ["pool.none_usable:"]),
        ([seen("a", enabled=False)], []),
        (
            [seen("a"), seen("b"), seen("c", "expired", kind="oauth")],
            ["sign_in.expired:cred_c"],
        ),
        (
            [seen("c", "expired", kind="oauth")],
            ["pool.none_usable:", "sign_in.expired:cred_c"],
        ),
    ],
)
def test_a_pool_is_told_when_somebody_has_to_act(pool: list[Seen], expected: list[str]) -> None:
    assert [each.key for each in pool_alerts(pool)] == expected


def test_a_secret_that_does_not_open_is_told_and_counts_as_out_of_service() -> None:
    unreadable = replace(seen("b"), opens=False)
    assert [each.key for each in pool_alerts([seen("a"), unreadable])] == [
        "pool.last_usable:",
        "credential.unreadable:cred_b",
    ]
    assert not list(pool_alerts([seen("a"), replace(unreadable, enabled=False)]))


def test_each_thing_that_is_away_is_an_alert_of_its_own() -> None:
    assert [each.key for each in store_alerts(["store", "shared_state"])] == [
        "store.degraded:store",
        "store.degraded:shared_state",
    ]
