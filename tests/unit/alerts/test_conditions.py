"""What is wrong with a pool, and what is only a rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.alerts.alert import Notice
from grok2api.alerts.conditions import Seen, pool_alerts, pool_unknown, store_alerts
from grok2api.alerts.wording import words


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
        ([seen("a", enabled=False)], ["pool.none_usable:"]),
        ([seen("a", enabled=False), seen("b", enabled=False)], ["pool.none_usable:"]),
        ([seen("a", "blocked"), seen("b", enabled=False)], ["pool.none_usable:"]),
        ([seen("a"), seen("b", enabled=False), seen("c", enabled=False)], []),
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


def test_an_operator_is_told_how_many_were_disabled_by_hand() -> None:
    pool = [seen("a", "blocked"), seen("b", enabled=False), seen("c", enabled=False)]
    (alert,) = pool_alerts(pool)
    notice = Notice("raised", alert, 0.0, 0.0)
    assert notice.severity == "critical"
    assert words(notice, "en").title.endswith("429 or 503: 3 in the pool, 2 disabled by hand")
    assert words(notice, "zh").title.endswith("池中共 3 个，其中手动停用 2 个")


def test_an_empty_pool_raises_nothing_and_calls_nothing_off() -> None:
    assert pool_unknown([]) == {"pool.none_usable"}
    assert pool_unknown([seen("a")]) == pool_unknown([seen("a", enabled=False)]) == frozenset()


def test_a_pool_whose_last_credential_was_deleted_is_told() -> None:
    (alert,) = pool_alerts([], emptied=True)
    assert (alert.kind, pool_unknown([], emptied=True)) == ("pool.none_usable", frozenset())
    assert words(Notice("raised", alert, 0.0, 0.0), "en").title.endswith("0 in the pool, 0 disabled by hand")
    assert not list(pool_alerts([], emptied=True, practising=True))


def test_nobody_misses_a_pool_that_the_sandbox_stands_in_for() -> None:
    pool = [seen("a", enabled=False), seen("c", "expired", kind="oauth")]
    assert [each.key for each in pool_alerts(pool, practising=True)] == ["sign_in.expired:cred_c"]
    assert pool_unknown([], practising=True) == frozenset()


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
