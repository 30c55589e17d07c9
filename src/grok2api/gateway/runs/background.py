"""Carries responses out in the background: each in a task of its own, which nobody ends but what began it.

From the first moment the task owns the request: its place among those served at once, its credential, its
row in the ledger. Whoever asked may leave as soon as there is an id; before that, leaving gives the request
up, because nobody could ever ask for it. Must never outlive `close`, and must never end a stream without
saying how it ended.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from grok2api.canonical.usage import End
from grok2api.errors import Grok2ApiError, Overloaded, internal_error
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.contents.keeping import Contents
from grok2api.gateway.exchange import OpenAnswer
from grok2api.gateway.orders import Order
from grok2api.gateway.runs.archive import RunArchive, lost_error, run_id
from grok2api.gateway.runs.following import Follower
from grok2api.gateway.runs.live import Run
from grok2api.gateway.runs.writer import RunWriter
from grok2api.observability.logging import get_logger

Place = AbstractAsyncContextManager[None]

_LOOK_SECONDS: Final = 0.1
_LOOKS: Final = 50
"""How often it is looked whether another worker has ended a response."""
_LAST_TRIES: Final = 4
_LAST_PAUSE: Final = 0.5
_BUSY_AGAIN: Final = 5.0

_log = get_logger("grok2api.runs")


@dataclass(frozen=True, slots=True)
class Begun:
    """A background response that has its id."""

    id: str
    """Under which it is kept."""
    run: Run
    exchange: OpenAnswer


class _Work:
    """What one task carries out, and why it was interrupted."""

    def __init__(self, order: Order, place: Place, late: Grok2ApiError, run: Run) -> None:
        self.order = order
        self.place = place
        self.late = late
        self.run = run
        self.begun: asyncio.Future[Begun] = asyncio.get_running_loop().create_future()
        self.exchange: OpenAnswer | None = None
        self.task: asyncio.Task[None] | None = None
        self.error: Grok2ApiError | None = None
        self.stopped = False

    def stop(self, error: Grok2ApiError | None) -> None:
        """End the response: as failed with an error, or as cancelled."""
        if not self.stopped and not self.run.over.is_set() and self.task is not None:
            self.stopped, self.error = True, error
            self.task.cancel()


class BackgroundRuns:
    """The background responses of this worker, and the sight of everybody's.

    Args:
        gateway: Answers calls.
        archive: Where all are kept.
        writer: Keeps those of this worker.
        contents: Told how requests ended whose words are kept.
    """

    def __init__(
        self, *, gateway: Gateway, archive: RunArchive, writer: RunWriter, contents: Contents
    ) -> None:
        self._gateway = gateway
        self._contents = contents
        self._archive = archive
        self._writer = writer
        self._works: set[_Work] = set()
        self.follower = Follower(archive, writer)

    def __len__(self) -> int:
        return len(self._works)

    async def start(self, order: Order, place: Place, late: Grok2ApiError) -> Begun:
        """Begin a response, and return it once it has its id.

        The request is settled here, however it ends; if whoever waits is cancelled, it is given up.

        Args:
            order: What is asked.
            place: A place among the requests served at once; held until the end.
            late: The error of a response that took too long.

        Raises:
            Grok2ApiError: it did not begin.
        """
        work = _Work(order, place, late, Run(self._archive.recording(), limit=self._archive.rules().limit))
        if order.call.caller.content_hours is not None:
            self._contents.detach(order.call.request_id)
        work.task = asyncio.get_running_loop().create_task(self._carry(work))
        self._works.add(work)
        work.task.add_done_callback(lambda task: self._ended(work, task))
        try:
            return await asyncio.shield(work.begun)
        except asyncio.CancelledError:
            work.task.cancel()
            raise

    async def body(self, identifier: str) -> bytes | None:
        """Return a response object as it stands; None if it is not kept, or only upstream has it.

        Raises:
            StorageError: the store did not answer, or it does not open here.
        """
        run = self._writer.find(identifier)
        if run is not None:
            return run.recording.body()
        record = await self._archive.find(identifier)
        return None if record is None else await self._archive.body(record)

    async def cancel(self, identifier: str) -> bool:
        """End a response, whoever carries it out; one that is over stays as it is. Tell whether it is kept.

        Raises:
            StorageError: the store did not answer.
        """
        work = next((each for each in self._works if _carries(each, identifier)), None)
        if work is not None:
            work.stop(None)
            await work.run.over.wait()
            await self._writer.run()
            return True
        await self._archive.store.wish_cancel(identifier)
        for _ in range(_LOOKS):
            record = await self._archive.find(identifier)
            if record is None or record.state != "running":
                return record is not None
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    def stop_request(self, request_id: str, error: Grok2ApiError) -> bool:
        """End the response that a request of this worker asked for; tell whether there is one."""
        found = [work for work in self._works if work.order.settlement.request_id == request_id]
        for work in found:
            work.stop(error)
        return bool(found)

    async def forget(self, identifier: str) -> None:
        """Delete what is kept of a response that is over.

        Raises:
            StorageError: the store did not answer.
        """
        await self._writer.run()
        await self._archive.store.delete(identifier)

    def stop_all(self, error: Grok2ApiError) -> int:
        """End what still runs as failed; return how many."""
        works = list(self._works)
        for work in works:
            work.stop(error)
        return len(works)

    async def close(self, error: Grok2ApiError, *, seconds: float) -> None:
        """Let what runs finish for a while, end the rest as failed, and write how everything ended."""
        tasks = [work.task for work in self._works if work.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
            self.stop_all(error)
            await asyncio.wait(tasks)
        for _ in range(_LAST_TRIES):
            if not await self._writer.close():
                return
            await asyncio.sleep(_LAST_PAUSE)
        _log.error("background responses not kept to their end", runs=await self._writer.close())

    async def _carry(self, work: _Work) -> None:
        """Carry a response out, and tell how it ended."""
        settings = work.order.settings
        try:
            async with asyncio.timeout(settings.grok.deadline), work.place:
                await self._admit()
                work.exchange = await self._gateway.open(work.order)
                while (content := await work.exchange.next()) is not None:
                    work.run.take(content)
                    if not work.begun.done():
                        await self._begin(work, work.exchange)
        except Grok2ApiError as error:
            self._fail(work, error)
        except TimeoutError:
            self._fail(work, work.late)
        except asyncio.CancelledError:
            if not work.stopped:
                raise
            self._interrupted(work)

    async def _admit(self) -> None:
        """Refuse a response that could not be kept."""
        most = self._archive.rules().most
        if await self._archive.store.count() >= most:
            raise Overloaded(
                f"{most} background responses are kept already (setting responses.background_runs). "
                "Try again when some have ended, or delete some.",
                retry_after=_BUSY_AGAIN,
            )

    async def _begin(self, work: _Work, exchange: OpenAnswer) -> None:
        identifier = run_id(work.run.recording.public_id)
        await self._writer.begin(
            identifier, work.run, cancel=lambda: work.stop(None), drop=lambda: work.stop(lost_error())
        )
        if not work.begun.done():
            work.begun.set_result(Begun(identifier, work.run, exchange))

    def _interrupted(self, work: _Work) -> None:
        """End a response that was interrupted from here."""
        if work.error is not None:
            self._fail(work, work.error)
            return
        if work.exchange is not None:
            work.exchange.close("cancelled")
        work.run.take(work.run.recording.ending(work.run.count, None))

    def _fail(self, work: _Work, error: Grok2ApiError) -> None:
        """End a response as failed: with a status while it has not begun, and in its stream afterwards."""
        if work.begun.done():
            written = b"" if work.exchange is None else work.exchange.fail(error)
            if not work.run.over.is_set():
                work.run.take(written or work.run.recording.ending(work.run.count, error))
            return
        end: End = "refused" if isinstance(error, Overloaded) else "failed"
        work.order.settlement.close(end=end, status=error.status, error_code=error.code)
        if work.exchange is not None:
            work.exchange.close("failed", error)
        work.begun.set_exception(error)

    def _ended(self, work: _Work, task: asyncio.Task[None]) -> None:
        """Settle what is left open by a task that was given up, or that a fault of ours ended."""
        self._works.discard(work)
        broken = None if task.cancelled() else task.exception()
        if broken is not None:
            _log.error("background response failed", exc_info=broken)
        end: End = "client_gone" if broken is None else "failed"
        if work.exchange is not None:
            work.exchange.close(end)
        work.order.settlement.close(end=end, status=499 if broken is None else 500)
        if work.run.count and not work.run.over.is_set():
            work.run.take(work.run.recording.ending(work.run.count, internal_error()))
        if not work.begun.done():
            work.begun.set_exception(internal_error())
            work.begun.exception()  # whoever waited for it may be gone
        if work.order.call.caller.content_hours is not None:
            body = work.run.recording.body() if work.run.count else b""
            self._contents.answered(work.order.call.request_id, body)


def _carries(work: _Work, identifier: str) -> bool:
    return work.begun.done() and work.begun.exception() is None and work.begun.result().id == identifier
