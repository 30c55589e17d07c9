"""Who owns a response in the background: one task, from the first moment to a settled end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load
from grok2api.accounting.settlement import Settlement
from grok2api.canonical.call import Caller
from grok2api.canonical.usage import End
from grok2api.config.settings import Settings
from grok2api.dialects.base import View
from grok2api.errors import Grok2ApiError, Overloaded, ShuttingDown, StorageError
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.contents.keeping import Contents
from grok2api.gateway.orders import Order
from grok2api.gateway.runs.background import BackgroundRuns, Begun
from support.runs_bench import RUN, Bench, Worker, closing, delta, opening

LATE = Grok2ApiError("It took too long.", code="upstream_timeout")
STOPPING = ShuttingDown("The server stops.")


class Exchange:
    """An answer that comes piece by piece, as a test puts it in."""

    def __init__(self, settlement: Settlement) -> None:
        self.pieces: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.settlement = settlement
        self.ended = ""

    async def next(self) -> bytes | None:
        piece = await self.pieces.get()
        if isinstance(piece, Exception):
            raise piece
        if piece is None:
            self.close("completed")
        return piece

    def fail(self, error: Grok2ApiError) -> bytes:
        self.close("cut", error)
        return b""

    def close(self, end: End, error: Grok2ApiError | None = None) -> None:
        self.ended = self.ended or end
        self.settlement.close(end=end, status=200, error_code=error.code if error else "")


class Told:
    """What is told of requests whose words are kept."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []

    def detach(self, request_id: str) -> None:
        self.heard.append(("detached", request_id))

    def answered(self, request_id: str, body: bytes) -> None:
        self.heard.append((request_id, msgspec.json.decode(body)["status"] if body else ""))


class Stage:
    """Background runs, one order, and the upstream that serves it."""

    def __init__(self, bench: Bench | None = None, *, deadline: float = 60.0) -> None:
        self.bench = bench or Bench()
        self.worker: Worker = self.bench.worker()
        self.ledger = Ledger(self.bench.records.usage, flush_seconds=0, max_queue=10)
        self.settlement = Settlement(
            ledger=self.ledger,
            prices=load(),
            clock=self.bench.clock,
            request_id="req_1",
            key_id="key_1",
            operation="responses",
        )
        self.exchange = Exchange(self.settlement)
        self.caller, self.contents = Caller("key_1", "somebody"), Told()
        self.runs = BackgroundRuns(
            gateway=cast(Gateway, self),
            archive=self.worker.archive,
            writer=self.worker.writer,
            contents=cast(Contents, self.contents),
        )
        self.inside = False
        self.hangs = asyncio.Event()
        settings = Settings()
        self.settings = msgspec.structs.replace(
            settings, grok=msgspec.structs.replace(settings.grok, deadline=deadline)
        )

    async def open(self, order: Order) -> Any:
        """Stand in for the gateway: hang while nothing was put in."""
        assert self.inside, "the place is held"
        if self.exchange.pieces.empty():
            await self.hangs.wait()
        return self.exchange

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        self.inside = True
        try:
            yield
        finally:
            self.inside = False

    async def start(self, *pieces: bytes | Exception | None) -> Begun:
        for piece in pieces:
            self.exchange.pieces.put_nowait(piece)
        order = Order(
            call=cast(Any, SimpleNamespace(caller=self.caller, request_id="req_1")),
            plan=cast(Any, None),
            dialect=cast(Any, None),
            view=View(created=0),
            settlement=self.settlement,
            settings=self.settings,
        )
        return await self.runs.start(order, self.place(), LATE)

    async def row(self) -> tuple[str, int, str]:
        """Return how the one row of the ledger ended."""
        await self.ledger.flush()
        (row,) = await self.bench.records.usage.recent(10)
        return row.end, row.status, row.error_code

    async def state(self) -> str:
        """Return how the run stands in the store once everything is written."""
        await self.worker.writer.run()
        record = await self.bench.records.runs.get(RUN)
        assert record is not None
        assert not self.inside, "the place is free"
        assert len(self.runs) == 0
        return record.state


async def over(begun: Begun) -> None:
    """Wait for the end, and let its task end too."""
    await begun.run.over.wait()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_a_response_goes_to_its_end_by_itself() -> None:
    stage = Stage()
    begun = await stage.start(opening(), delta(1))
    assert (begun.id, stage.inside, len(stage.runs)) == (RUN, True, 1)
    for piece in (closing(2), None):
        stage.exchange.pieces.put_nowait(piece)
    await over(begun)
    assert await stage.state() == "completed"
    assert await stage.row() == ("completed", 200, "")
    assert stage.contents.heard == [], "nothing of this key is kept"


async def test_the_words_of_a_key_that_keeps_them_are_told_at_the_end() -> None:
    stage = Stage()
    stage.caller = replace(stage.caller, content_hours=0)
    begun = await stage.start(opening(), delta(1))
    assert stage.contents.heard == [("detached", "req_1")]
    for piece in (closing(2), None):
        stage.exchange.pieces.put_nowait(piece)
    await over(begun)
    await stage.state()
    assert stage.contents.heard[1:] == [("req_1", "completed")]


async def test_a_cancelled_one_gives_everything_back() -> None:
    stage = Stage()
    begun = await stage.start(opening(), delta(1))
    assert await stage.runs.cancel(RUN)
    await over(begun)
    assert await stage.state() == "cancelled"
    assert await stage.row() == ("cancelled", 200, "")
    assert await stage.runs.cancel(RUN), "once more changes nothing"
    assert await stage.state() == "cancelled"
    assert not await stage.runs.cancel("unknown")


async def test_what_was_asked_in_the_store_cancels_it_too() -> None:
    stage = Stage()
    begun = await stage.start(opening())
    await stage.bench.records.runs.wish_cancel(RUN)
    await stage.worker.writer.run()
    await over(begun)
    assert await stage.state() == "cancelled"


async def test_leaving_before_there_is_an_id_gives_the_request_up() -> None:
    stage = Stage()
    waiting = asyncio.ensure_future(stage.start())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (len(stage.runs), stage.inside) == (0, False)
    assert await stage.row() == ("client_gone", 499, "")


async def test_leaving_before_anything_began_is_settled_too() -> None:
    stage = Stage()
    waiting = asyncio.ensure_future(stage.start())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert await stage.row() == ("client_gone", 499, "")


async def test_a_stop_fails_what_runs_and_what_waits() -> None:
    stage, begins = Stage(), Stage()
    begun = await stage.start(opening())
    waiting = asyncio.ensure_future(begins.start())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await stage.runs.close(STOPPING, seconds=0)
    await begins.runs.close(STOPPING, seconds=0)
    await over(begun)
    assert await stage.state() == "failed"
    assert await stage.row() == ("cut", 200, "server_shutting_down")
    with pytest.raises(ShuttingDown):
        await waiting
    assert await begins.row() == ("failed", 503, "server_shutting_down")


async def test_one_that_takes_too_long_fails() -> None:
    stage = Stage(deadline=0.05)
    begun = await stage.start(opening())
    await over(begun)
    assert await stage.state() == "failed"
    assert await stage.row() == ("cut", 200, "upstream_timeout")


async def test_a_fault_of_ours_never_leaves_a_response_without_an_end() -> None:
    stage = Stage()
    begun = await stage.start(opening(), delta(1))
    stage.exchange.pieces.put_nowait(LookupError("a fault of ours"))
    await over(begun)
    assert await stage.state() == "failed"
    body = msgspec.json.decode(await stage.runs.body(RUN) or b"")
    assert body["error"]["code"] == "server_error"
    assert (await stage.row())[0] == "failed"


async def test_what_cannot_be_kept_does_not_begin() -> None:
    stage = Stage()
    store = stage.bench.records.runs

    async def away(*_: object) -> None:
        raise StorageError("The store does not answer.")

    store.begin = away  # type: ignore[method-assign, assignment]
    with pytest.raises(StorageError):
        await stage.start(opening(), delta(1))
    await asyncio.sleep(0)
    assert (len(stage.runs), stage.inside, stage.exchange.ended) == (0, False, "failed")
    assert await stage.row() == ("failed", 503, "store_unavailable")


async def test_there_is_an_end_to_how_many_are_kept() -> None:
    bench = Bench(most=1)
    await bench.worker("worker_b").begun()
    stage = Stage(bench)
    with pytest.raises(Overloaded, match="background_runs"):
        await stage.start(opening())
    assert await stage.row() == ("refused", 429, "rate_limit_exceeded")
    bench.rules = replace(bench.rules, most=2)
    assert await stage.runs.body("unknown") is None
