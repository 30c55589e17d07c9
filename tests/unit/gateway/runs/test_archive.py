"""What is kept of a run: sealed in its place, hidden when it is old, ended once when its worker died."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from grok2api.gateway.runs.archive import SILENT_SECONDS, Unreadable, run_id
from grok2api.kit.secretbox import KeyRing, SecretBox
from support.runs_bench import PUBLIC_ID, RUN, Bench, closing, delta, event, item_done, opening, response


async def test_a_name_tells_nothing_and_content_is_sealed() -> None:
    bench = Bench()
    worker = bench.worker()
    run = await worker.begun(opening() + delta(1, "whispered"))
    run.take(closing(2))
    await worker.writer.run()
    batches = await bench.records.runs.frames_from(RUN, 0, limit=9)
    kept = repr([each.content for each in batches]) + await bench.records.runs.response(RUN)
    assert "whispered" not in kept
    assert PUBLIC_ID not in kept + RUN
    assert run_id(PUBLIC_ID) != run_id(PUBLIC_ID + "x")


async def test_a_batch_opens_in_its_own_place_only() -> None:
    bench = Bench()
    worker = bench.worker()
    await worker.begun()
    (batch,) = await bench.records.runs.frames_from(RUN, 0, limit=9)
    await bench.records.runs.append([replace(batch, first=1)], now=bench.clock.now())
    with pytest.raises(Unreadable):
        await worker.archive.frames(RUN, 1)


async def test_another_secret_opens_nothing_and_says_so() -> None:
    bench = Bench()
    run = await bench.worker().begun()
    assert run.count == 1
    stranger = bench.worker("worker_b", box=SecretBox(KeyRing("x" * 32)))
    record = await stranger.archive.find(RUN)
    assert record is not None
    with pytest.raises(Unreadable):
        await stranger.archive.body(record)


async def test_the_object_is_what_the_stream_says() -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun(opening() + item_done(1))
    record = await other.archive.find(RUN)
    assert record is not None
    body = await other.archive.body(record)
    assert body == run.recording.body()
    assert msgspec.json.decode(body or b"")["output_text"] == "part 0"
    run.take(closing(2))
    await worker.writer.run()
    record = await other.archive.find(RUN)
    assert record is not None
    assert (record.state, record.frames) == ("completed", 4)
    assert await other.archive.body(record) == run.recording.body()


@pytest.mark.parametrize("keep", [1.0, 60.0, 600.0])
async def test_what_is_old_is_hidden_at_once_and_deleted_in_time(keep: float) -> None:
    bench = Bench(keep=keep)
    worker = bench.worker()
    run = await worker.begun()
    run.take(closing(1))
    await worker.writer.run()
    bench.clock.advance(keep - 7)
    await worker.archive.tidy(ahead=6.0)
    assert await worker.archive.find(RUN)
    bench.clock.advance(7)
    assert await worker.archive.find(RUN) is None, "deleted or not"
    await worker.archive.tidy(ahead=6.0)
    assert await bench.records.runs.count() == 0


async def test_nothing_is_left_ten_minutes_after_the_end() -> None:
    bench = Bench()
    worker = bench.worker()
    run = await worker.begun()
    run.take(closing(1))
    await worker.writer.run()
    bench.clock.advance(594)
    await worker.archive.tidy(ahead=6.0)
    assert await bench.records.runs.count() == 0, "the next look may come too late"


async def test_a_run_is_lost_when_its_worker_is_silent_for_too_long() -> None:
    bench = Bench()
    dead, other = bench.worker(), bench.worker("worker_b")
    await dead.begun(opening() + item_done(1) + delta(2))
    bench.clock.advance(SILENT_SECONDS)
    record = await other.archive.find(RUN)
    assert record is not None
    assert record.state == "running", "not yet"
    bench.clock.advance(1)
    record = await other.archive.find(RUN)
    assert record is not None
    assert record.state == "failed"
    body = msgspec.json.decode(await other.archive.body(record) or b"")
    assert (body["status"], body["error"]["code"]) == ("failed", "server_error")
    assert [each["id"] for each in body["output"]] == ["msg_0"]
    last = {**response("failed"), "error": body["error"], "output": body["output"]}
    told = await other.told()
    assert told.startswith(opening() + item_done(1) + delta(2) + b"event: response.failed\n")
    ending = msgspec.json.decode(told.split(b"data: ")[-2])
    assert ending == {"type": "response.failed", "sequence_number": 3, "response": last}
    assert told.endswith(b"\n\ndata: [DONE]\n\n")


async def test_an_owner_that_was_only_slow_finds_its_run_ended() -> None:
    bench = Bench()
    slow, other = bench.worker(), bench.worker("worker_b")
    run = await slow.begun()
    bench.clock.advance(SILENT_SECONDS + 1)
    await other.archive.tidy(ahead=6.0)
    run.take(delta(1))
    await slow.writer.run()
    assert slow.asked == ["drop"]
    told = await other.told()
    assert delta(1) not in told
    assert await slow.told() == told, "there is one history"


async def test_a_worker_that_slept_does_not_bury_its_own_runs() -> None:
    bench = Bench()
    worker = bench.worker()
    await worker.begun()
    bench.clock.advance(3600)
    await worker.archive.tidy(ahead=6.0, carried=worker.writer.carried)
    record = await bench.records.runs.get(RUN)
    assert record is not None
    assert record.state == "running"
    await worker.archive.tidy(ahead=6.0)
    record = await bench.records.runs.get(RUN)
    assert record is not None
    assert record.state == "failed"


async def test_an_end_that_is_written_but_not_noted_is_the_end() -> None:
    bench = Bench()
    dead, other = bench.worker(), bench.worker("worker_b")
    await dead.begun(opening() + closing(1))
    bench.clock.advance(SILENT_SECONDS + 1)
    record = await other.archive.find(RUN)
    assert record is not None
    assert record.state == "completed"
    assert await other.told() == opening() + closing(1)


async def test_a_lost_run_that_does_not_open_is_deleted() -> None:
    bench = Bench()
    await bench.worker().begun()
    stranger = bench.worker("worker_b", box=SecretBox(KeyRing("x" * 32)))
    bench.clock.advance(SILENT_SECONDS + 1)
    assert await stranger.archive.find(RUN) is None
    assert await bench.records.runs.count() == 0


async def test_a_large_object_is_left_to_upstream_unless_upstream_has_none() -> None:
    for status, kept in (("completed", False), ("failed", True)):
        bench = Bench(limit=400)
        worker = bench.worker()
        run = await worker.begun()
        whole = response(status, [{"type": "message", "content": [], "padding": "x" * 500}])
        run.take(event(f"response.{status}", 1, response=whole) + b"data: [DONE]\n\n")
        await worker.writer.run()
        record = await worker.archive.find(RUN)
        assert record is not None
        assert record.cut
        assert (await worker.archive.body(record) is not None) is kept
