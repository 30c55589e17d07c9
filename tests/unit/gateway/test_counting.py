"""Counting: by upstream while it answers, by estimate whenever it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import msgspec
import pytest

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.fault import Fault
from grok2api.canonical.plan import Demand, Plan, Target
from grok2api.config.settings import Settings
from grok2api.errors import AllCoolingDown, NotFound
from grok2api.gateway.counting import LONGEST, PIECE, SECONDS, Count, Counter
from grok2api.gateway.orders import Order
from grok2api.kit.clock import ManualClock
from grok2api.upstream.base import ByteReply, StreamReply, UpstreamFault, WholeReply
from grok2api.upstream.xai.faults import broken_stream
from support.responses_api import DIALECT, LEASE, VIEW, parse


@dataclass
class Lent:
    """A pool of one credential."""

    error: Exception | None = None
    demands: list[Demand] = field(default_factory=list)
    out: int = 0
    patience: float = 0.0

    async def lease(self, demand: Demand, *, patience: float) -> Lease:
        self.demands.append(demand)
        self.patience = patience
        if self.error is not None:
            raise self.error
        self.out += 1
        return LEASE

    def release(self, lease: Lease, ok: bool) -> None:
        self.out -= 1
        assert not ok


@dataclass
class Tokeniser:
    """An upstream for which every character is a token."""

    error: Exception | None = None
    content: bytes = b""
    hangs: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def stream(self, dispatch: Dispatch, lease: Lease) -> StreamReply:
        raise AssertionError("a count is not streamed")

    async def download(self, dispatch: Dispatch, lease: Lease) -> ByteReply:
        raise AssertionError("a count is no download")

    async def whole(self, dispatch: Dispatch, lease: Lease) -> WholeReply:
        assert (dispatch.method, dispatch.path) == ("POST", "/tokenize-text")
        self.asked.append(msgspec.json.decode(dispatch.content or b""))
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        ids = [{"token_id": 1}] * len(self.asked[-1]["text"])
        return WholeReply(200, "", self.content or msgspec.json.encode({"token_ids": ids}))

    def classify_event(self, error: Mapping[str, object]) -> Fault:
        raise AssertionError("a count is not streamed")

    def unreadable_stream(self, reason: str) -> Fault:
        raise AssertionError("a count is not streamed")


def order(text: str = "hello") -> Order:
    return Order(
        call=parse({"input": text}),
        plan=Plan(public_id="grok-4", mode="forward", targets=(Target("grok-4.7"),)),
        dialect=DIALECT,
        view=VIEW,
        settlement=cast(Settlement, None),
        settings=Settings(),
    )


async def test_upstream_counts_the_text_in_pieces() -> None:
    pool, upstream = Lent(), Tokeniser()
    counter = Counter(pool=pool, upstream=upstream, clock=ManualClock())
    text = "x" * (PIECE + 5)
    assert await counter.count(order(text)) == Count(len(text) + 4, by_upstream=True)
    assert [len(one["text"]) for one in upstream.asked] == [PIECE, 5]
    assert {one["model"] for one in upstream.asked} == {"grok-4.7"}
    assert (pool.out, pool.demands[0].upstream_id) == (0, "grok-4.7")


@pytest.mark.parametrize(
    "upstream",
    [
        Tokeniser(error=UpstreamFault(broken_stream("x"))),
        Tokeniser(content=b"{}"),
        Tokeniser(content=b"nonsense"),
        Tokeniser(hangs=True),
    ],
    ids=["fault", "no tokens", "unreadable", "slow"],
)
async def test_whatever_fails_there_is_an_estimate_and_a_pause(upstream: Tokeniser) -> None:
    clock, pool = ManualClock(), Lent()
    counter = Counter(pool=pool, upstream=upstream, clock=clock, seconds=0.01, pause=30)
    assert await counter.count(order()) == Count(5, by_upstream=False)
    assert await counter.count(order()) == Count(5, by_upstream=False)
    assert len(upstream.asked) == 1
    clock.advance(30)
    await counter.count(order())
    assert len(upstream.asked) == 2
    assert pool.out == 0


async def test_a_pool_that_cannot_serve_is_no_reason_for_a_pause() -> None:
    pool, upstream = Lent(error=AllCoolingDown("rests", retry_after=1)), Tokeniser()
    counter = Counter(pool=pool, upstream=upstream, clock=ManualClock())
    assert not (await counter.count(order())).by_upstream
    assert 0 < pool.patience < SECONDS, "it gives up before the count does"
    pool.error = None
    assert (await counter.count(order())).by_upstream


async def test_an_account_that_is_gone_is_told() -> None:
    counter = Counter(pool=Lent(error=NotFound("gone")), upstream=Tokeniser(), clock=ManualClock())
    with pytest.raises(NotFound):
        await counter.count(order())


async def test_very_long_texts_are_not_sent() -> None:
    upstream = Tokeniser()
    counter = Counter(pool=Lent(), upstream=upstream, clock=ManualClock())
    count = await counter.count(order("word " * (LONGEST // 5 + 1)))
    assert (upstream.asked, count.by_upstream) == ([], False)
    assert count.tokens > LONGEST // 5


async def test_the_conversation_before_counts_too() -> None:
    counter = Counter(pool=Lent(), upstream=Tokeniser(), clock=ManualClock())
    alone = order()
    before = (msgspec.Raw(b'{"role":"user","content":"earlier"}'),)
    going_on = replace(alone, call=replace(alone.call, conversation=before))
    more = (await counter.count(going_on)).tokens - (await counter.count(alone)).tokens
    assert more == len("earlier\n") + 4
