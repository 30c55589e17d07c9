"""Lease a credential and try; or report what failed, and let another one try.

One loop serves streams, whole answers, uploads and downloads: what is tried is its caller's.
Must never translate anything itself, and never touch a request that has begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.canonical.plan import Demand, Surface, Target
from grok2api.config.settings import Settings
from grok2api.errors import Grok2ApiError, ModelNotFound, NotFound, PoolError, UpstreamError
from grok2api.gateway.amending import amended
from grok2api.gateway.breaker import LOAD, Breaker
from grok2api.gateway.failures import blames_the_pool, fault_error
from grok2api.gateway.orders import Errand, demand_of
from grok2api.gateway.retry import (
    BUSY_FLOOR,
    QUIET_FLOOR,
    Again,
    RetryBudget,
    RetryRules,
    decide,
)
from grok2api.gateway.upstreams import Upstream
from grok2api.kit.sealedid import SealedIds
from grok2api.pool.pool import Pool
from grok2api.upstream.base import UpstreamFault

Result = TypeVar("Result")
_LACKS_MODEL = frozenset({FaultKind.MODEL_MISSING, FaultKind.ACCESS_DENIED})
_RESENDS = 2
"""Kept connections that may turn out to be dead for one request."""
TryOnce = Callable[[Target, Lease, Amendments], Awaitable[Result]]


@dataclass(slots=True)
class _Round:
    """Where the loop stands."""

    number: int = 0
    """Attempts so far; those before a rescue count, but leave it one."""
    target: int = 0
    tried: set[str] = field(default_factory=set)
    last: Fault | None = None
    renewing: int = 0
    """How many attempts met a token that upstream refused and that is being renewed."""
    awaited: bytes | None = None
    """The account whose new token the last attempt waits for, when all before it met old ones."""
    surface: Surface | None = None
    """The other surface, once the first one turned out to be denied to everybody."""
    amendments: Amendments = UNAMENDED
    """What upstream refused, to be left out from now on."""
    again: bytes | None = None
    """The account that refused something: it is asked again, if it can be, without that."""
    resent: int = 0
    """How often a connection that had died before the request was answered was made good."""


class Attempts:
    """Runs attempts until one holds."""

    def __init__(self, *, pool: Pool, upstream: Upstream, budget: RetryBudget, breaker: Breaker) -> None:
        self._pool = pool
        self._upstream = upstream
        self._budget = budget
        self._breaker = breaker

    async def serve(self, order: Errand, try_once: TryOnce[Result]) -> Result:
        """Return what `try_once` gave on the first lease for which it held.

        It gives the lease back itself when it holds; when it raises, that is done here.

        Raises:
            Grok2ApiError: no attempt held.
        """
        state = _Round(number=min(order.settlement.attempts, order.settings.grok.max_retry))
        self._budget.note_request()
        while True:
            self._admit(state)
            target, lease = await self._lease(order, state)
            state.number += 1
            order.settlement.attempt(lease, target)
            try:
                result = await try_once(target, lease, state.amendments)
            except UpstreamFault as error:
                order.settlement.failed(error.fault)
                self._note(error.fault, lease)
                self._pool.report(lease, error.fault, request_id=order.call.request_id)
                self._pool.release(lease, ok=False)
                await self._consider(order, state, lease, error.fault)
            except BaseException:
                self._pool.release(lease, ok=False)
                raise
            else:
                self._breaker.answered()
                return result

    def _note(self, fault: Fault, lease: Lease) -> None:
        pool = self._pool
        self._breaker.failed(fault, lease.credential_id, pool_size=pool.size, load=pool.in_flight)

    def _admit(self, state: _Round) -> None:
        try:
            self._breaker.admit()
        except UpstreamError:
            if state.last is None:
                raise
            raise fault_error(state.last) from None

    async def _lease(self, order: Errand, state: _Round) -> tuple[Target, Lease]:
        """Return what is to be called now, and on which credential."""
        target = _target(order, state)
        demand = demand_of(order.call, order.plan, target)
        if state.awaited is not None and demand.account_pin is None:
            demand = replace(demand, account_pin=state.awaited)
        if state.again is not None:
            demand = replace(demand, preferred_account=state.again)
        try:
            return target, await self._pool.lease(
                demand, exclude=state.tried, note=order.settlement.decided, patience=order.patience
            )
        except PoolError as error:
            if state.last is None and self._turns_to_other_surface(order, state):
                return await self._lease(order, state)
            if state.last is None or blames_the_pool(state.last):
                raise
            raise fault_error(state.last) from error
        except NotFound as error:
            raise error if state.last is None else fault_error(state.last) from error

    def _turns_to_other_surface(self, order: Errand, state: _Round) -> bool:
        """Go on with the other surface if somebody could serve there; tell whether that is so."""
        target = order.plan.targets[state.target]
        other = order.plan.other_surfaces.get(target.upstream_id)
        if other is None or state.surface is not None:
            return False
        demand = demand_of(order.call, order.plan, replace(target, surface=other))
        if not self._pool.has_other(demand):
            return False
        state.surface = other
        state.tried.clear()
        return True

    async def _consider(self, order: Errand, state: _Round, lease: Lease, fault: Fault) -> None:
        """Prepare the next attempt, or raise what the client is told."""
        state.last = fault
        if self._resends(order, state, lease, fault) or _amends(order, state, lease, fault):
            return
        left = order.settings.grok.max_retry + 1 - state.number
        renews = self._pool.renews(lease)
        if renews:
            state.renewing += 1
            if left == 1 and state.renewing == state.number:
                state.awaited = SealedIds.account_hash(lease.account_id)
        else:
            state.tried.add(lease.credential_id)
        demand = demand_of(order.call, order.plan, _target(order, state))
        others = self._pool.has_other(demand, exclude=state.tried)
        if (
            fault.kind is FaultKind.SURFACE_DENIED
            and not others
            and self._turns_to_other_surface(order, state)
        ):
            return
        verdict = decide(
            fault,
            attempt=state.number,
            repeatable=order.plan.repeatable,
            repeats_failed=order.plan.repeats_failed,
            others_left=others or renews,
            rules=retry_rules(order.settings),
        )
        further = len(order.plan.targets) - 1 - state.target
        if fault.kind in _LACKS_MODEL and further and left > 0 and (not others or left <= further):
            state.target, state.surface = state.target + 1, None
            state.tried.clear()
            return
        if not isinstance(verdict, Again):
            raise self._error(order, demand, fault)
        if fault.scope is FaultScope.UPSTREAM and not self._affordable(order, fault):
            raise fault_error(fault)
        if not others:
            state.tried.clear()
        if verdict.delay:
            await asyncio.sleep(verdict.delay)

    def _resends(self, order: Errand, state: _Round, lease: Lease, fault: Fault) -> bool:
        """Make good for a kept connection that turned out to be dead; it does not count as an attempt."""
        stale = fault.kind is FaultKind.STALE_CONNECTION
        stale = stale and (order.plan.repeatable or fault.accepted == "no")
        if not stale or state.resent >= _RESENDS:
            return False
        state.resent, state.number = state.resent + 1, state.number - 1
        self._turn_to_another(order, state, lease)
        return True

    def _turn_to_another(self, order: Errand, state: _Round, lease: Lease) -> None:
        """Leave out the credential of a lease as long as there is another one; nobody is to blame."""
        demand = demand_of(order.call, order.plan, _target(order, state))
        if self._pool.has_other(demand, exclude={*state.tried, lease.credential_id}):
            state.tried.add(lease.credential_id)

    def _affordable(self, order: Errand, fault: Fault) -> bool:
        """Tell whether one more call to an upstream that fails is worth its load."""
        share, busy = order.settings.grok.retry_budget, self._pool.in_flight >= LOAD
        if not share:
            return False
        if not self._breaker.doubts(self._pool.size):
            return self._budget.take(share, fault.signature, BUSY_FLOOR if busy else QUIET_FLOOR)
        return self._budget.take(0.0, fault.signature, 0 if busy else QUIET_FLOOR)

    def _error(self, order: Errand, demand: Demand, fault: Fault) -> Grok2ApiError:
        """The pool's own account where the pool is the reason, else the fault's."""
        if blames_the_pool(fault):
            verdict = self._pool.verdict(demand)
            if verdict is not None:
                return self._barred(order) or verdict
        return fault_error(fault)

    def _barred(self, order: Errand) -> ModelNotFound | None:
        """The error when it has turned out that no credential may serve the model at all."""
        plan, pool = order.plan, self._pool
        if order.call.account_pin is not None or pool.empty_for(order.call.caller.scope):
            return None
        if any(pool.may_serve(demand_of(order.call, plan, target)) for target in plan.targets):
            return None
        return ModelNotFound("No upstream account may serve this model.", param="model")


def _amends(order: Errand, state: _Round, lease: Lease, fault: Fault) -> bool:
    """Take down what the next attempt leaves out, if the request holds it and the key may lose it."""
    spent = state.number > order.settings.grok.max_retry or order.call.caller.strict
    without = None if spent else amended(fault, state.amendments)
    if without is None:
        return False
    target = _target(order, state)
    before, after = (
        order.translate(target, lease, amendments).content for amendments in (state.amendments, without)
    )
    if before == after:
        return False
    state.amendments, state.again = without, SealedIds.account_hash(lease.account_id)
    return True


def _target(order: Errand, state: _Round) -> Target:
    target = order.plan.targets[state.target]
    return target if state.surface is None else replace(target, surface=state.surface)


def retry_rules(settings: Settings) -> RetryRules:
    """Return the retry settings of a snapshot."""
    return RetryRules(
        max_retry=settings.grok.max_retry,
        status_codes=frozenset(settings.grok.retry_status_codes),
        backoff_base=settings.grok.retry_backoff_base,
        backoff_factor=settings.grok.retry_backoff_factor,
        backoff_max=settings.grok.retry_backoff_max,
        budget=settings.grok.retry_budget,
    )
