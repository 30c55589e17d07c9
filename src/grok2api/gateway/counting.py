"""Counting a prompt's tokens: by upstream's own tokeniser if it answers in time, else by estimate.

A count is never worth a failure: whatever goes wrong on the way to the tokeniser, there is an estimate, and
the answer says which it is. What the tokeniser says of a credential is not believed: turns are another door.
Must never be billed, and never let a client wait long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

import msgspec

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.plan import Demand, Target
from grok2api.dialects.prompt_size import estimated, measured
from grok2api.errors import PoolError
from grok2api.gateway.orders import Order, demand_of
from grok2api.gateway.upstreams import Upstream
from grok2api.kit.clock import Clock
from grok2api.upstream.base import UpstreamFault

PATH: Final = "/tokenize-text"
LONGEST: Final = 524_288
"""Characters of text beyond which upstream is not asked: its answer is many times larger."""
PIECE: Final = 131_072
SECONDS: Final = 5.0
PAUSE: Final = 30.0
"""How long upstream is left alone after it could not count."""
_NOBODY: Final = Lease(credential_id="", account_id="", token="", base_url="")


class Count(NamedTuple):
    """How many tokens a prompt has."""

    tokens: int
    by_upstream: bool
    """Whether upstream counted the text; what is no text is always estimated."""


class _Tokens(msgspec.Struct):
    token_ids: list[msgspec.Raw]


_tokens = msgspec.json.Decoder(_Tokens).decode


class Lender(Protocol):
    """Lends credentials; the pool is the one there is."""

    async def lease(self, demand: Demand, *, patience: float) -> Lease:
        """Return a credential within `patience` seconds, or raise PoolError or NotFound."""
        ...

    def release(self, lease: Lease, ok: bool) -> None:
        """Take it back."""
        ...


class Counter:
    """Counts prompts.

    Args:
        pool: Lends the credential that asks.
        upstream: Has the tokeniser.
        clock: Where time comes from.
        seconds: How long upstream may take altogether.
        pause: How long it is left alone after it failed.
    """

    def __init__(
        self,
        *,
        pool: Lender,
        upstream: Upstream,
        clock: Clock,
        seconds: float = SECONDS,
        pause: float = PAUSE,
    ) -> None:
        self._pool = pool
        self._upstream = upstream
        self._clock = clock
        self._seconds = seconds
        self._pause = pause
        self._quiet_until = 0.0

    async def count(self, order: Order) -> Count:
        """Return how many tokens a complete order's prompt has.

        Raises:
            NotFound: the account that it is pinned to is gone.
        """
        target = order.plan.targets[0]
        if self._clock.monotonic() >= self._quiet_until:
            try:
                async with asyncio.timeout(self._seconds):
                    counted = await self._by_upstream(order, target)
            except PoolError:
                counted = None
            except (UpstreamFault, ValueError, TimeoutError):
                self._quiet_until = self._clock.monotonic() + self._pause
                counted = None
            if counted is not None:
                return counted
        prompt = measured(_content(order, target, _NOBODY), order.call.conversation)
        return Count(prompt.fixed + estimated(prompt.text), by_upstream=False)

    async def _by_upstream(self, order: Order, target: Target) -> Count | None:
        """Return upstream's count; None where there is no text, or too much of it."""
        # No longer than half: a pool without room must not look like a tokeniser that is too slow.
        demand = demand_of(order.call, order.plan, target)
        lease = await self._pool.lease(demand, patience=self._seconds / 2)
        try:
            prompt = measured(_content(order, target, lease), order.call.conversation)
            text = prompt.text
            if not text or len(text) > LONGEST:
                return None
            count = prompt.fixed
            for piece in _pieces(text):
                content = msgspec.json.encode({"text": piece, "model": target.upstream_id})
                reply = await self._upstream.whole(Dispatch(method="POST", path=PATH, content=content), lease)
                count += len(_tokens(reply.content).token_ids)
            return Count(count, by_upstream=True)
        finally:
            self._pool.release(lease, ok=False)  # a count says nothing of whether it can answer


def _content(order: Order, target: Target, lease: Lease) -> bytes:
    return order.dialect.translate(order.call, target, lease).content or b"{}"


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), PIECE):
        yield text[start : start + PIECE]
