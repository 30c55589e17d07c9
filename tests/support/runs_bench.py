"""Background responses without a server: a store in memory, a clock moved by hand, made-up streams."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from grok2api.dialects.responses.recording import ResponseRecording
from grok2api.gateway.runs.archive import RunArchive, RunRules, run_id
from grok2api.gateway.runs.following import Follower
from grok2api.gateway.runs.live import Run
from grok2api.gateway.runs.writer import RunWriter
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from support.memory_records import MemoryRecords

PUBLIC_ID = "resp_one"
RUN = run_id(PUBLIC_ID)


def event(kind: str, number: int, **members: object) -> bytes:
    data = msgspec.json.encode({"type": kind, "sequence_number": number, **members})
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def response(status: str = "in_progress", output: list[object] | None = None) -> dict[str, object]:
    return {
        "id": PUBLIC_ID,
        "created_at": 5,
        "status": status,
        "background": True,
        "error": None,
        "output": output or [],
    }


def item(index: int) -> dict[str, object]:
    text = {"type": "output_text", "text": f"part {index}"}
    return {"type": "message", "id": f"msg_{index}", "content": [text]}


def opening() -> bytes:
    return event("response.created", 0, response=response())


def delta(number: int, text: str = "x") -> bytes:
    return event("response.output_text.delta", number, delta=text)


def item_done(number: int, index: int = 0) -> bytes:
    return event("response.output_item.done", number, output_index=index, item=item(index))


def closing(number: int, status: str = "completed") -> bytes:
    whole = response(status, [item(0)])
    return event(f"response.{status}", number, response=whole) + b"data: [DONE]\n\n"


@dataclass
class Worker:
    """One worker's part, and what was asked of its runs."""

    writer: RunWriter
    follower: Follower
    archive: RunArchive
    asked: list[str] = field(default_factory=list)

    async def begun(self, written: bytes | None = None) -> Run:
        """Return a run that is kept from its first frames on."""
        run = Run(ResponseRecording(), limit=self.archive.rules().limit)
        run.take(opening() if written is None else written)
        asked = self.asked
        await self.writer.begin(
            RUN, run, cancel=lambda: asked.append("cancel"), drop=lambda: asked.append("drop")
        )
        return run

    async def told(self, after: int = -1) -> bytes:
        """Return a stream from some event on, to where it can be told."""
        tail = await self.follower.follow(RUN, after)
        assert tail is not None
        return b"".join([piece async for piece in tail.pieces])


class Bench:
    """A store, a clock, and as many workers as are wanted."""

    def __init__(self, *, keep: float = 600.0, most: int = 100, limit: int = 100_000) -> None:
        self.records = MemoryRecords()
        self.clock = ManualClock()
        self.rules = RunRules(keep=keep, most=most, limit=limit)
        self.box = SecretBox(KeyRing("k" * 32))

    def worker(self, holder: str = "worker_a", *, box: SecretBox | None = None) -> Worker:
        archive = RunArchive(
            self.records.runs,
            box or self.box,
            self.clock,
            rules=lambda: self.rules,
            recording=ResponseRecording,
        )
        writer = RunWriter(archive, holder=holder, clock=self.clock)
        return Worker(writer, Follower(archive, writer), archive)
