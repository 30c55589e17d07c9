"""What keeps a credential from serving now: each rule, their order, and which are worth waiting for."""

from __future__ import annotations

import math
from typing import Any

import pytest

from grok2api.pool.health import Health, Restriction, Scope, Status
from grok2api.pool.member import Member
from grok2api.pool.obstacles import Barriers, obstacle, passes_soon

NOW = 1000.0
LATER = NOW + 7


def member(**traits: Any) -> Member:
    return Member(id="c1", name="", account_id="a1", token="secret", **traits)


def bar(scope: Scope, until: float = LATER) -> Restriction:
    return Restriction(scope, until, "why")


RULES: list[tuple[str, dict[str, Any], dict[str, Any], float | None]] = [
    ("cooling", {"health": Health(Status.COOLING, "why", LATER)}, {}, 7.0),
    ("exhausted", {"health": Health(Status.EXHAUSTED, "why", LATER)}, {}, None),
    ("blocked", {"health": Health(Status.BLOCKED, "why", math.inf)}, {}, None),
    ("expired", {"health": Health(Status.EXPIRED, "why", math.inf)}, {}, None),
    ("awaits a token", {"kind": "oauth", "access_until": NOW}, {}, 1.0),
    ("awaits a token", {"kind": "oauth", "generation": 3, "rejected": 3}, {}, 1.0),
    ("rate limited", {}, {"limited": {"a1": bar(Scope.ACCOUNT_MODEL)}}, 7.0),
    ("not allowed", {}, {"denied": {"c1": bar(Scope.CREDENTIAL_MODEL)}}, None),
    ("not allowed", {}, {"shut": {"c1": bar(Scope.CREDENTIAL_SURFACE)}}, None),
    ("proxy down", {"proxy": "http://p"}, {"proxies": {"http://p": LATER}}, 7.0),
    ("proxy down", {}, {"proxies": {None: LATER}}, 7.0),
    ("busy", {"max_concurrency": 2, "in_flight": 2}, {}, 1.0),
    ("tried already", {}, {"excluded": ("c1",)}, None),
]


@pytest.mark.parametrize(("rule", "traits", "barriers", "soon"), RULES)
def test_each_rule(rule: str, traits: dict[str, Any], barriers: dict[str, Any], soon: float | None) -> None:
    found = obstacle(member(**traits), Barriers(NOW, **barriers))
    assert found is not None
    assert found.rule == rule
    assert passes_soon(found, NOW) == soon
    assert found.lasting is (rule not in {"busy", "tried already"})
    assert found.until > NOW


@pytest.mark.parametrize(
    ("traits", "barriers"),
    [
        ({}, {}),
        ({"health": Health(Status.COOLING, "why", NOW)}, {}),
        ({"kind": "oauth", "access_until": NOW + 0.1, "generation": 4, "rejected": 3}, {}),
        ({}, {"limited": {"a1": bar(Scope.ACCOUNT_MODEL, NOW)}}),
        ({}, {"limited": {"another": bar(Scope.ACCOUNT_MODEL)}}),
        ({}, {"denied": {"another": bar(Scope.CREDENTIAL_MODEL)}}),
        ({"proxy": "http://p"}, {"proxies": {None: LATER, "http://q": LATER}}),
        ({"proxy": "http://p"}, {"proxies": {"http://p": NOW}}),
        ({"max_concurrency": 2, "in_flight": 1}, {}),
        ({"max_concurrency": 0, "in_flight": 10_000}, {}),
        ({}, {"excluded": ("another",)}),
    ],
)
def test_what_is_over_or_anothers_keeps_nobody(traits: dict[str, Any], barriers: dict[str, Any]) -> None:
    assert obstacle(member(**traits), Barriers(NOW, **barriers)) is None


def test_what_lasts_is_told_before_what_passes_by_itself() -> None:
    everything: dict[str, Any] = {"excluded": ("c1",)}
    for _, _, barriers, _ in RULES:
        everything |= barriers
    traits: dict[str, Any] = {"max_concurrency": 1, "in_flight": 1, "kind": "oauth", "access_until": NOW}
    resting = member(**traits, health=Health(Status.COOLING, "why", LATER))
    found = obstacle(resting, Barriers(NOW, **everything))
    assert found is not None
    assert found.rule == "cooling"


def test_a_sign_in_without_a_token_is_remembered_so_that_it_gets_one() -> None:
    barriers = Barriers(NOW)
    awaits = member(kind="oauth", access_until=NOW)
    rests = member(kind="oauth", access_until=NOW, health=Health(Status.BLOCKED, "why", math.inf))
    obstacle(awaits, barriers)
    obstacle(rests, barriers)
    assert barriers.tokenless == [awaits]
