"""Around attempts: what a request needs is at hand, also once its conversation is rebuilt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import msgspec
import pytest

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load
from grok2api.accounting.settlement import Settlement
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.plan import Plan, Target
from grok2api.canonical.references import ItemAddress, ItemReference
from grok2api.config.settings import Settings
from grok2api.dialects.base import View
from grok2api.errors import AllCoolingDown
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.orders import Order, Whole
from grok2api.gateway.references import References
from grok2api.gateway.transcripts import Transcripts
from grok2api.gateway.turn_calls import TurnCalls
from grok2api.kit.clock import ManualClock
from support.calls import make_call
from support.chat_turns import LEASE
from support.memory_records import MemoryRecords

ACCOUNT = b"a" * 16
REFERENCE = ItemReference("msg_1", "input[0].id", ACCOUNT, ItemAddress("resp_up", "msg_up"))
RESTS = AllCoolingDown("All rest.", retry_after=9.0)


class House:
    """A gateway whose parts are played: the account rests for its first `rests` questions."""

    def __init__(self, rests: int) -> None:
        self.rests = rests
        self.served: list[Call] = []
        self.gateway = Gateway(
            turns=cast(TurnCalls, self),
            models=cast(Any, None),
            pool=cast(Any, None),
            clock=ManualClock(),
            references=cast(References, self),
            enclosures=cast(Any, None),
            studio=cast(Any, None),
            transcripts=cast(Transcripts, self),
        )

    async def resolve(self, call: Call) -> Call:
        if call.resolved:
            return call
        if self.rests:
            self.rests -= 1
            raise RESTS
        return replace(call, resolved={"msg_1": b"{}"})

    async def history(self, response_id: str, caller: Caller) -> tuple[msgspec.Raw, ...]:
        return (msgspec.Raw(b'{"role":"user","content":"before"}'),)

    async def whole(self, order: Order) -> Whole:
        self.served.append(order.call)
        return Whole(b"{}", order.plan.targets[0], LEASE)

    async def answered(self) -> Whole:
        call = make_call("grok-4", dialect="responses", caller=Caller("key_1", "test", rescue=60.0))
        settlement = Settlement(
            ledger=Ledger(MemoryRecords().usage, flush_seconds=0, max_queue=10),
            prices=load(),
            clock=ManualClock(),
            request_id="req_1",
            key_id="key_1",
            operation="responses",
        )
        order = Order(
            call=replace(call, continues="resp_1", account_pin=ACCOUNT, references=(REFERENCE,)),
            plan=Plan(public_id="grok-4", mode="forward", targets=(Target("grok-4.7"),)),
            dialect=cast(Any, None),
            view=View(created=0),
            settlement=settlement,
            settings=Settings(),
        )
        return await self.gateway.whole(order)


async def test_a_rebuilt_conversation_has_the_items_that_its_request_names() -> None:
    house = House(rests=1)
    answer = await house.answered()
    (call,) = house.served
    assert answer.rescued
    assert (call.account_pin, len(call.history or ()), set(call.resolved)) == (None, 1, {"msg_1"})


async def test_items_of_an_account_that_rests_are_not_said_to_be_gone() -> None:
    house = House(rests=2)
    with pytest.raises(AllCoolingDown) as caught:
        await house.answered()
    assert caught.value.retry_after == 9.0
    assert house.served == []
