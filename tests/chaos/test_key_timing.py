"""S7: how long a client key takes to be refused tells nothing of the keys there are."""

from __future__ import annotations

import gc
import random
import statistics
import time
from math import erfc, sqrt

import pytest

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.kit.clock import SystemClock
from support.measured import measured

TRIES = 20_000
KNOWN = "sk-" + "0123456789abcdef" * 3
LETTERS = "ghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""None of them is in the real key."""
PREFIXES = (0, 8, 24, len(KNOWN) - 4)
"""How many leading characters of a tried key are those of a real one."""


def rank_test(first: list[int], second: list[int]) -> float:
    """Return p of the Mann-Whitney test, two-sided, by its normal approximation with ties."""
    pooled = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, tied, place = 0.0, 0.0, 0
    while place < len(pooled):
        end = place
        while end < len(pooled) and pooled[end][0] == pooled[place][0]:
            end += 1
        mean = (place + 1 + end) / 2
        ranks += mean * sum(1 for _, which in pooled[place:end] if which == 0)
        tied += (end - place) ** 3 - (end - place)
        place = end
    n, m = len(first), len(second)
    total = n + m
    spread = n * m / 12 * (total + 1 - tied / (total * (total - 1)))
    return erfc(abs(ranks - n * (n + 1) / 2 - n * m / 2) / sqrt(spread) / sqrt(2))


def guess(shared: int, dice: random.Random) -> str:
    """Return a wrong key as long as the real one, whose beginning is the real one's.

    What follows is never the same twice, or nearly so: where a few keys land in a table is chance as well.
    All are put together in the same way: where a string lies shows in the time that reading it takes.
    """
    chosen = dice.choices(LETTERS, k=len(KNOWN))
    return "".join(KNOWN[place] if place < shared else chosen[place] for place in range(len(KNOWN)))


def measure(directory: KeyDirectory, dice: random.Random) -> tuple[dict[int, float], float]:
    """Try keys of all kinds in an order by chance, so that the machine's moods fall on all alike.

    Of which kind a key is has no part in it until all were tried: even where the times of one kind lie in
    memory would show in them.

    Returns:
        p beside no equal character for each number of equal ones, and what an unknown key costs of a known.
    """
    kinds = [kind for kind in (*PREFIXES, -1) for _ in range(TRIES)]
    dice.shuffle(kinds)
    keys = [guess(len(KNOWN) if kind < 0 else kind, dice) for kind in kinds]
    taken, found = list[int](), list[bool]()
    gc.disable()
    try:
        for key in keys:
            begun = time.perf_counter_ns()
            caller = directory.authenticate(key)
            taken.append(time.perf_counter_ns() - begun)
            found.append(caller is not None)
    finally:
        gc.enable()
    assert found == [kind < 0 for kind in kinds]
    times: dict[int, list[int]] = {kind: [] for kind in (*PREFIXES, -1)}
    for kind, each in zip(kinds, taken, strict=True):
        times[kind].append(each)
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    chances = {kind: rank_test(times[0], times[kind]) for kind in PREFIXES[1:]}
    told = {f"equal_{kind}_ns": medians[kind] for kind in PREFIXES}
    measured("time of a key", known_ns=medians[-1], **told)
    measured("p of Mann-Whitney", **{f"equal_{kind}": chance for kind, chance in chances.items()})
    return chances, max(medians[kind] for kind in PREFIXES) / medians[-1]


@pytest.mark.chaos
def test_no_time_tells_how_much_of_a_key_was_right() -> None:
    """A difference that is there is there each time; one in thirty rounds is one of chance."""
    directory = KeyDirectory(
        pepper=b"pepper",
        clock=SystemClock(),
        configured=[KNOWN, *(f"sk-other-{number}" for number in range(99))],
    )
    dice = random.Random(7)  # noqa: S311  no secret: the same order each time
    measure(directory, dice)
    rounds = [measure(directory, dice) for _ in range(3)]
    for kind in PREFIXES[1:]:
        assert max(chances[kind] for chances, _ in rounds) > 0.01, kind
    ratio = statistics.median(each for _, each in rounds)
    measured("an unknown key", times_a_known_one=ratio)
    assert ratio <= 1.2
