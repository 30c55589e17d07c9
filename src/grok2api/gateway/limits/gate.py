"""The one gate that every request of a limited client key passes: places, then rates, then its budget.

Refusals come at once; nothing waits here. What was taken is given back when the request ends, however it
ends. Must never be asked for a key without limits, and must never let a request on that it has refused.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from grok2api.accounting.budgets import Budgets
from grok2api.canonical.call import Caller
from grok2api.canonical.limits import Estimate, Family, KeyLimits
from grok2api.errors import Forbidden, LimitExceeded
from grok2api.gateway.limits.places import KeyPlaces
from grok2api.gateway.limits.rates import KeyRates, Spent

Headers = list[tuple[bytes, bytes]]
_PLACE_SECONDS: Final = 1.0
"""Seconds after which a place may be free again; nobody knows."""
_HOUR, _MINUTE = 3600, 60


def nothing() -> Estimate:
    """Return what a request uses that no tokens and no money are counted of."""
    return Estimate()


def check_access(caller: Caller, family: Family | None, address: str) -> None:
    """Refuse a request of a limited key that comes from elsewhere, or goes where the key may not.

    Args:
        caller: Whose request it is.
        family: What the route belongs to; None for one that every key may use.
        address: Where its client is, as far as trusted proxies tell; empty if that is not known.

    Raises:
        Forbidden: it says which of both.
    """
    limits = caller.limits
    if limits is None:
        return
    if not limits.admits(address):
        raise Forbidden(
            f"This key may not be used from {address[:45] or 'an unknown address'}. "
            "Ask whoever runs this server to add the address to the key's networks.",
            code="ip_not_authorized",
        )
    if not limits.opens(family):
        opened = ", ".join(sorted(limits.endpoints or ())) or "none"
        raise Forbidden(
            f"This key may not use the {family} endpoints; it is for: {opened}. "
            "Ask whoever runs this server to change that.",
            code="endpoint_not_allowed",
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a key stands at this moment; None where it has no such limit.

    Args:
        running: Requests that this worker serves for it now.
        requests_left: Requests that it may send at once.
        tokens_left: Tokens that it may use at once.
    """

    running: int | None
    requests_left: int | None
    tokens_left: int | None


@dataclass(slots=True)
class Visit:
    """A request that has passed the gate, until it ends."""

    tokens: Spent | None = None
    """The tokens that it took."""
    endings: list[Callable[[], None]] = field(default_factory=list)
    """What gives back the rest."""

    def leave(self, tokens: int = 0) -> None:
        """Give back what was taken, and settle the tokens; only the first time counts."""
        endings, self.endings = self.endings, []
        for end in endings:
            end()
        spent, self.tokens = self.tokens, None
        if spent is not None:
            spent.settle(tokens)


class KeyGate:
    """Holds requests to the limits of their keys.

    Args:
        rates: Counts requests and tokens.
        places: Counts what runs.
        budgets: Counts money.
    """

    def __init__(self, *, rates: KeyRates, places: KeyPlaces, budgets: Budgets) -> None:
        self._rates = rates
        self._places = places
        self.budgets = budgets

    async def enter(
        self,
        caller: Caller,
        limits: KeyLimits,
        *,
        request_id: str,
        estimate: Callable[[], Estimate] = nothing,
        large: bool = False,
        lasting: float = 0.0,
        told: Headers,
    ) -> Visit:
        """Let a request in.

        Args:
            caller: Whose it is.
            limits: The caller's limits.
            request_id: Its id in the ledger.
            estimate: Tells what it may use; asked only where tokens or money are limited.
            large: Whether telling takes so long that it must not hold up the event loop.
            lasting: Seconds after which nobody will settle it any more.
            told: Takes the headers that tell how the limits stand, also when it is refused.

        Raises:
            LimitExceeded: it is one too many, for now.
            BudgetSpent: there is no money left.
            StorageError: the key has a budget, and the store did not answer.
        """
        visit, key_id = Visit(), caller.key_id
        try:
            if limits.max_concurrency:
                visit.endings.append(await self._place(key_id, limits.max_concurrency))
            if limits.rpm:
                requests = await self._rates.spend(f"rpm/{key_id}", limits.rpm, 1)
                told += _headers("requests", requests)
                _check(requests, "requests")
            if limits.tpm or limits.has_budget:
                size = await asyncio.to_thread(estimate) if large else estimate()
                await self._enter_by_size(visit, key_id, limits, size, request_id, lasting, told)
        except LimitExceeded:
            visit.leave()
            told += await self.tell(caller, limits, told)
            raise
        except BaseException:
            visit.leave()
            raise
        return visit

    async def tell(self, caller: Caller, limits: KeyLimits, told: Headers | None = None) -> Headers:
        """Return the headers that tell how the limits stand, and count nothing.

        Args:
            caller: Whose they are.
            limits: The caller's limits.
            told: What is told already, and not asked for again.
        """
        rest = Headers()
        for what, spent in (await self._asked(caller.key_id, limits, told or ())).items():
            rest += _headers(what, spent)
        return rest

    async def standing(self, key_id: str, limits: KeyLimits) -> Standing:
        """Return how a key stands, and count nothing."""
        asked = await self._asked(key_id, limits)
        left = {what: spent.verdict.left for what, spent in asked.items()}
        running = self._places.running(key_id) if limits.max_concurrency else None
        return Standing(running, left.get("requests"), left.get("tokens"))

    async def _asked(
        self, key_id: str, limits: KeyLimits, told: Sequence[tuple[bytes, bytes]] = ()
    ) -> dict[str, Spent]:
        asked, known = {}, {name for name, _ in told}
        if limits.rpm and _name("limit", "requests") not in known:
            asked["requests"] = await self._rates.spend(f"rpm/{key_id}", limits.rpm, 0)
        if limits.tpm and _name("limit", "tokens") not in known:
            asked["tokens"] = await self._rates.spend(f"tpm/{key_id}", limits.tpm, 0)
        return asked

    async def _place(self, key_id: str, limit: int) -> Callable[[], None]:
        give_back = await self._places.take(key_id, limit)
        if give_back is None:
            raise LimitExceeded(
                f"This key may have {limit} {'request' if limit == 1 else 'requests'} at a time, and as many "
                "run now. Try again when one has ended.",
                retry_after=_PLACE_SECONDS,
            )
        return give_back

    async def _enter_by_size(
        self,
        visit: Visit,
        key_id: str,
        limits: KeyLimits,
        size: Estimate,
        request_id: str,
        lasting: float,
        told: Headers,
    ) -> None:
        """Take the tokens and the money of a request."""
        if limits.tpm:
            tokens = await self._rates.spend(f"tpm/{key_id}", limits.tpm, size.tokens)
            told += _headers("tokens", tokens)
            _check(tokens, "tokens")
            visit.tokens = tokens
        if limits.has_budget and size.ticks:
            await self.budgets.reserve(
                key_id, limits, request_id=request_id, ticks=size.ticks, lasting=lasting
            )


def _check(spent: Spent, what: str) -> None:
    if spent.verdict.allowed:
        return
    raise LimitExceeded(
        f"Rate limit reached for this key: {spent.limit} {what} per minute, {spent.verdict.left} left, "
        f"{spent.cost} asked for. Try again in {reset_text(spent.verdict.retry_after)}.",
        retry_after=spent.verdict.retry_after,
    )


def _headers(what: str, spent: Spent) -> Sequence[tuple[bytes, bytes]]:
    """Return what OpenAI's clients read about a limit."""
    values = (
        ("limit", str(spent.limit)),
        ("remaining", str(spent.verdict.left)),
        ("reset", reset_text(spent.verdict.full_after)),
    )
    return [(_name(name, what), value.encode()) for name, value in values]


def _name(name: str, what: str) -> bytes:
    return f"x-ratelimit-{name}-{what}".encode()


def reset_text(seconds: float) -> str:
    """Return a span as OpenAI writes it: 0s, 12ms, 1s, 6m0s, 1h0m0s; rounded up."""
    if seconds < 1:
        milliseconds = math.ceil(seconds * 1000)
        return "1s" if milliseconds == 1000 else f"{milliseconds}ms" if milliseconds else "0s"
    whole = math.ceil(seconds)
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"
