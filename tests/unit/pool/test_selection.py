"""Whose turn it is, by every strategy, and why nobody's."""

from __future__ import annotations

from collections import Counter

import pytest

from grok2api.pool.health import Health, Restriction, Scope, Status
from grok2api.pool.member import Member
from grok2api.pool.obstacles import Barriers
from grok2api.pool.rank import Rank, ranked
from grok2api.pool.selection import Chosen, Nothing, Strategy, choose

NOW = 1000.0
STRATEGIES: list[Strategy] = ["least_busy", "weighted", "round_robin", "most_quota"]


def member(
    identifier: str,
    *,
    priority: int = 0,
    weight: int = 1,
    in_flight: int = 0,
    limit: int = 0,
    health: Health | None = None,
    quota: float | None = None,
) -> Member:
    made = Member(
        id=identifier,
        name=identifier,
        account_id=f"acct_{identifier}",
        priority=priority,
        weight=weight,
        max_concurrency=limit,
        token="secret",
        health=health or Health(),
        quota=quota,
    )
    made.in_flight = in_flight
    return made


def pick(
    ranks: tuple[Rank, ...],
    strategy: Strategy = "least_busy",
    *,
    draw: float = 0.0,
    excluded: tuple[str, ...] = (),
) -> str:
    chosen = choose(ranks, Barriers(NOW, excluded), strategy, lambda: draw)
    assert isinstance(chosen, Chosen)
    return chosen.member.id


def refusal(ranks: tuple[Rank, ...], barriers: Barriers | None = None) -> Nothing:
    chosen = choose(ranks, barriers or Barriers(NOW), "least_busy", lambda: 0.0)
    assert isinstance(chosen, Nothing)
    return chosen


COOLING = Health(Status.COOLING, "why", NOW + 20)
EXHAUSTED = Health(Status.EXHAUSTED, "why", NOW + 3600)


def test_the_fewest_calls_under_way_win() -> None:
    ranks = ranked([member("a", in_flight=2), member("b", in_flight=1), member("c", in_flight=3)])
    assert pick(ranks) == "b"


def test_equals_take_turns() -> None:
    ranks = ranked([member("a"), member("b"), member("c")])
    assert [pick(ranks) for _ in range(6)] == ["a", "b", "c", "a", "b", "c"]


def test_of_equally_busy_ones_the_one_that_failed_less_wins() -> None:
    ranks = ranked([member("a", health=Health(failures=2)), member("b", health=Health(failures=1))])
    assert [pick(ranks) for _ in range(3)] == ["b", "b", "b"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_priority_stands_above_every_strategy(strategy: Strategy) -> None:
    ranks = ranked([member("low", priority=-1), member("high", priority=5, in_flight=9), member("mid")])
    assert pick(ranks, strategy) == "high"
    assert pick(ranks, strategy, excluded=("high",)) == "mid"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_who_cannot_serve_is_passed_over(strategy: Strategy) -> None:
    ranks = ranked(
        [
            member("cooling", health=COOLING),
            member("exhausted", health=EXHAUSTED),
            member("full", limit=2, in_flight=2),
            member("tried"),
            member("works"),
        ]
    )
    assert {pick(ranks, strategy, draw=draw / 5, excluded=("tried",)) for draw in range(5)} == {"works"}


def test_round_robin_minds_no_load() -> None:
    ranks = ranked([member("a", in_flight=5), member("b"), member("c", in_flight=1)])
    assert [pick(ranks, "round_robin") for _ in range(4)] == ["a", "b", "c", "a"]


def test_weights_are_shares() -> None:
    ranks = ranked([member("a", weight=1), member("b", weight=3), member("c", weight=0)])
    drawn = Counter(pick(ranks, "weighted", draw=number / 100) for number in range(100))
    assert drawn == {"a": 25, "b": 75}


def test_weights_of_nothing_fall_back_to_the_least_busy() -> None:
    ranks = ranked([member("a", weight=0, in_flight=1), member("b", weight=0)])
    assert pick(ranks, "weighted") == "b"


def test_the_most_allowance_wins_once_all_is_known() -> None:
    known = ranked([member("a", quota=0.2), member("b", quota=0.9, in_flight=4)])
    assert pick(known, "most_quota") == "b"
    unknown = ranked([member("a"), member("b", quota=0.9, in_flight=4)])
    assert pick(unknown, "most_quota") == "a"


def test_a_rate_limit_bars_the_whole_account_and_says_for_how_long() -> None:
    ranks = ranked([member("a"), member("b", health=COOLING)])
    limited = {"acct_a": Restriction(Scope.ACCOUNT_MODEL, NOW + 7, "rate limit")}
    refused = refusal(ranks, Barriers(NOW, limited=limited))
    assert refused.reasons == {"rate limited": 1, "cooling": 1}
    assert refused.retry_after == 7
    assert isinstance(choose(ranks, Barriers(NOW + 7, limited=limited), "least_busy", lambda: 0.0), Chosen)


def test_out_of_credit_means_all_that_may_serve_are() -> None:
    denied = {"b": Restriction(Scope.CREDENTIAL_MODEL, NOW + 60, "denied")}
    ranks = ranked([member("a", health=EXHAUSTED), member("b")])
    refused = refusal(ranks, Barriers(NOW, denied=denied))
    assert refused.all_out_of_credit
    assert refused.retry_after is None
    mixed = refusal(ranked([member("a", health=EXHAUSTED), member("b", health=COOLING)]))
    assert not mixed.all_out_of_credit
    assert mixed.retry_after == 20


def test_nothing_at_all_is_not_out_of_credit() -> None:
    refused = refusal(())
    assert (refused.all_out_of_credit, refused.retry_after, refused.reasons) == (False, None, {})


def test_what_this_request_tried_already_is_not_worth_waiting_for() -> None:
    refused = refusal(ranked([member("a")]), Barriers(NOW, excluded=("a",)))
    assert refused.reasons == {"tried already": 1}
    assert refused.retry_after is None


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_ten_thousand_are_chosen_from(strategy: Strategy) -> None:
    crowd = [member(f"m{number:05}", in_flight=1) for number in range(10_000)]
    crowd[37].in_flight = 0
    ranks = ranked(crowd)
    chosen = pick(ranks, strategy, draw=0.7777)
    if strategy in {"least_busy", "most_quota"}:
        assert chosen == "m00037"
    for one in crowd:
        one.health = COOLING
    assert refusal(ranks).reasons == {"cooling": 10_000}


def home(ranks: tuple[Rank, ...], affinity: str, *excluded: str) -> str:
    chosen = choose(ranks, Barriers(NOW, excluded), "least_busy", lambda: 0.0, affinity)
    assert isinstance(chosen, Chosen)
    return chosen.member.id


def test_a_conversation_stays_with_one_credential_and_conversations_spread() -> None:
    ranks = ranked(member(f"m{place}") for place in range(4))
    homes = {f"thread-{number}": home(ranks, f"thread-{number}") for number in range(200)}
    assert all(home(ranks, thread) == credential for thread, credential in homes.items())
    assert min(Counter(homes.values()).values()) > 25
    assert len(Counter(homes.values())) == 4


def test_a_credential_that_goes_moves_its_own_conversations_only() -> None:
    four, three = (ranked(member(f"m{place}") for place in range(count)) for count in (4, 3))
    for thread in (f"thread-{number}" for number in range(100)):
        before = home(four, thread)
        assert before == "m3" or home(three, thread) == before


def test_a_conversation_leaves_a_home_that_is_closed_or_much_busier() -> None:
    ranks = ranked(member(f"m{place}") for place in range(3))
    first = home(ranks, "thread")
    assert home(ranks, "thread", first) != first
    busy = next(one for one in ranks[0].members if one.id == first)
    busy.in_flight = 8
    assert home(ranks, "thread") == first
    busy.in_flight = 9
    assert home(ranks, "thread") != first


def test_a_conversation_finds_a_home_in_a_large_pool() -> None:
    ranks = ranked(member(f"m{place}") for place in range(1000))
    homes = {home(ranks, f"thread-{number}") for number in range(300)}
    assert len(homes) > 200
    assert home(ranks, "") == home(ranks, "")
