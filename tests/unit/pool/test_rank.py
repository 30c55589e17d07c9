"""Turns, and the parking of those that rest: nobody is lost, nobody stands twice."""

from __future__ import annotations

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from grok2api.pool.member import Member
from grok2api.pool.obstacles import Obstacle
from grok2api.pool.rank import Rank, ranked


def members(count: int, priority: int = 0) -> list[Member]:
    return [
        Member(id=f"c{number}", name="", account_id="a", priority=priority, token="secret")
        for number in range(count)
    ]


def order(rank: Rank) -> list[str]:
    return [member.id for member in rank.ready]


def test_the_highest_priority_comes_first_and_ids_make_the_order_the_same_everywhere() -> None:
    mixed = [*members(2), *members(2, priority=7)]
    ranks = ranked(reversed(mixed))
    assert [(rank.members[0].priority, [each.id for each in rank.members]) for rank in ranks] == [
        (7, ["c0", "c1"]),
        (0, ["c0", "c1"]),
    ]
    assert ranked([]) == ()


def test_who_served_waits_longest() -> None:
    rank = Rank(members(4))
    rank.pass_turn(rank.members[1])
    assert order(rank) == ["c0", "c2", "c3", "c1"]
    rank.turn(2)
    assert order(rank) == ["c3", "c1", "c0", "c2"]


def test_a_parked_one_comes_back_in_time_or_when_it_is_woken() -> None:
    rank = Rank(members(3))
    for until in (10.0, 20.0, math.inf):
        rank.park(rank.ready.popleft(), Obstacle("cooling", until, lasting=True))
    assert (order(rank), rank.parked) == ([], Counter(cooling=3))
    rank.wake_due(9.9)
    assert order(rank) == []
    rank.wake_due(10.0)
    assert order(rank) == ["c0"]
    rank.wake("c2")
    rank.wake("c2")
    rank.wake("nobody")
    assert (order(rank), rank.parked) == (["c0", "c2"], Counter(cooling=1))
    rank.wake_due(1e18)
    assert (order(rank), rank.parked) == (["c0", "c2", "c1"], Counter())


def test_an_old_end_does_not_wake_who_rests_anew() -> None:
    rank = Rank(members(1))
    rank.park(rank.ready.popleft(), Obstacle("cooling", 10.0, lasting=True))
    rank.wake("c0")
    rank.park(rank.ready.popleft(), Obstacle("exhausted", 50.0, lasting=True))
    rank.wake_due(10.0)
    assert (order(rank), rank.parked) == ([], Counter(exhausted=1))
    rank.wake_due(50.0)
    assert order(rank) == ["c0"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["park", "wake", "time", "turn", "pass"]), st.integers(0, 5)), max_size=60
    )
)
def test_whatever_happens_everybody_stands_in_one_place(actions: list[tuple[str, int]]) -> None:
    rank, now = Rank(members(6)), 0.0
    for action, number in actions:
        if action == "park" and rank.ready:
            rank.ready.rotate(-number)
            rank.park(rank.ready.popleft(), Obstacle(f"rule {number % 2}", now + number, lasting=True))
        elif action == "wake":
            rank.wake(f"c{number}")
        elif action == "time":
            now += number
            rank.wake_due(now)
        elif action == "turn":
            rank.turn(number)
        elif action == "pass" and rank.ready:
            rank.pass_turn(rank.ready[number % len(rank.ready)])
        places = Counter([*order(rank), *rank._parked])
        assert places == Counter(member.id for member in rank.members)
        assert rank.parked.total() == len(rank._parked)
        assert all(count > 0 for count in rank.parked.values())
    rank.wake_due(math.inf)
    assert sorted(order(rank)) == [member.id for member in rank.members]
