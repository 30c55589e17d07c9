"""The generic cell rate algorithm, as a pure function on whole microseconds.

One number per name is kept: the moment at which all that was let through so far would have come, had it come
evenly. Redis does the same sums in its script. Must never use a fraction: both must agree to the microsecond.
Source: ITU-T I.371, "virtual scheduling".
"""

from __future__ import annotations

import math

from grok2api.storage.state import Rate, Verdict

_MICROSECONDS = 1_000_000


def judge(due: int, now: int, rate: Rate, cost: int) -> tuple[int, Verdict]:
    """Return the new `due`, and what the rate says.

    Args:
        due: What was kept; 0 when nothing was.
        now: The moment, in microseconds.
        rate: What is allowed.
        cost: Units that are asked for.
    """
    begin = max(due, now)
    end = begin + rate.unit * cost
    wait = end - rate.depth - now
    if wait <= 0:
        return end, verdict(rate, cost, now, wait=0, ahead=end - now)
    return due, verdict(rate, cost, now, wait=wait, ahead=begin - now)


def verdict(rate: Rate, cost: int, now: int, *, wait: int, ahead: int) -> Verdict:
    """Put into words what was found; `wait` and `ahead` are microseconds."""
    left = max(0, (rate.depth - ahead) // rate.unit)
    if not wait:
        return Verdict(True, 0.0, left, now)
    return Verdict(False, math.inf if cost > rate.burst else wait / _MICROSECONDS, left, now)
