"""Whether a failed attempt is worth another, and after how long.

`decide` is a pure table over a fault. The budget beside it is shared by the whole process: when
much fails, retries stop multiplying the load (after Finagle's retry budget: a share of the requests
of the last ten seconds, and a small floor for each failure so that a quiet gateway may retry at all).
Must never be asked once a byte of the answer is on its way to the client.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass

from grok2api.canonical.fault import Fault, FaultScope
from grok2api.kit.clock import Clock

_WINDOW = 10.0
QUIET_FLOOR = 24
"""Retries that ten seconds may always have for one and the same failure while little is going on."""
BUSY_FLOOR = 8
"""The same under load."""
_SELECTABLE = frozenset({401, 403, 429})
"""Statuses of a credential's faults that `retry_status_codes` may leave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """The settings behind a decision."""

    max_retry: int
    status_codes: frozenset[int]
    backoff_base: float
    backoff_factor: float
    backoff_max: float
    budget: float
    """Retries allowed per request, over the last ten seconds."""


@dataclass(frozen=True, slots=True)
class Again:
    """Try once more, `delay` seconds from now."""

    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Give up; `reason` is for the log."""

    reason: str


def decide(
    fault: Fault,
    *,
    attempt: int,
    repeatable: bool,
    others_left: bool,
    rules: RetryRules,
    repeats_failed: bool = False,
) -> Again | Stop:
    """Decide after attempt number `attempt` (from 1) failed.

    Args:
        repeatable: Whether sending it twice does no harm, whatever became of it.
        others_left: Whether a credential that was not tried yet can take the request.
        repeats_failed: Whether one that is not may be sent again once upstream said that it failed.
    """
    if not fault.retryable:
        return Stop("the request is at fault")
    settled = fault.accepted == "no" or (fault.accepted == "failed" and repeats_failed)
    if not repeatable and not settled:
        return Stop("upstream may have begun the work")
    if attempt > rules.max_retry:
        return Stop("max_retry is reached")
    if fault.scope not in {FaultScope.UPSTREAM, FaultScope.PROXY}:
        if fault.upstream_status in _SELECTABLE - rules.status_codes:
            return Stop("its status is not in retry_status_codes")
        return Again() if others_left else Stop("no other credential can take it")
    if fault.scope is FaultScope.PROXY:
        return Again() if others_left else Stop("no credential has another way")
    if _family(fault.upstream_status) not in rules.status_codes:
        return Stop("its status is not in retry_status_codes")
    if others_left and attempt == 1:
        return Again()
    return Again(_backoff(attempt, rules))


def _family(status: int) -> int:
    """The listed status that a status counts as: CDN trouble and broken answers are bad gateways."""
    if status < 400 or 520 <= status <= 527:
        return 502
    return 504 if status == 408 else status


def _backoff(attempt: int, rules: RetryRules) -> float:
    """Exponential back-off with full jitter.

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    ceiling = min(rules.backoff_max, rules.backoff_base * rules.backoff_factor ** (attempt - 1))
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311  jitter is no secret


class RetryBudget:
    """Counts requests and retries of the last ten seconds of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests: deque[float] = deque()
        self._retries: deque[tuple[float, str]] = deque()

    def note_request(self) -> None:
        """Count one request."""
        self._requests.append(self._clock.monotonic())
        self._forget()

    def take(self, share: float, signature: str, floor: int) -> bool:
        """Take one retry out of the budget, if there is one left.

        Args:
            share: Retries per request; 0 leaves the floor.
            signature: What makes two failures the same one.
            floor: Retries that this failure may have however few requests there were.
        """
        self._forget()
        affordable = len(self._retries) < share * len(self._requests)
        if not affordable and sum(each == signature for _, each in self._retries) >= floor:
            return False
        self._retries.append((self._clock.monotonic(), signature))
        return True

    def _forget(self) -> None:
        horizon = self._clock.monotonic() - _WINDOW
        while self._requests and self._requests[0] < horizon:
            self._requests.popleft()
        while self._retries and self._retries[0][0] < horizon:
            self._retries.popleft()
