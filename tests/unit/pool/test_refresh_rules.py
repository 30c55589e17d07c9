"""When a sign-in is refreshed, and what people read of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.pool.refresh.journal import begin, open_intent, unanswered, why_dead, written
from grok2api.pool.refresh.rules import (
    RefreshRules,
    due,
    lead_of,
    pause_between_tries,
    rest_after_trouble,
)
from grok2api.storage.records import Credential

NOW = 1_795_000_000.0
RULES = RefreshRules()


def sign_in(number: int = 1, *, life: float = 21_600.0, **fields: object) -> Credential:
    values: dict[str, object] = {
        "id": f"cred_{number:03}",
        "kind": "oauth",
        "name": "ada",
        "tier": "super",
        "account_id": "user_ada",
        "fingerprint": "f",
        "hint": "…",
        "secret": "",
        "expires_at": NOW + life,
        "refreshed_at": NOW,
        "generation": 3,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Credential(**{**values, **fields})  # type: ignore[arg-type]


def test_a_token_is_replaced_some_minutes_before_its_end() -> None:
    record = sign_in()
    lead = lead_of(record, RULES)
    assert 270 <= lead <= 330
    assert not due(record, NOW + 21_600 - lead - 1, RULES)
    assert due(record, NOW + 21_600 - lead, RULES)


def test_sign_ins_do_not_come_all_at_once() -> None:
    leads = [lead_of(sign_in(number), RULES) for number in range(200)]
    assert len(set(leads)) > 190
    assert min(leads) < 280 < 320 < max(leads)


def test_a_short_lived_token_is_used_for_most_of_its_life() -> None:
    assert lead_of(sign_in(life=100.0), RULES) == pytest.approx(20.0)
    assert not due(sign_in(life=100.0), NOW, RULES)
    assert lead_of(sign_in(life=-5.0), RULES) == 0.0


def test_what_cannot_or_need_not_be_refreshed_is_never_due() -> None:
    late = NOW + 1e6
    assert due(sign_in(), late, RULES)
    for fields in ({"expires_at": None}, {"kind": "api_key"}, {"enabled": False}, {"refresh_dead": True}):
        assert not due(sign_in(**fields), late, RULES)


def test_trouble_is_given_more_time_each_time_within_bounds() -> None:
    rests = [rest_after_trouble(failures, None, 0.5, RULES) for failures in range(1, 12)]
    assert rests[:3] == [5, 10, 20]
    assert rests == sorted(rests)
    assert rests[-1] == 300
    assert rest_after_trouble(1, 60.0, 0.5, RULES) == 60
    assert rest_after_trouble(1, 1e9, 0.5, RULES) == RULES.retry_after_cap
    assert rest_after_trouble(10_000, None, 1.0, RULES) == 300
    assert pause_between_tries(1, 1.0, RULES) == pytest.approx(0.2)
    assert pause_between_tries(9, 1.0, RULES) == 2.0


def test_a_refresh_that_was_never_ended_is_remembered_by_the_next_ones() -> None:
    record = sign_in()
    first = begin(record, "worker-1", NOW)
    assert "another program" in why_dead(first, "HTTP 400")
    record = replace(record, refresh_intent=written(first))
    assert open_intent(record) == first
    second = begin(record, "worker-2", NOW + 60)
    record = replace(record, refresh_intent=written(second))
    third = begin(record, "worker-3", NOW + 90)
    assert (third.unanswered_at, third.unanswered_by) == (NOW, "worker-1")
    assert "worker-1 began at 2026-11-18" in why_dead(third, "HTTP 400")
    assert unanswered(third) == third


def test_an_intent_of_older_tokens_is_none() -> None:
    record = sign_in()
    record = replace(record, refresh_intent=written(begin(record, "worker-1", NOW)), generation=4)
    assert open_intent(record) is None
    assert open_intent(replace(record, refresh_intent="{")) is None
