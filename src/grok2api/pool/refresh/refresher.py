"""Refreshes sign-ins for whoever asks: a request that met a dead token, the schedule, an operator.

However many ask for one sign-in, one task in this process works on it, and the claim in the store makes it
one among all processes. The task is the refresher's own: whoever asked may leave. After a failure a sign-in
is left alone for a while, so that no answer of the service can become a loop. Must never raise at somebody
who waits: he gets an outcome.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.observability.logging import get_logger
from grok2api.pool.refresh.outcome import Outcome, Result
from grok2api.pool.refresh.renewal import Renewal
from grok2api.pool.refresh.rules import RefreshRules, due, rest_after_trouble
from grok2api.pool.refresh.tools import Issuer, Order, Stores, Tools
from grok2api.storage.records import Credential

_log = get_logger("grok2api.refresh")

_DENIED: Final = frozenset({Result.DENIED, Result.CLIENT, Result.UNREADABLE})
_ENDED: Final = frozenset({Result.DEAD, Result.GONE})


@dataclass(frozen=True, slots=True)
class _Rest:
    """A sign-in is left alone after a failure; one with newer tokens is not meant."""

    until: float
    failures: int
    generation: int | None
    reason: str


class _Flight:
    """A refresh under way."""

    __slots__ = ("order", "outcome", "task")

    def __init__(self, order: Order) -> None:
        self.order = order
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None

    def tell(self, outcome: Outcome) -> None:
        """Let those who wait go with this outcome; the first one counts."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Refresher:
    """Refreshes sign-ins on behalf of one process.

    Args:
        records: Where the sign-ins and the claims are.
        issuer: The sign-in service.
        box: Opens and seals tokens.
        pepper: Key of the fingerprints, for an account that becomes known only by its refresh.
        clock: Tells when a token ends.
        holder: This process, among all that share the store.
        taken: Hears of every record whose tokens may be used from now on; must not wait.
        rules: When and how; may be replaced at any time.
        proxy: The proxy of credentials that name none.
        delayed: Hears for how many seconds a sign-in is left alone after a failure; must not wait.
    """

    def __init__(
        self,
        records: Stores,
        issuer: Issuer,
        box: SecretBox,
        clock: Clock,
        *,
        pepper: bytes,
        holder: str,
        taken: Callable[[Credential], None],
        rules: RefreshRules,
        proxy: Callable[[], str | None] = lambda: None,
        delayed: Callable[[str, float], None] = lambda _identifier, _seconds: None,
    ) -> None:
        self.rules = rules
        self._records = records
        self._issuer = issuer
        self._box = box
        self._pepper = pepper
        self._clock = clock
        self._holder = holder
        self._taken = taken
        self._proxy = proxy
        self._delayed = delayed
        self._flights: dict[str, _Flight] = {}
        self._rests: dict[str, _Rest] = {}
        self._wants: dict[str, int | None] = {}
        self._news = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def busy(self) -> int:
        """How many sign-ins are being refreshed or stored now."""
        return len(self._flights)

    async def refresh(
        self,
        credential_id: str,
        *,
        rejected: int | None = None,
        proxy: str | None = None,
        force: bool = False,
    ) -> Outcome:
        """Return once the sign-in has tokens that may be used, or cannot have any now.

        Args:
            credential_id: Which sign-in.
            rejected: The generation whose access token upstream refused; None if none was.
            proxy: Through which proxy; None for the credential's own, or else the general one.
            force: Whether fresh tokens are replaced, and a rest after a failure is cut short.
        """
        order = Order(credential_id=credential_id, rejected=rejected, proxy=proxy, force=force)
        while True:
            flight = self._flights.get(credential_id)
            joined = flight is not None and flight.order != order
            outcome = await asyncio.shield((flight or self._start(order)).outcome)
            if not (joined and _beside_the_point(order, outcome)):
                return outcome

    def want(self, credential_id: str, rejected: int | None) -> None:
        """Have a sign-in refreshed soon; asking twice is asking once. Never waits."""
        known = self._wants.get(credential_id)
        self._wants[credential_id] = rejected if known is None else max(known, rejected or 0)
        self._news.set()

    def pardon(self, credential_id: str) -> None:
        """Forget earlier failures of a sign-in, because an operator wants it tried again."""
        self._rests.pop(credential_id, None)

    def schedule(self, records: Iterable[Credential]) -> int:
        """Want every sign-in that is due, unless it rests after a failure; return how many those are."""
        now, wanted = self._clock.now(), 0
        for record in records:
            if not due(record, now, self.rules) or record.id in self._flights or record.id in self._wants:
                continue
            if self._resting(record) is None:
                self.want(record.id, None)
                wanted += 1
        return wanted

    async def run(self) -> None:
        """Serve what is wanted, a few at a time, until cancelled. What is under way then goes on."""
        gate = asyncio.Semaphore(self.rules.at_a_time)
        async with asyncio.TaskGroup() as group:
            while True:
                await self._news.wait()
                await gate.acquire()
                if not self._wants:
                    self._news.clear()
                    gate.release()
                    continue
                identifier = next(iter(self._wants))
                group.create_task(self._serve(identifier, self._wants.pop(identifier), gate))

    async def idle(self) -> None:
        """Return once nothing is under way: every refresh has ended, and what came is stored."""
        while flights := [flight.task for flight in self._flights.values() if flight.task is not None]:
            await asyncio.wait(flights)

    async def close(self) -> None:
        """Let what is under way end soon: tokens that came are tried to be stored a last time."""
        self._closing.set()
        flights = [flight.task for flight in self._flights.values() if flight.task is not None]
        if flights:
            _, late = await asyncio.wait(flights, timeout=self.rules.closing_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _serve(self, identifier: str, rejected: int | None, gate: asyncio.Semaphore) -> None:
        try:
            await self.refresh(identifier, rejected=rejected)
        finally:
            gate.release()

    def _start(self, order: Order) -> _Flight:
        """Begin a refresh in a task of the refresher's own."""
        flight = self._flights[order.credential_id] = _Flight(order)
        flight.task = asyncio.get_running_loop().create_task(self._fly(flight))
        return flight

    async def _fly(self, flight: _Flight) -> None:
        outcome = Outcome(Result.TROUBLE, reason="the refresh broke off")
        try:
            outcome = await Renewal(flight.order, self._tools(), flight.tell).run()
            self._note(flight.order, outcome)
        finally:
            del self._flights[flight.order.credential_id]
            flight.tell(outcome)

    def _tools(self) -> Tools:
        return Tools(
            stores=self._records,
            issuer=self._issuer,
            box=self._box,
            pepper=self._pepper,
            clock=self._clock,
            holder=self._holder,
            rules=self.rules,
            proxy=self._proxy,
            taken=self._taken,
            resting=self._resting,
            pause=self._pause,
            closing=self._closing.is_set,
        )

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    def _resting(self, record: Credential) -> Outcome | None:
        """Return an outcome if the record's tokens were tried in vain a short while ago."""
        rest, now = self._rests.get(record.id), self._clock.monotonic()
        if rest is None or now >= rest.until or rest.generation not in {None, record.generation}:
            return None
        return Outcome(Result.RESTING, record, rest.reason, retry_after=rest.until - now)

    def _note(self, order: Order, outcome: Outcome) -> None:
        """Remember and tell what came of a refresh."""
        identifier, result, record = order.credential_id, outcome.result, outcome.record
        if record is not None and outcome.usable:
            rest = self._rests.get(identifier)
            if rest is not None and rest.generation != record.generation:
                del self._rests[identifier]
            if result is Result.ADOPTED:
                self._taken(record)
            else:
                _log.info("sign-in refreshed", credential=identifier, generation=record.generation)
            return
        if result is Result.RESTING:
            return
        _log.warning("sign-in not refreshed", credential=identifier, result=result, reason=outcome.reason)
        if result in _ENDED:
            self._rests.pop(identifier, None)
            if record is not None:
                self._taken(record)
            return
        rest = self._rests[identifier] = self._rest_after(identifier, outcome)
        self._delayed(identifier, rest.until - self._clock.monotonic())
        if record is not None:
            self._taken(record)

    def _rest_after(self, identifier: str, outcome: Outcome) -> _Rest:
        former = self._rests.get(identifier)
        failures = 1 if former is None else former.failures + 1
        seconds = self.rules.denied_seconds
        if outcome.result not in _DENIED:
            part = random.random()  # noqa: S311  jitter is no secret
            seconds = rest_after_trouble(failures, outcome.retry_after, part, self.rules)
        generation = None if outcome.record is None else outcome.record.generation
        return _Rest(self._clock.monotonic() + seconds, failures, generation, outcome.reason)


def _beside_the_point(order: Order, outcome: Outcome) -> bool:
    """Tell whether an outcome that was found for somebody else does not answer this order."""
    if outcome.result is Result.RESTING:
        return order.force
    if outcome.result is not Result.ADOPTED or outcome.record is None:
        return False
    return order.force or (order.rejected is not None and outcome.record.generation <= order.rejected)
