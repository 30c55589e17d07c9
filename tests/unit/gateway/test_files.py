"""Files: none is given out that is not written down, and a list holds what can be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load
from grok2api.accounting.settlement import Settlement
from grok2api.canonical.amendments import UNAMENDED
from grok2api.canonical.call import Caller
from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.fault import Fault, FaultKind
from grok2api.canonical.plan import Demand
from grok2api.config.settings import Settings
from grok2api.dialects.file_ids import seal_file
from grok2api.dialects.files.listing import WantedFiles
from grok2api.dialects.files.request import NewFile
from grok2api.errors import (
    Grok2ApiError,
    InvalidRequest,
    ModelNotFound,
    NoCredential,
    NotFound,
    StorageError,
    UpstreamError,
)
from grok2api.gateway.files import Asking, Files
from grok2api.gateway.media_calls import Made, MediaCalls, MediaErrand
from grok2api.gateway.upstreams import Upstream
from grok2api.kit.clock import ManualClock
from grok2api.kit.multipart import InMemory
from grok2api.kit.sealedid import SealedIds
from grok2api.pool.pool import Pool
from grok2api.storage.files import FileStore
from grok2api.upstream.base import UpstreamFault, WholeReply
from support.calls import make_call
from support.chat_turns import LEASE
from support.faults import make_fault
from support.memory_records import MemoryRecords

GONE = UpstreamError("gone", status=404, code="not_found")


@dataclass
class House:
    """Files on a store in memory, with an upstream that is played."""

    records: MemoryRecords = field(default_factory=MemoryRecords)
    clock: ManualClock = field(default_factory=ManualClock)
    ids: SealedIds = field(default_factory=lambda: SealedIds(bytes(64)))
    sent: list[MediaErrand] = field(default_factory=list)
    answers: list[bytes | Grok2ApiError] = field(default_factory=list)
    away: set[bytes] = field(default_factory=set)
    made: int = 0
    store: FileStore | None = None

    @property
    def files(self) -> Files:
        return Files(
            calls=cast(MediaCalls, self),
            upstream=cast(Upstream, self),
            pool=cast(Pool, self),
            store=self.store or self.records.files,
            ids=self.ids,
            clock=self.clock,
        )

    def may_serve(self, demand: Demand) -> bool:
        return demand.account_pin not in self.away

    def unreadable_stream(self, reason: str) -> Fault:
        return make_fault(FaultKind.BROKEN_STREAM, detail=reason)

    async def whole(self, errand: MediaErrand, *, check: Callable[[WholeReply], None] | None = None) -> Made:
        self.sent.append(errand)
        dispatch = errand.translate(errand.plan.targets[0], LEASE, UNAMENDED)
        answer = self.answers.pop(0) if self.answers else self._kept()
        if isinstance(answer, Grok2ApiError):
            raise answer
        reply = WholeReply(200, "", answer)
        if check is not None:
            check(reply)
        return Made(reply, errand.plan.targets[0], LEASE, dispatch)

    def _kept(self) -> bytes:
        self.made += 1
        return json.dumps({"id": f"file_{self.made}", "object": "file", "bytes": 5, "created_at": 7}).encode()

    @property
    def paths(self) -> list[tuple[str, str]]:
        return [(sent.method, sent.path) for sent in map(dispatch_of, self.sent)]

    def asking(self, key: str = "key_1") -> Asking:
        settlement = Settlement(
            ledger=Ledger(self.records.usage, flush_seconds=0, max_queue=10),
            prices=load(),
            clock=self.clock,
            request_id="req_1",
            key_id=key,
            operation="files.create",
        )
        call = make_call("", caller=Caller(key, "test"))
        return Asking(call=call, settlement=settlement, settings=Settings())

    async def create(self, *, key: str = "key_1", seconds: int | None = None, purpose: str = "batch") -> str:
        self.clock.advance(1)
        new = NewFile(
            filename="a.txt",
            content_type="text/plain",
            purpose=purpose,
            seconds=seconds,
            source=InMemory(b"hello"),
        )
        return (await self.files.create(self.asking(key), new)).public_id

    async def listed(self, *, key: str = "key_1", **wanted: Any) -> list[str]:
        files, _ = await self.files.list(Caller(key, "test"), WantedFiles(**wanted))
        return [file.public_id for file in files]


def dispatch_of(errand: MediaErrand) -> Dispatch:
    return errand.translate(errand.plan.targets[0], LEASE, UNAMENDED)


async def test_an_upload_is_for_one_time_and_for_files() -> None:
    house = House()
    await house.create()
    (errand,) = house.sent
    assert (errand.plan.repeatable, errand.call.account_pin) == (False, None)
    assert errand.plan.targets[0].surface == "files"
    assert dispatch_of(errand).repeatable is False


async def test_a_file_expires_when_it_was_to_whatever_upstream_says_of_it() -> None:
    house = House()
    kept, short = await house.create(), await house.create(seconds=3600)
    house.clock.advance(3599)
    assert await house.listed() == [short, kept]
    house.clock.advance(1)
    assert await house.listed() == [kept]


async def test_a_file_that_cannot_be_written_down_is_taken_back() -> None:
    house = House()
    house.records.revisions.away = True
    with pytest.raises(StorageError):
        await house.create()
    assert house.paths == [("POST", "/files"), ("DELETE", "/files/file_1")]
    assert house.sent[1].call.account_pin == SealedIds.account_hash(LEASE.account_id)


async def test_what_cannot_be_taken_back_either_is_still_the_store_s_failure() -> None:
    house = House()
    house.records.revisions.away = True
    house.answers = [house._kept(), UpstreamError("down")]
    with pytest.raises(StorageError):
        await house.create()


async def test_a_client_that_leaves_at_the_last_moment_finds_its_file_in_the_list() -> None:
    house, reached, free = House(), asyncio.Event(), asyncio.Event()
    put = house.records.files.put

    class Slow:
        async def put(self, record: Any) -> None:
            reached.set()
            await free.wait()
            await put(record)

        def __getattr__(self, name: str) -> Any:
            return getattr(house.records.files, name)

    house.store = cast(FileStore, Slow())
    new = NewFile(filename="a", content_type="", purpose="batch", seconds=None, source=InMemory(b"x"))
    creating = asyncio.ensure_future(house.files.create(house.asking(), new))
    await reached.wait()
    creating.cancel()
    await asyncio.sleep(0)
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await creating
    house.store = None
    assert len(await house.listed()) == 1


@pytest.mark.parametrize("answer", [b"{}", b'{"id":""}', b"[1]", b'{"id":"%b"}' % (b"x" * 300), b'{"id":1}'])
async def test_an_answer_that_names_no_file_is_none(answer: bytes) -> None:
    house = House(answers=[answer])
    with pytest.raises(UpstreamFault):
        await house.create()
    assert await house.listed() == []


async def test_that_nobody_may_keep_files_is_not_told_as_a_missing_model() -> None:
    house = House(answers=[ModelNotFound("No upstream account may serve this model.", param="model")])
    with pytest.raises(NoCredential, match="keep files"):
        await house.create()


async def test_a_list_leaves_out_accounts_that_cannot_be_reached_and_still_fills_its_pages() -> None:
    house = House()
    made = [await house.create() for _ in range(5)]
    for row in list(house.records.files.rows.values())[1:4]:
        house.records.files.rows[row.id] = replace(row, account="ff" * 8)
    house.away = {b"\xff" * 8}
    files, more = await house.files.list(Caller("key_1", "test"), WantedFiles(limit=2))
    assert ([file.public_id for file in files], more) == ([made[4], made[0]], False)
    files, more = await house.files.list(Caller("key_1", "test"), WantedFiles(limit=1))
    assert ([file.public_id for file in files], more) == ([made[4]], True)


async def test_a_page_may_begin_behind_a_file_that_is_deleted_but_not_behind_another_key_s() -> None:
    house = House()
    made = [await house.create() for _ in range(3)]
    theirs = await house.create(key="key_2")
    await house.files.delete(house.asking(), made[1])
    assert await house.listed(after=made[1]) == [made[0]]
    for cursor in (theirs, "file-x", seal_file(house.ids, account="a", owner="key_1", upstream_id="unknown")):
        with pytest.raises(InvalidRequest, match="after"):
            await house.listed(after=cursor)


async def test_a_deletion_whose_answer_was_lost_is_a_deletion() -> None:
    house = House()
    made = await house.create()
    asking = house.asking()
    asking.settlement.attempt(LEASE, house.sent[0].plan.targets[0])
    house.answers = [GONE]
    with pytest.raises(NotFound):
        await house.files.delete(asking, made)
    made = await house.create()
    for _ in range(2):
        asking.settlement.attempt(LEASE, house.sent[0].plan.targets[0])
    house.answers = [GONE]
    await house.files.delete(asking, made)
    assert await house.listed() == []


async def test_an_account_that_left_keeps_its_files_in_the_book() -> None:
    house = House()
    made = await house.create()
    for error in (NotFound("left"), NoCredential("disabled")):
        house.answers = [error]
        with pytest.raises(NotFound, match=made):
            await house.files.delete(house.asking(), made)
    assert await house.listed() == [made]


async def test_a_file_that_only_upstream_knows_is_told_by_upstream() -> None:
    house = House()
    public_id = seal_file(house.ids, account="acct_1", owner="key_1", upstream_id="file_99")
    house.answers = [
        b'{"id":"file_99","object":"file","bytes":3,"created_at":9,"filename":"b.txt","purpose":""}'
    ]
    file = await house.files.retrieve(house.asking(), public_id)
    assert (file.public_id, file.filename, file.size, file.purpose) == (public_id, "b.txt", 3, "user_data")
    assert house.sent[0].call.account_pin == SealedIds.account_hash("acct_1")


async def test_an_id_of_upstream_cannot_leave_its_place_in_the_path() -> None:
    house = House()
    public_id = seal_file(house.ids, account="acct_1", owner="key_1", upstream_id="../models?x=/y")
    await house.files.retrieve(house.asking(), public_id)
    assert house.paths == [("GET", "/files/..%2Fmodels%3Fx%3D%2Fy")]
