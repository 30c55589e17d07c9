"""Conversations are kept sealed and off the path of a request, and told only whole."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from typing_extensions import override

from grok2api.canonical.call import Call, Caller
from grok2api.canonical.transcript import TurnItems
from grok2api.dialects.base import Answer
from grok2api.errors import StorageError
from grok2api.gateway.transcripts import Bounds, ConversationLost, Transcripts, packed, row_id, unpacked
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.records import Transcript
from support.calls import make_call
from support.memory_records import MemoryRecords
from support.memory_sealed_rows import MemorySealedRows

HOUR = 3600.0
OWNER = Caller("key_1", "test", rescue=HOUR)
OTHER = Caller("key_2", "other", rescue=HOUR)
NOT_OPTED_IN = Caller("key_1", "test")


UNKEPT: list[dict[str, str]] = [{"said": "unkept"}]
UNREADABLE: list[dict[str, str]] = [{"said": "unreadable"}]


def read(call: Call, answer: Answer) -> TurnItems | None:
    """Return what the answer says it says, but for one that nobody can go on from, and one that is broken."""
    if answer.output == UNKEPT:
        return None
    if answer.output == UNREADABLE:
        raise ValueError
    items = tuple(msgspec.Raw(msgspec.json.encode(each)) for each in answer.output)
    return TurnItems(call.continues or "", items)


class House:
    """Transcripts over a store in memory."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.records, self.clock = MemoryRecords(), ManualClock()
        self.bounds = bounds
        self.transcripts = self.worker()

    def worker(self) -> Transcripts:
        box = SecretBox(KeyRing("s" * 32))
        return Transcripts(self.records.transcripts, box, self.clock, read=read, bounds=self.bounds)

    def keep(self, name: str, previous: str | None, caller: Caller = OWNER) -> None:
        call = replace(make_call("grok-4", dialect="responses", caller=caller), continues=previous)
        self.transcripts.keep(call, Answer(name, [{"said": name}]))

    async def chain(self, length: int) -> str:
        """Keep a conversation; return the id of its last response."""
        for number in range(length):
            self.keep(f"resp_{number}", f"resp_{number - 1}" if number else None)
        await self.transcripts.flush()
        return f"resp_{length - 1}"

    async def told(self, name: str, caller: Caller = OWNER) -> list[str]:
        items = await self.transcripts.history(name, caller)
        return [msgspec.json.decode(item)["said"] for item in items]


async def test_a_conversation_is_told_from_its_beginning() -> None:
    house = House()
    last = await house.chain(5)
    assert len(house.records.transcripts.rows) == 5, "a row for each turn, however long it becomes"
    assert await house.told(last) == [f"resp_{number}" for number in range(5)]
    assert await house.told("resp_1") == ["resp_0", "resp_1"]


async def test_what_waits_for_the_store_can_be_told_already() -> None:
    house = House()
    house.keep("resp_0", None)
    house.keep("resp_1", "resp_0")
    assert await house.told("resp_1") == ["resp_0", "resp_1"]
    assert house.records.transcripts.rows == {}


class Late(MemorySealedRows[Transcript]):
    """A store that lacks a row until somebody has asked for it."""

    late: Transcript | None = None

    @override
    async def get(self, identifier: str) -> Transcript | None:
        found = await super().get(identifier)
        if found is None and self.late is not None:
            self.rows[self.late.id] = self.late
        return found


async def test_another_worker_is_waited_for_a_moment() -> None:
    house = House()
    last = await house.chain(2)
    late = house.records.transcripts = Late(house.records.revisions)
    house.transcripts, written = house.worker(), late.rows
    await house.chain(2)
    late.late = written.pop(row_id("key_1", last))
    assert await house.told(last) == ["resp_0", "resp_1"]


@pytest.mark.parametrize("gap", [0, 2, 4], ids=["beginning", "middle", "end"])
async def test_a_gap_loses_it(gap: int) -> None:
    house = House()
    last = await house.chain(5)
    await house.transcripts.forget(f"resp_{gap}", OWNER)
    with pytest.raises(ConversationLost):
        await house.told(last)


async def test_what_was_deleted_while_it_waited_is_never_written() -> None:
    house = House()
    house.keep("resp_0", None)
    await house.transcripts.forget("resp_0", OWNER)
    await house.transcripts.flush()
    assert house.records.transcripts.rows == {}


async def test_a_circle_loses_it() -> None:
    house = House()
    house.keep("resp_0", "resp_1")
    house.keep("resp_1", "resp_0")
    with pytest.raises(ConversationLost, match="itself"):
        await house.told("resp_1")


async def test_what_has_expired_is_lost_before_it_is_forgotten() -> None:
    house = House()
    await house.chain(1)
    house.clock.advance(HOUR / 2)
    house.keep("resp_1", "resp_0")
    await house.transcripts.flush()
    assert await house.told("resp_1") == ["resp_0", "resp_1"]
    house.clock.advance(HOUR / 2)
    with pytest.raises(ConversationLost, match="expired"):
        await house.told("resp_1")
    assert len(house.records.transcripts.rows) == 2


@pytest.mark.parametrize(
    "bounds", [Bounds(turns=3), Bounds(conversation_bytes=60)], ids=["too many turns", "too long"]
)
async def test_a_conversation_has_an_end(bounds: Bounds) -> None:
    house = House(bounds)
    await house.chain(4)
    assert len(await house.told("resp_2")) == 3
    with pytest.raises(ConversationLost):
        await house.told("resp_3")


async def test_nobody_else_is_told() -> None:
    house = House()
    last = await house.chain(2)
    with pytest.raises(ConversationLost):
        await house.told(last, OTHER)


async def test_a_row_opens_in_its_own_place_only() -> None:
    house = House()
    await house.chain(2)
    rows = house.records.transcripts.rows
    first, second = row_id("key_1", "resp_0"), row_id("key_1", "resp_1")
    rows[first] = replace(rows[first], content=rows[second].content)
    with pytest.raises(ConversationLost, match="open"):
        await house.told("resp_1")
    assert all("said" not in row.content and "resp_" not in row.content for row in rows.values())


async def test_a_key_that_did_not_opt_in_is_not_kept() -> None:
    house = House()
    house.keep("resp_0", None, NOT_OPTED_IN)
    await house.transcripts.flush()
    assert house.records.transcripts.rows == {}


async def test_its_own_retention_ends_a_row() -> None:
    house = House()
    house.keep("resp_0", None, Caller("key_1", "test", rescue=7 * HOUR))
    await house.transcripts.flush()
    (row,) = house.records.transcripts.rows.values()
    assert (row.key_id, row.expires_at - row.created_at) == ("key_1", 7 * HOUR)


@pytest.mark.parametrize("output", [UNKEPT, UNREADABLE])
async def test_what_cannot_be_kept_is_left_out_and_stops_nothing(output: list[dict[str, str]]) -> None:
    house = House()
    house.transcripts.keep(make_call("grok-4", caller=OWNER), Answer("resp_0", output))
    with pytest.raises(ConversationLost):
        await house.told("resp_0")
    house.keep("resp_1", None)
    await house.transcripts.flush()
    assert list(house.records.transcripts.rows) == [row_id("key_1", "resp_1")]


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [(Bounds(waiting=2), 2), (Bounds(waiting_bytes=5), 2), (Bounds(row_bytes=20), 0)],
    ids=["too many", "too many bytes", "too large a row"],
)
async def test_too_much_is_dropped_and_counted(bounds: Bounds, kept: int) -> None:
    house = House(bounds)
    await house.chain(3)
    assert len(house.records.transcripts.rows) == kept
    assert house.transcripts.dropped == 3 - kept
    house.keep("resp_9", None)
    await house.transcripts.flush()
    assert len(house.records.transcripts.rows) == kept + (kept > 0), "there is room again"


async def test_a_store_that_is_away_loses_nothing_and_is_tried_again() -> None:
    house = House()
    house.records.revisions.away = True
    house.keep("resp_0", None)
    with pytest.raises(StorageError):
        await house.transcripts.flush()
    assert await house.told("resp_0") == ["resp_0"]
    house.records.revisions.away = False
    assert await house.transcripts.close() == 0
    assert len(house.records.transcripts.rows) == 1


async def test_saying_it_twice_keeps_it_once() -> None:
    house = House()
    await house.chain(1)
    await house.chain(1)
    assert len(house.records.transcripts.rows) == 1


def test_a_turn_is_packed_and_unpacked() -> None:
    turn = TurnItems("resp_0", (msgspec.Raw(b'{"a":"\xe7\x81\xb5"}'), msgspec.Raw(b'{"b":1}')))
    assert unpacked(packed(turn)) == turn
    for wrong in (b"", b"{}", packed(turn)[:-3]):
        with pytest.raises(ValueError, match=r"unpacked|JSON|required"):
            unpacked(wrong)


async def test_a_rebuilt_conversation_that_waits_is_counted() -> None:
    house = House(Bounds(waiting_bytes=100))
    long = (msgspec.Raw(b'"%b"' % (b"x" * 90)),)
    call = replace(make_call("grok-4", dialect="responses", caller=OWNER), history=long)
    for name in ("resp_0", "resp_1"):
        house.transcripts.keep(call, Answer(name, [{"said": name}]))
    assert house.transcripts.dropped == 1
