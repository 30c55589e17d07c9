"""What is recorded is bounded, waits while the store is away, and goes if it is turned off meanwhile."""

from __future__ import annotations

import json

import pytest

from grok2api.errors import StorageError
from grok2api.gateway.contents.keeping import ContentRules, Contents
from grok2api.gateway.contents.recording import EVENTS, Bounds
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.contents import content_context, content_id
from support.memory_records import MemoryRecords

RING = KeyRing("a secret of thirty-two characters")
BOUNDS = Bounds(asked=100, answered=100, together=150, waiting=2)


class Kept:
    """A keeper of words, and a store."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self.records, self.clock, self.box = MemoryRecords(), ManualClock(), SecretBox(RING)
        self.hours: int | None = 2
        self.wants = True
        self.rules = ContentRules(hours=24, most_hours=48, limit=10_000)
        self.contents = Contents(
            self.records.contents,
            self.box,
            self.clock,
            rules=lambda: self.rules,
            hours=lambda _key_id: self.hours,
            wanted=self.wanted,
            bounds=bounds,
        )

    async def wanted(self, key_id: str) -> bool:
        assert key_id == "key_1"
        return self.wants

    def said(self, request_id: str, asked: bytes = b"{}", *answered: bytes, kind: str = EVENTS) -> None:
        recording = self.contents.begin(request_id=request_id, key_id="key_1", path="/v1/responses")
        recording.asked.add(asked)
        recording.answered.begins(kind)
        for piece in answered:
            recording.answered.add(piece)
        recording.close()

    def opened(self, request_id: str) -> dict[str, dict[str, object]]:
        row = self.records.contents.rows[content_id(request_id, "key_1")]
        opened: dict[str, dict[str, object]] = json.loads(
            self.box.open_bytes(row.content, content_context(row.id))
        )
        return opened


async def test_words_are_written_sealed_with_their_end() -> None:
    kept = Kept()
    kept.said("req_1", b'{"input":"hi"}', b'{"text":"yes"}', kind="application/json")
    await kept.contents.flush()
    (row,) = kept.records.contents.rows.values()
    assert (row.request_id, row.expires_at - row.created_at) == ("req_1", 7200.0)
    assert "yes" not in row.content
    opened = kept.opened("req_1")
    assert opened["request"]["body"] == {"input": "hi"}
    assert opened["answer"]["body"] == {"text": "yes"}
    kept.said("req_2", b"{}", b"\xff\x00", kind="audio/mpeg")
    await kept.contents.flush()
    assert kept.opened("req_2")["answer"] == {
        "kind": "audio/mpeg", "size": 2, "cut": True, "omitted": 0, "body": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "most", "span"), [(0, 48, 24), (2, 48, 2), (72, 48, 48), (2, 0, 0), (None, 48, 0)]
)
def test_the_settings_bound_what_a_key_says(hours: int | None, most: int, span: int) -> None:
    assert ContentRules(hours=24, most_hours=most, limit=1).span(hours) == span * 3600.0


async def test_whoever_turns_it_off_has_turned_it_off_also_for_what_waits() -> None:
    kept = Kept()
    kept.said("req_1")
    kept.hours = None
    kept.said("req_2")
    await kept.contents.flush()
    assert kept.records.contents.rows == {}


async def test_what_the_store_says_of_a_key_counts_before_this_worker_has_heard_of_it() -> None:
    kept = Kept()
    kept.wants = False
    kept.said("req_1")
    await kept.contents.flush()
    assert kept.records.contents.rows == {}
    kept.wants = True
    kept.said("req_2")
    await kept.contents.flush()
    assert len(kept.records.contents.rows) == 1


async def test_what_there_is_no_room_for_is_cut_and_room_is_given_back() -> None:
    kept = Kept()
    kept.said("req_1", b"a" * 90, b"data: 1\n\n", b"b" * 80, b"data: 2\n\n")
    kept.said("req_2", b"c" * 90)
    kept.said("req_3")
    assert kept.contents.dropped == 1, "too many wait"
    await kept.contents.flush()
    assert kept.opened("req_1")["answer"]["cut"] is True, "what follows a gap is not held"
    assert kept.opened("req_2")["request"]["cut"] is True, "there was no room"
    kept.said("req_4", b'"' + b"d" * 90 + b'"')
    await kept.contents.flush()
    assert kept.opened("req_4")["request"] == {
        "kind": "application/json", "size": 92, "cut": False, "omitted": 0, "body": "d" * 90
    }  # fmt: skip


async def test_words_wait_while_the_store_is_away() -> None:
    kept = Kept()
    kept.said("req_1")
    kept.records.revisions.away = True
    with pytest.raises(StorageError):
        await kept.contents.flush()
    kept.records.revisions.away = False
    assert await kept.contents.close() == 0
    assert len(kept.records.contents.rows) == 1


@pytest.mark.parametrize("first", ["connection", "answer"])
async def test_an_answer_beside_its_connection_is_told_when_it_is_there(first: str) -> None:
    kept = Kept()
    recording = kept.contents.begin(request_id="req_1", key_id="key_1", path="/v1/responses")
    recording.asked.add(b"{}")
    kept.contents.detach("req_1")
    if first == "connection":
        recording.close()
        await kept.contents.flush()
        assert not kept.records.contents.rows
    kept.contents.answered("req_1", b'{"output":[]}')
    recording.answered.add(b"data: late")
    recording.close()
    await kept.contents.flush()
    assert kept.opened("req_1")["answer"]["body"] == {"output": []}


async def test_a_response_that_never_began_keeps_what_its_client_got() -> None:
    kept = Kept()
    recording = kept.contents.begin(request_id="req_1", key_id="key_1", path="/v1/responses")
    kept.contents.detach("req_1")
    kept.contents.answered("req_1", b"")
    recording.answered.settle(b'{"error":{}}')
    recording.close()
    await kept.contents.flush()
    assert kept.opened("req_1")["answer"]["body"] == {"error": {}}
