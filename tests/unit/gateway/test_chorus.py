"""Several answers to one request, whatever order they speak, end or fail in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load
from grok2api.accounting.settlement import Settlement
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import Target
from grok2api.canonical.usage import End, Usage
from grok2api.config.settings import Settings
from grok2api.dialects.base import Answer, View
from grok2api.errors import Grok2ApiError, UpstreamError
from grok2api.gateway.chorus import Chorus, whole_chorus
from grok2api.gateway.orders import Order, Whole
from grok2api.kit.clock import ManualClock
from support.chat_turns import DIALECT, LEASE, PLAN, parsed
from support.memory_records import MemoryRecords

USAGE = Usage(input=10, output=2, cost_ticks=5)
BROKEN = UpstreamError("It broke.", status=502, code="upstream_error")
Step = bytes | Exception | End


@dataclass
class Script:
    """One voice: what it says, and how it ends. A step waits until it is let go."""

    steps: Sequence[Step]
    lease: Lease = LEASE
    target: Target = PLAN.targets[0]
    dropped: tuple[str, ...] = ()
    rescued: bool = False
    answer: Answer | None = None
    ended: End | None = None
    error: Grok2ApiError | None = None
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    settlement: Settlement | None = None
    said: int = 0

    def go(self, steps: int = 100) -> None:
        for _ in range(steps):
            self.gate.release()

    async def next(self) -> bytes | None:
        await self.gate.acquire()
        if self.ended is not None or self.said == len(self.steps):
            return None
        step = self.steps[self.said]
        self.said += 1
        if isinstance(step, bytes):
            return step
        if isinstance(step, Grok2ApiError):
            return self.fail(step)
        if isinstance(step, Exception):
            raise step
        if self.settlement is not None:
            self.settlement.used(USAGE)
        self.close(step)
        return None

    def fail(self, error: Grok2ApiError, end: End = "cut") -> bytes:
        self.close(end, error)
        return b"<error>"

    def close(self, end: End, error: Grok2ApiError | None = None) -> None:
        if self.ended is None:
            self.ended, self.error = end, error
            if self.settlement is not None:
                self.settlement.close(end=end, status=200)


class Stage:
    """Opens the voices of one request by their number."""

    def __init__(self, *scripts: Script | Grok2ApiError) -> None:
        self.scripts = scripts
        self.opened: list[int] = []
        clock = ManualClock()
        self.ledger = Ledger(MemoryRecords().usage, flush_seconds=0.0, max_queue=10)
        self.settlement = Settlement(
            ledger=self.ledger,
            prices=load(),
            clock=clock,
            request_id="req_1",
            key_id="key_1",
            operation="chat",
        )
        call = parsed({"n": len(scripts), "stream": True, "stream_options": {"include_usage": True}})
        self.order = Order(
            call=call,
            plan=PLAN,
            dialect=DIALECT,
            view=View(created=1),
            settlement=self.settlement,
            settings=Settings(),
        )

    async def open(self, order: Order) -> Script:
        script = await self._called(order)
        script.settlement = order.settlement
        return script

    async def whole(self, order: Order) -> Whole:
        script = await self._called(order)
        await script.gate.acquire()
        order.settlement.used(USAGE)
        order.settlement.close(end="completed", status=200)
        choice = b'{"index":%d}' % (order.view.choice or 0)
        return Whole(b'{"choices":[' + choice + b"]}", script.target, script.lease, script.dropped)

    async def _called(self, order: Order) -> Script:
        await asyncio.sleep(0)
        number = order.view.choice
        assert number is not None
        self.opened.append(number)
        script = self.scripts[number]
        if isinstance(script, Grok2ApiError):
            raise script
        order.settlement.attempt(script.lease, script.target)
        return script

    def voices(self) -> list[Script]:
        return [script for script in self.scripts if isinstance(script, Script)]


async def rest(chorus: Chorus) -> bytes:
    said = b""
    while (written := await chorus.next()) is not None:
        assert written
        said += written
    return said


async def test_what_is_said_goes_out_as_it_comes_and_ends_once() -> None:
    first, second = Script([b"a1", b"a2", "completed"]), Script([b"b1", "incomplete"])
    stage = Stage(first, second)
    second.go(1)
    chorus = await Chorus.open(stage, stage.order)
    assert await chorus.next() == b"b1"
    first.go(2)
    assert await chorus.next() == b"a1"
    assert await chorus.next() == b"a2"
    second.go()
    first.go()
    ending = await rest(chorus)
    assert ending.startswith(b'data: {"id":"chatcmpl-')
    assert b'"prompt_tokens":20' in ending
    assert ending.endswith(b"data: [DONE]\n\n")
    assert (chorus.ended, stage.settlement.end, stage.ledger.waiting) == ("incomplete", "incomplete", 1)
    assert (stage.settlement.usage, stage.settlement.attempts) == (USAGE + USAGE, 2)
    assert await chorus.next() is None


async def test_it_opens_with_the_first_that_begins() -> None:
    quiet, loud = (
        Script([b"never"], dropped=("b",)),
        Script([b"now"], target=Target("grok-4.3"), dropped=("a",)),
    )
    stage = Stage(quiet, loud)
    loud.go(1)
    chorus = await asyncio.wait_for(Chorus.open(stage, stage.order), 5)
    assert chorus.dropped == ("a", "b")
    assert chorus.target in {quiet.target, loud.target}
    chorus.close("client_gone")
    assert [voice.ended for voice in stage.voices()] == ["client_gone"] * 2
    assert (stage.settlement.end, stage.settlement.attempts) == ("client_gone", 2)


async def test_a_failure_before_the_first_byte_is_the_failure_of_all() -> None:
    other = Script([b"never"])
    stage = Stage(other, BROKEN, UpstreamError("Another.", status=503, code="overloaded"))
    with pytest.raises(UpstreamError) as caught:
        await Chorus.open(stage, stage.order)
    assert caught.value is BROKEN
    assert other.ended == "failed"
    assert not stage.settlement.closed, "the gateway settles it with the error"
    assert stage.settlement.attempts == 1


async def test_a_failure_afterwards_ends_the_stream_for_all() -> None:
    other, failing = Script([b"a1", b"never"]), Script([b"b1", BROKEN])
    stage = Stage(other, failing)
    other.go(1)
    chorus = await Chorus.open(stage, stage.order)
    failing.go()
    said = await rest(chorus)
    assert said == b"a1b1<error>"
    assert (other.ended, chorus.ended, chorus.error) == ("cut", "cut", BROKEN)
    assert stage.settlement.end == "cut"
    assert chorus.fail(BROKEN) == b""


async def test_one_that_cannot_begin_any_more_ends_the_stream_for_all() -> None:
    voices = [Script([b"x", "completed"]) for _ in range(4)]
    stage = Stage(*voices, BROKEN)
    voices[0].go()
    chorus = await Chorus.open(stage, stage.order)
    said = await rest(chorus)
    assert said.startswith(b"x")
    assert b'"code":"upstream_error"' in said
    assert b"[DONE]" not in said
    assert [voice.ended for voice in voices] == ["completed", "cut", "cut", "cut"]


async def test_four_are_under_way_at_a_time() -> None:
    stage = Stage(*(Script([b"x", "completed"]) for _ in range(10)))
    stage.voices()[0].go(1)
    chorus = await Chorus.open(stage, stage.order)
    assert stage.opened == [0, 1, 2, 3]
    stage.voices()[0].go()
    for voice in stage.voices()[1:]:
        voice.go()
    said = await rest(chorus)
    assert said.count(b"x") == 10
    assert sorted(stage.opened) == list(range(10))


async def test_what_nobody_foresaw_leaves_no_voice_alone() -> None:
    other, wrong = Script([b"a1"]), Script([b"b1", RuntimeError("a mistake")])
    stage = Stage(other, wrong)
    wrong.go(1)
    chorus = await Chorus.open(stage, stage.order)
    assert await chorus.next() == b"b1"
    wrong.go()
    with pytest.raises(RuntimeError):
        await chorus.next()
    assert (other.ended, wrong.ended) == ("failed", "failed")
    assert await chorus.next() is None


async def test_an_interrupted_read_can_still_be_told_why() -> None:
    stage = Stage(Script([b"a1"]), Script([b"b1"]))
    stage.voices()[0].go(1)
    chorus = await Chorus.open(stage, stage.order)
    assert await chorus.next() == b"a1"
    reading = asyncio.ensure_future(chorus.next())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert chorus.ended is None
    assert b'"code":"upstream_error"' in chorus.fail(BROKEN)
    assert [voice.ended for voice in stage.voices()] == ["cut", "cut"]


async def test_whole_answers_are_gathered_in_their_order() -> None:
    stage = Stage(*(Script([], dropped=(f"p{number}",)) for number in range(6)))
    for voice in reversed(stage.voices()):
        voice.go()
    answer = await whole_chorus(stage, stage.order)
    places = [answer.body.index(b'{"index":%d}' % number) for number in range(6)]
    assert places == sorted(places)
    assert answer.dropped == tuple(f"p{number}" for number in range(6))
    assert b'"prompt_tokens":60' in answer.body
    assert (stage.settlement.end, stage.settlement.attempts, stage.ledger.waiting) == ("completed", 6, 1)


async def test_one_whole_answer_that_fails_ends_the_others() -> None:
    stage = Stage(Script([]), BROKEN, Script([]))
    with pytest.raises(UpstreamError) as caught:
        await whole_chorus(stage, stage.order)
    assert caught.value is BROKEN
    assert not stage.settlement.closed
    assert stage.settlement.attempts == 2
