"""The generic cell rate algorithm, as pure functions on whole microseconds, and how a spending is put right.

What was spent stands in a line, one after the other, each for as long as its units cost; time eats the line
from its front. Kept is where the line ends, when it was empty last, and by how much corrections have moved it
since. A correction gives back only the part of its own place that time has not reached: what is given back
twice would be spent beyond the limit.
Redis does the same sums in its scripts. Must never use a fraction: both must agree to the microsecond.
Source: ITU-T I.371, "virtual scheduling".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from grok2api.storage.state import Rate, Receipt, Verdict

_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """What is kept of a rate; all of it microseconds.

    Args:
        due: When the line is eaten up, if nobody else comes.
        began: When it was empty last.
        moved: What corrections have taken out of it since.
    """

    due: int = 0
    began: int = 0
    moved: int = 0

    def at(self, now: int) -> Line:
        """Return the line as it stands now: a new one if it is eaten up."""
        return self if self.due > now else Line(now, now)


def judge(line: Line, now: int, rate: Rate, cost: int) -> tuple[Line, Verdict]:
    """Return the new line, and what the rate says.

    Args:
        line: What was kept; an empty one when nothing was.
        now: The moment, in microseconds.
        rate: What is allowed.
        cost: Units that are asked for.
    """
    line = line.at(now)
    end = line.due + rate.unit * cost
    wait = end - rate.depth - now
    if wait > 0:
        return line, verdict(rate, cost, now, wait=wait, ahead=line.due - now)
    receipt = Receipt(line.began, end + line.moved)
    return Line(end, line.began, line.moved), verdict(
        rate, cost, now, wait=0, ahead=end - now, receipt=receipt
    )


def corrected(line: Line, now: int, rate: Rate, receipt: Receipt, *, cost: int, true: int) -> Line:
    """Return the line after a spending of `cost` units turned out to be `true` units."""
    line, more = line.at(now), (true - cost) * rate.unit
    if more >= 0:
        return Line(line.due + more, line.began, line.moved)
    if line.began != receipt.began:
        return line
    end = receipt.mark - line.moved
    back = max(0, min(-more, end - now))
    return Line(line.due - back, line.began, line.moved + back)


def verdict(
    rate: Rate, cost: int, now: int, *, wait: int, ahead: int, receipt: Receipt | None = None
) -> Verdict:
    """Put into words what was found; `wait` and `ahead` are microseconds."""
    left, full = max(0, (rate.depth - ahead) // rate.unit), ahead / _MICROSECONDS
    if wait <= 0:
        return Verdict(True, 0.0, left, now, full, receipt)
    return Verdict(False, math.inf if cost > rate.burst else wait / _MICROSECONDS, left, now, full)
