"""Putting right what was spent: nobody is let further than the limit, and what was too much comes back."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from grok2api.storage.rates import Line, corrected, judge
from grok2api.storage.state import Rate, Receipt

RATES = st.builds(Rate, st.integers(1, 5000), st.floats(0.05, 60.0), st.integers(1, 40))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "settle"]),
        st.integers(1, 40),
        st.floats(0.0, 1.0),
        st.sampled_from([0.0, 0.0, 0.1, 0.7, 3.0]),
    ),
    max_size=40,
)


@dataclass(slots=True)
class Spending:
    at: int
    cost: int
    true: int
    receipt: Receipt | None


@given(rate=RATES, steps=STEPS)
def test_in_no_stretch_of_time_more_is_used_than_the_limit_lets_through(
    rate: Rate, steps: list[tuple[str, int, float, float]]
) -> None:
    line, now = Line(), 1_000_000_000
    open_ones: list[Spending] = []
    everything: list[Spending] = []
    for verb, size, share, pause in steps:
        if verb == "ask":
            line, told = judge(line, now, rate, size)
            if told.allowed:
                spending = Spending(now, size, round(size * share), told.receipt)
                open_ones.append(spending)
                everything.append(spending)
        elif open_ones:
            done = open_ones.pop(size % len(open_ones))
            assert done.receipt is not None
            line = corrected(line, now, rate, done.receipt, cost=done.cost, true=done.true)
            assert line.due >= now
        now += round(pause * rate.depth)
    for first in range(len(everything)):
        for last in range(first, len(everything)):
            stretch = everything[last].at - everything[first].at
            used = sum(each.true for each in everything[first : last + 1])
            assert used * rate.unit <= rate.depth + stretch


@given(rate=RATES, cost=st.integers(1, 40), share=st.floats(0.0, 1.0))
def test_what_is_given_back_at_once_was_as_good_as_never_spent(rate: Rate, cost: int, share: float) -> None:
    now, cost = 1_000_000_000, min(cost, rate.burst)
    true = round(cost * share)
    line, told = judge(Line(), now, rate, cost)
    assert told.receipt is not None
    line = corrected(line, now, rate, told.receipt, cost=cost, true=true)
    assert line.due == now + true * rate.unit


def test_what_time_has_given_back_is_not_given_back_once_more() -> None:
    rate, now = Rate(count=60, period=60, burst=60), 1_000_000_000
    line, first = judge(Line(), now, rate, 60)
    later = now + 100_000_000
    line, second = judge(line, later, rate, 50)
    assert first.receipt is not None
    assert second.left == 10
    line = corrected(line, later, rate, first.receipt, cost=60, true=0)
    assert judge(line, later, rate, 0)[1].left == 10


def test_what_was_too_little_is_a_debt_that_the_next_ones_wait_for() -> None:
    rate, now = Rate(count=60, period=60, burst=60), 1_000_000_000
    line, told = judge(Line(), now, rate, 1)
    assert told.receipt is not None
    line = corrected(line, now, rate, told.receipt, cost=1, true=150)
    _, refused = judge(line, now, rate, 1)
    assert (refused.allowed, refused.retry_after, refused.left) == (False, 91.0, 0)
    assert refused.full_after == 150.0
