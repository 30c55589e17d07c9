"""What is heard costs what it costs, once; sounds within conversations are calls of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import pytest

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load
from grok2api.accounting.settlement import Settlement
from grok2api.canonical.call import Caller
from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.plan import Target
from grok2api.config.settings import Settings
from grok2api.errors import Grok2ApiError, InvalidRequest, Unsupported, UpstreamError
from grok2api.gateway.media_calls import Made, MediaCalls, MediaErrand
from grok2api.gateway.sound import SoundCalls
from grok2api.gateway.transcriber import Transcriber
from grok2api.gateway.upstreams import Upstream
from grok2api.kit.clock import ManualClock
from grok2api.storage.records import UsageRecord
from grok2api.upstream.base import WholeReply
from support.chat_turns import LEASE
from support.memory_records import MemoryRecords

WAVE = b"RIFF\x24\x00\x00\x00WAVEfmt "
CALLER = Caller("key_1", "somebody", models=frozenset({"grok-4"}))
HEARD = b'{"text":"so be it","duration":36.0}'


@dataclass
class OneEar:
    """Sends each call to the only credential there is."""

    content: bytes = HEARD
    error: Grok2ApiError | None = None
    hangs: bool = False
    sent: list[tuple[MediaErrand, Dispatch]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def whole(self, errand: MediaErrand) -> Made:
        target = Target("", surface="transcripts")
        dispatch = errand.translate(target, LEASE)
        self.sent.append((errand, dispatch))
        self.asked.set()
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return Made(WholeReply(200, "upstream-id", self.content), target, LEASE, dispatch)


@dataclass
class House:
    """A transcriber on one ear, and its ledger."""

    ear: OneEar
    records: MemoryRecords = field(default_factory=MemoryRecords)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.records.usage, flush_seconds=0.0, max_queue=10)
        begin: Callable[..., Settlement] = partial(
            Settlement, ledger=self.ledger, prices=load(), clock=ManualClock()
        )
        self.calls = calls = SoundCalls(
            media=cast(MediaCalls, self.ear), upstream=cast(Upstream, None), price=lambda: load().sound
        )
        self.transcriber = Transcriber(calls=calls, begin=begin)

    async def hear(self, sound: bytes = WAVE, declared: str = "wav", **more: Any) -> str:
        asked: dict[str, Any] = {
            "caller": CALLER,
            "request_id": "req_1",
            "settings": Settings(),
            "param": "messages[0].content[1]",
        }
        return await self.transcriber.text_of(sound, declared, **(asked | more))

    async def rows(self) -> list[UsageRecord]:
        await self.ledger.flush()
        return list(self.records.usage.rows.values())


async def test_the_text_of_a_sound_is_heard_by_a_call_of_its_own() -> None:
    house = House(OneEar())
    assert await house.hear() == "so be it"
    (row,) = await house.rows()
    assert (row.operation, row.model, row.key_id) == ("transcription", "stt", "key_1")
    assert row.request_id.startswith("req_1.stt.")
    assert (row.status, row.end, row.usage_source, row.cost_ticks) == (
        200,
        "completed",
        "estimated",
        10_000_000,
    )
    ((errand, dispatch),) = house.ear.sent
    assert errand.plan.repeatable
    assert (dispatch.method, dispatch.path) == ("POST", "/stt")
    assert dispatch.upload is not None
    content = b"".join([chunk async for chunk in dispatch.upload.chunks()])
    assert len(content) == dispatch.upload.length
    assert b'filename="audio.wav"\r\nContent-Type: audio/wav\r\n\r\n' + WAVE in content


async def test_two_sounds_of_one_request_are_two_rows() -> None:
    house = House(OneEar())
    await house.hear()
    await house.hear()
    assert len(await house.rows()) == 2


async def test_what_upstream_says_that_it_cost_is_what_it_cost() -> None:
    house = House(OneEar(b'{"text":"","duration":36.0,"usage":{"cost_in_usd_ticks":7}}'))
    assert await house.hear() == ""
    (row,) = await house.rows()
    assert (row.usage_source, row.cost_ticks) == ("upstream", 7)


@pytest.mark.parametrize(
    ("sound", "error"), [(b"", InvalidRequest), (b"FORM\x00\x00\x00\x00AIFF", Unsupported)]
)
async def test_what_cannot_be_heard_is_told_by_its_place_and_never_sent(
    sound: bytes, error: type[Grok2ApiError]
) -> None:
    house = House(OneEar())
    with pytest.raises(error) as refused:
        await house.hear(sound)
    assert refused.value.param == "messages[0].content[1]"
    assert house.ear.sent == []
    assert await house.rows() == []


async def test_an_answer_that_cannot_be_read_is_paid_no_second_time() -> None:
    house = House(OneEar(b'{"something":"else"}'))
    with pytest.raises(UpstreamError) as failed:
        await house.hear()
    assert failed.value.status == 502
    assert len(house.ear.sent) == 1
    (row,) = await house.rows()
    assert (row.end, row.status, row.usage_source) == ("failed", 502, "none")


async def test_an_answer_that_is_handed_on_need_not_be_understood() -> None:
    house = House(OneEar(b'{"channels":[]}'))
    with pytest.raises(UpstreamError):
        await house.hear()
    ((errand, _),) = house.ear.sent
    heard = await house.calls.hear(errand, as_is=True)
    assert heard.made.reply.content == b'{"channels":[]}'
    assert heard.transcript.text == ""


async def test_a_failure_is_settled_as_what_it_is() -> None:
    house = House(OneEar(error=UpstreamError("No.", status=429, code="rate_limit_exceeded")))
    with pytest.raises(UpstreamError):
        await house.hear()
    (row,) = await house.rows()
    assert (row.end, row.status, row.error_code) == ("failed", 429, "rate_limit_exceeded")


async def test_a_request_that_is_left_leaves_its_sounds() -> None:
    house = House(OneEar(hangs=True))
    task = asyncio.ensure_future(house.hear())
    await house.ear.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (row,) = await house.rows()
    assert (row.end, row.status) == ("client_gone", 499)


async def test_what_nobody_knows_goes_under_the_name_that_the_client_gave() -> None:
    house = House(OneEar())
    await house.hear(b"no sound that anybody knows", "PCM16")
    ((_, dispatch),) = house.ear.sent
    assert dispatch.upload is not None
    content = b"".join([chunk async for chunk in dispatch.upload.chunks()])
    assert b'filename="audio.pcm16"' in content
