"""The account of one request: opened when it starts, closed exactly once however it ends.

Closing is synchronous and may be said again from any `finally`, so that a cancelled request is settled
too. Where upstream was not heard to its end, what the call used is an estimate, and told as one. A request
with several answers has an account for each, and these flow together into its own. Must never wait, and must
never hold what was said or answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import Prices
from grok2api.accounting.running import Running, RunningState, Sight
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault, FaultScope
from grok2api.canonical.plan import Demand, Target
from grok2api.canonical.trace import CALLING, AttemptTrace, Decision, RequestTrace
from grok2api.canonical.usage import CostSource, End, Usage, UsageSource
from grok2api.errors import CancelledByOperator, Grok2ApiError
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.storage.records import UsageRecord

_log = get_logger("grok2api.ledger")

_MILLISECONDS: Final = 1000.0
_UNCOUNTABLE: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError, Grok2ApiError)
"""What may be wrong with a body that upstream took and that cannot be counted here."""


class Settlement:
    """Collects what one request did.

    Args:
        ledger: Takes the row at the end.
        prices: Tells the cost where upstream does not.
        clock: Where time comes from.
        request_id: Unique; the row's key.
        key_id: The client key.
        operation: The endpoint's short name.
        model: The public model id, as asked for.
        stream: Whether a stream was asked for.
        received_at: Monotonic seconds at which the request came; now if not given.
        running: Knows the accounts that are open; None for one of several answers.
    """

    __slots__ = (
        "_attempts",
        "_clock",
        "_closed_calls",
        "_end",
        "_first_byte_at",
        "_key_id",
        "_lease",
        "_ledger",
        "_model",
        "_operation",
        "_prices",
        "_received_at",
        "_request_id",
        "_running",
        "_stream",
        "_trace",
        "_upstream_model",
        "_upstream_request_id",
        "_usage",
        "_whole",
        "guess",
    )

    def __init__(
        self,
        *,
        ledger: Ledger,
        prices: Prices,
        clock: Clock,
        request_id: str,
        key_id: str,
        operation: str,
        model: str = "",
        stream: bool = False,
        received_at: float | None = None,
        running: Running | None = None,
    ) -> None:
        self._ledger = ledger
        self._running = running
        self._prices = prices
        self._clock = clock
        self._request_id = request_id
        self._key_id = key_id
        self._operation = operation
        self._model = model
        self._stream = stream
        self._received_at = clock.monotonic() if received_at is None else received_at
        self._attempts = 0
        self._lease: Lease | None = None
        self._upstream_model = ""
        self._upstream_request_id = ""
        self._first_byte_at: float | None = None
        self._usage: Usage | None = None
        self._trace = RequestTrace()
        self.guess: Callable[[], Usage] | None = None
        """Tells about how much the call that runs has used so far; asked only where upstream did not say."""
        self._end: End | None = None
        self._whole: Settlement | None = None
        self._closed_calls: list[Callable[[UsageRecord], None]] = []
        if running is not None:
            running.opened(self)

    @property
    def closed(self) -> bool:
        """Whether the account is settled."""
        return self._end is not None

    @property
    def end(self) -> End | None:
        """How the request ended; None while it has not."""
        return self._end

    @property
    def usage(self) -> Usage | None:
        """What is known to have been used so far; of several answers the sum of those that have ended."""
        return self._usage

    @property
    def request_id(self) -> str:
        """The row's key."""
        return self._request_id

    @property
    def attempts(self) -> int:
        """How many calls to upstream were begun."""
        return self._attempts

    @property
    def trace(self) -> RequestTrace:
        """How its credentials were chosen so far."""
        return self._trace

    def sight(self) -> Sight:
        """Return what is seen of it while it runs."""
        now, lease = self._clock.monotonic(), self._lease
        state: RunningState = "sent" if lease is not None else "waiting" if self._model else "preparing"
        if self._trace.attempts and self._trace.attempts[-1].ended is not None:
            state = "waiting"
        if self._first_byte_at is not None:
            state = "answering"
        return Sight(
            id=self._request_id,
            key_id=self._key_id,
            operation=self._operation,
            model=self._model,
            stream=self._stream,
            state=state,
            age_ms=(now - self._received_at) * _MILLISECONDS,
            upstream_model=self._upstream_model,
            credential_id=lease.credential_id if lease else "",
            attempts=self._attempts,
            first_byte_ms=self._since_received(self._first_byte_at),
            output_tokens=None if self._usage is None else self._usage.output,
        )

    def part(self, request_id: str = "") -> Settlement:
        """Open the account of one of several answers: when it is closed, what it came to is added here.

        Args:
            request_id: Its own, where somebody may go on with it and write a row; else the whole's.
        """
        part = Settlement(
            ledger=self._ledger,
            prices=self._prices,
            clock=self._clock,
            request_id=request_id or self._request_id,
            key_id=self._key_id,
            operation=self._operation,
            model=self._model,
            stream=self._stream,
            received_at=self._received_at,
        )
        part._whole = self
        return part

    def asked(self, model: str, *, stream: bool) -> None:
        """Note what the request asks for, once it is read."""
        self._model, self._stream = model, stream

    def decided(self, decision: Decision) -> None:
        """Note how a credential was chosen, or why there was none."""
        at = self._clock.monotonic() - self._received_at
        self._trace.attempts.append(AttemptTrace(decision, at))

    def attempt(self, lease: Lease, target: Target) -> None:
        """Note that a call begins on this credential; the last one named is the one that is paid."""
        self._attempts += 1
        self.guess = None
        self._lease = lease
        self._upstream_model = target.upstream_id
        if self._trace.attempts:
            latest = self._trace.attempts[-1]
            latest.model, latest.surface = target.upstream_id, target.surface
            latest.sent = self._clock.monotonic() - self._received_at
            CALLING.set(latest)

    def failed(self, fault: Fault) -> None:
        """Note how the call that was begun last has failed: of what it used nothing is known."""
        self.guess = None
        if self._trace.attempts:
            latest = self._trace.attempts[-1]
            latest.fault, latest.status = fault.kind.value, fault.upstream_status
            latest.detail = "" if fault.scope is FaultScope.REQUEST else fault.detail
            latest.ended = self._clock.monotonic() - self._received_at

    def demanded(self, demand: Demand) -> None:
        """Note what the first target of the request asks of a credential."""
        self._trace.demand = demand

    def rescued(self, demand: Demand) -> None:
        """Note that the conversation is rebuilt, so that from now on others may serve."""
        self._trace.rescued_after = len(self._trace.attempts)
        self._trace.demand = demand

    def answered(self, upstream_request_id: str) -> None:
        """Note the id that upstream gave to the call."""
        self._upstream_request_id = upstream_request_id

    def first_byte(self) -> None:
        """Note that the answer begins; only the first time counts."""
        if self._first_byte_at is None:
            self._first_byte_at = self._clock.monotonic()

    def used(self, usage: Usage | None) -> None:
        """Note what upstream says was used; None leaves what is known."""
        if usage is not None:
            self._usage = usage

    def close(self, *, end: End, status: int, error_code: str = "") -> bool:
        """Settle the account; tell whether this was the time that counted.

        Args:
            end: How the request ended.
            status: The HTTP status that the client saw.
            error_code: The code of the error it ended with, if any. That of an operator's wish says how it
                ended, in whatever words it was told.
        """
        if self._end is not None:
            return False
        if error_code == CancelledByOperator.default_code:
            end = "cancelled_by_operator"
        self._end = end
        self._estimate()
        if self._running is not None:
            self._running.closed(self._request_id)
        if self._whole is None:
            row = self._row(end, status, error_code)
            self._ledger.record(row, self._trace)
            for call in self._closed_calls:
                call(row)
        else:
            self._whole.add(self)
        return True

    def _estimate(self) -> None:
        """Put an estimate in the place of what upstream did not say, if a call was under way."""
        guess, self.guess = self.guess, None
        if self._usage is not None or guess is None:
            return
        try:
            self._usage = guess()
        except _UNCOUNTABLE as error:  # a row without figures is better than no row
            _log.warning("usage not estimated", request_id=self._request_id, reason=repr(error))

    def hand_over(self) -> None:
        """Leave the row to whoever goes on with the request: it is no longer among those that run here."""
        if self._running is not None:
            self._running.closed(self._request_id)

    def when_closed(self, call: Callable[[UsageRecord], None]) -> None:
        """Have somebody told of the row once the account is settled; it must neither wait nor fail."""
        self._closed_calls.append(call)

    def add(self, part: Settlement) -> None:
        """Take in what one of several answers came to; the last one with a call names who is paid."""
        self._attempts += part._attempts
        self._trace.attempts = sorted(self._trace.attempts + part._trace.attempts, key=lambda each: each.at)
        if part._lease is not None:
            self._lease, self._upstream_model = part._lease, part._upstream_model
            self._upstream_request_id = part._upstream_request_id
        if part._first_byte_at is not None:
            self._first_byte_at = min(part._first_byte_at, self._first_byte_at or part._first_byte_at)
        if part._usage is not None:
            self._usage = (self._usage or Usage()) + self._told(part._upstream_model, part._usage)

    def _row(self, end: End, status: int, error_code: str) -> UsageRecord:
        now = self._clock.monotonic()
        usage, lease, model = self._usage, self._lease, self._upstream_model
        known = usage or Usage()
        return UsageRecord(
            request_id=self._request_id,
            started_at=self._clock.now() - (now - self._received_at),
            key_id=self._key_id,
            operation=self._operation,
            model=self._model,
            upstream_model=model,
            credential_id=lease.credential_id if lease else "",
            account_id=lease.account_id if lease else "",
            stream=self._stream,
            status=status,
            end=end,
            error_code=error_code,
            attempts=self._attempts,
            input_tokens=known.input,
            cached_tokens=known.cached,
            output_tokens=known.output,
            reasoning_tokens=known.reasoning,
            usage_source=_source(usage),
            cost_ticks=0 if usage is None else self._prices.cost(model, usage),
            cost_source=self._cost_source(usage),
            price_ticks=None if usage is None else self._prices.by_list(model, usage),
            saved_ticks=0 if usage is None else self._prices.saved(model, usage) or 0,
            queue_ms=sum(each.decision.waited for each in self._trace.attempts) * _MILLISECONDS,
            first_byte_ms=self._since_received(self._first_byte_at),
            total_ms=(now - self._received_at) * _MILLISECONDS,
            upstream_request_id=self._upstream_request_id,
        )

    def _told(self, model: str, usage: Usage) -> Usage:
        """Return the usage of one of several answers with its cost."""
        own = usage.by_list or usage.cost_ticks is None
        return replace(usage, cost_ticks=self._prices.cost(model, usage), by_list=own)

    def _cost_source(self, usage: Usage | None) -> CostSource:
        if usage is None:
            return "none"
        own = usage.by_list or usage.estimated
        if usage.cost_ticks is None:
            return "none" if self._prices.of(self._upstream_model) is None else "list"
        return "list" if own else "upstream"

    def _since_received(self, at: float | None) -> float | None:
        return None if at is None else (at - self._received_at) * _MILLISECONDS


def _source(usage: Usage | None) -> UsageSource:
    if usage is None:
        return "none"
    return "estimated" if usage.estimated else "upstream"
