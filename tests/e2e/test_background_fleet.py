"""Responses in the background: from another process, after a crash, at a stop, and when there are many."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.background import RESPONSES, asking, created, ended, frames, shown, streamed
from support.observing import Caller, database, events_of, eventually, ledger
from support.processes import CLIENT_KEY, Gateway, Sandbox

KEYS = ("xai-sandbox-one", "xai-sandbox-two")
OTHER_KEY = "sk-test-other-key-0123456789"


def start(directory: Path, sandbox: Sandbox, **environment: str) -> Gateway:
    settings = {"GROK2API_LEDGER__FLUSH_MS": "10", "GROK2API_SERVER__DRAIN_SECONDS": "0", **environment}
    return Gateway.start(directory, upstream=sandbox.base_url, keys=KEYS, environment=settings)


@pytest.fixture(scope="module")
def pair(
    shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gateway, Gateway]]:
    """Two gateways that share one store."""
    directory = tmp_path_factory.mktemp("pair")
    access = {"GROK2API_APP__API_KEY": f"{CLIENT_KEY},{OTHER_KEY}"}
    both = start(directory, shared_sandbox, **access), start(directory, shared_sandbox, **access)
    yield both
    for each in both:
        each.stop()


def rows(directory: Path, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database(directory)}?mode=ro", uri=True)) as connection:
        return list(connection.execute(f"SELECT * FROM {table}"))  # noqa: S608  the tests name it


def test_a_stream_goes_on_in_another_process(pair: tuple[Gateway, Gateway], sandbox: Sandbox) -> None:
    here, there = pair
    sandbox.scenario("trickle", delay=0.02, match={"path": RESPONSES})
    with Caller(here, RESPONSES, asking("count to 40", stream=True)) as caller:
        seen = frames(caller.read_until(b"response.output_text.delta"))
        caller.leave()
    events = [json.loads(frame.partition(b"data: ")[2]) for frame in seen]
    identifier = events[0]["response"]["id"]
    rest = frames(streamed(there, identifier, events[-1]["sequence_number"]))
    whole = frames(streamed(there, identifier))
    assert seen + rest == whole
    assert frames(streamed(here, identifier)) == whole
    for number in range(len(whole) - 1):
        assert frames(streamed(there, identifier, number)) == whole[number + 1 :]
    assert shown(there, identifier) == shown(here, identifier)


def test_a_response_is_shown_and_cancelled_from_another_process(
    pair: tuple[Gateway, Gateway], sandbox: Sandbox
) -> None:
    here, there = pair
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    made = created(here, "count to 500")
    assert shown(there, made["id"])["status"] == "in_progress"
    status, _, answer = there.post(f"{RESPONSES}/{made['id']}/cancel", {})
    assert (status, json.loads(answer)["status"]) == (200, "cancelled")
    eventually(lambda: [call["ended"] for call in sandbox.calls(RESPONSES)] == ["cancelled"], "the end")
    assert shown(here, made["id"])["status"] == "cancelled"
    assert frames(streamed(here, made["id"])) == frames(streamed(there, made["id"]))


def test_a_response_is_deleted_from_another_process(pair: tuple[Gateway, Gateway], sandbox: Sandbox) -> None:
    here, there = pair
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    made = created(here, "count to 500")
    status, _, answer = there.send("DELETE", f"{RESPONSES}/{made['id']}")
    assert (status, json.loads(answer)["deleted"]) == (200, True)
    assert here.get(f"{RESPONSES}/{made['id']}")[0] == 404


def test_another_key_finds_nothing(pair: tuple[Gateway, Gateway], sandbox: Sandbox) -> None:
    here, _ = pair
    made = created(here)
    theirs = {"Authorization": f"Bearer {OTHER_KEY}"}
    path = f"{RESPONSES}/{made['id']}"
    answers = [
        here.get(path, **theirs),
        here.get(f"{path}?stream=true", **theirs),
        here.post(f"{path}/cancel", {}, **theirs),
    ]
    assert [status for status, _, _ in answers] == [404, 404, 404]
    assert ended(here, made["id"])["status"] == "completed"


def test_nothing_of_a_response_lies_open_in_the_store(
    pair: tuple[Gateway, Gateway], sandbox: Sandbox
) -> None:
    here, _ = pair
    made = created(here, "say exactly: whispered words")
    ended(here, made["id"])
    kept = repr([*rows(here.directory, "runs"), *rows(here.directory, "run_frames")])
    assert "whispered" not in kept
    assert made["id"] not in kept


@pytest.mark.timeout(180)
def test_a_response_whose_worker_was_killed_has_failed(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    first, second = start(tmp_path, sandbox), start(tmp_path, sandbox)
    try:
        with Caller(first, RESPONSES, asking("count to 900", stream=True)) as caller:
            seen = frames(caller.read_until(b"response.output_text.delta"))
            identifier = json.loads(seen[0].partition(b"data: ")[2])["response"]["id"]
            eventually(lambda: rows(tmp_path, "run_frames")[4:], "some more kept frames")
            first.process.kill()
        whole = streamed(second, identifier, 0)
        events = events_of(whole)
        last = events[-2]
        assert last.name == "response.failed"
        assert last.data["response"]["error"]["code"] == "server_error"
        assert "ended before it was finished" in last.data["response"]["error"]["message"]
        assert [event.data["sequence_number"] for event in events[:-1]] == list(range(1, len(events)))
        assert shown(second, identifier) | {"output_text": "", "created": 0} == last.data["response"] | {
            "output_text": "",
            "created": 0,
        }
    finally:
        first.stop()
        second.stop()


def test_a_stop_fails_what_still_runs_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    first, second = start(tmp_path, sandbox), start(tmp_path, sandbox)
    try:
        quiet = created(first, "count to 900")
        with Caller(first, RESPONSES, asking("count to 900", stream=True)) as caller:
            seen = caller.read_until(b"response.output_text.delta")
            assert first.stop() == 0
            seen += caller.answer.read()
        assert events_of(seen)[-2].data["response"]["error"]["code"] == "server_error"
        found = shown(second, quiet["id"])
        assert (found["status"], found["error"]["code"]) == ("failed", "server_error")
        identifier = events_of(seen)[0].data["response"]["id"]
        assert frames(streamed(second, identifier)) == frames(seen)
        assert [row["end"] for row in ledger(tmp_path)] == ["cut", "cut"]
    finally:
        first.stop()
        second.stop()


def test_a_stop_lets_a_response_finish_while_it_drains(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.scenario("trickle", delay=0.02, match={"path": RESPONSES})
    first = start(tmp_path, sandbox, GROK2API_SERVER__DRAIN_SECONDS="20")
    second = start(tmp_path, sandbox)
    try:
        made = created(first, "count to 20")
        assert first.stop() == 0
        assert shown(second, made["id"])["status"] == "completed"
        assert [row["end"] for row in ledger(tmp_path)] == ["completed"]
    finally:
        first.stop()
        second.stop()


def test_a_reader_of_another_processs_response_leaves_at_a_stop(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    first, second = start(tmp_path, sandbox), start(tmp_path, sandbox)
    try:
        made = created(first, "count to 900")
        with Caller(second, f"{RESPONSES}/{made['id']}?stream=true", None, method="GET") as reader:
            seen = reader.read_until(b"response.output_text.delta")
            assert second.stop() == 0
            seen += reader.answer.read()
        assert b"[DONE]" not in seen, "nothing says that the response has ended"
        assert shown(first, made["id"])["status"] == "in_progress"
    finally:
        first.stop()
        second.stop()


def test_what_is_old_is_gone_but_for_what_upstream_keeps(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = start(tmp_path, sandbox, GROK2API_RESPONSES__BACKGROUND_KEEP="1")
    try:
        made = created(gateway)
        done = ended(gateway, made["id"])
        eventually(lambda: not rows(tmp_path, "runs"), "the deleting")
        assert not rows(tmp_path, "run_frames")
        later = shown(gateway, made["id"])
        assert (later["status"], later["background"]) == ("completed", True)
        assert later["output_text"] == done["output_text"]
        status, _, answer = gateway.post(f"{RESPONSES}/{made['id']}/cancel", {})
        assert (status, json.loads(answer)["status"]) == (200, "completed")
    finally:
        gateway.stop()


def test_there_is_an_end_to_how_many_are_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = start(tmp_path, sandbox, GROK2API_RESPONSES__BACKGROUND_RUNS="1")
    try:
        made = created(gateway)
        ended(gateway, made["id"])
        status, headers, answer = gateway.post(RESPONSES, asking())
        error = json.loads(answer)["error"]
        assert (status, error["code"]) == (429, "rate_limit_exceeded")
        assert "background_runs" in error["message"]
        assert headers["retry-after"]
        assert gateway.send("DELETE", f"{RESPONSES}/{made['id']}")[0] == 200
        assert gateway.post(RESPONSES, asking())[0] == 200
    finally:
        gateway.stop()


def test_a_response_that_grows_too_large_goes_on_without_its_stream(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = start(tmp_path, sandbox, GROK2API_RESPONSES__BACKGROUND_MB="1")
    try:
        # No faster than it is read here: whoever falls a whole buffer behind is not told the rest.
        sandbox.scenario("trickle", delay=0.001, match={"path": RESPONSES})
        status, _, whole = gateway.post(RESPONSES, asking("count to 5000", stream=True))
        assert status == 200
        events = events_of(whole)
        assert events[-2].name == "response.completed"
        assert len(whole) > 1.1 * 1_048_576
        identifier = events[0].data["response"]["id"]
        assert ended(gateway, identifier)["output"] == events[-2].data["response"]["output"]
        status, _, answer = gateway.get(f"{RESPONSES}/{identifier}?stream=true&starting_after=3")
        assert status == 400
        assert "background_mb" in json.loads(answer)["error"]["message"]
    finally:
        gateway.stop()


def test_a_response_holds_its_place_while_it_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    limits = {"GROK2API_PERFORMANCE__MAX_CONCURRENT": "1", "GROK2API_PERFORMANCE__QUEUE_LENGTH": "0"}
    gateway = start(tmp_path, sandbox, **limits)
    try:
        sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
        made = created(gateway, "count to 500")
        for background in (True, False):
            assert gateway.post(RESPONSES, asking(background=background))[0] == 429
        gateway.post(f"{RESPONSES}/{made['id']}/cancel", {})
        sandbox.clear()
        assert gateway.post(RESPONSES, asking(background=False))[0] == 200
    finally:
        gateway.stop()


def test_a_response_that_does_not_begin_in_time_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    times = {"GROK2API_GROK__DEADLINE": "1", "GROK2API_STREAM__OPEN_AFTER": "0.1"}
    gateway = start(tmp_path, sandbox, **times)
    try:
        sandbox.scenario("hang", delay=30, match={"path": RESPONSES})
        status, _, answer = gateway.post(RESPONSES, asking())
        assert (status, json.loads(answer)["error"]["code"]) == (504, "upstream_timeout")
        status, _, answer = gateway.post(RESPONSES, asking(stream=True))
        assert status == 200, "it was opened before"
        events = events_of(answer)
        assert events[-2].data["response"]["error"]["code"] == "server_error"
        eventually(lambda: len(ledger(tmp_path)) == 2, "the ledger's rows")
        assert [(row["end"], row["status"]) for row in ledger(tmp_path)] == [("failed", 504)] * 2
    finally:
        gateway.stop()


def test_any_worker_of_one_server_tells_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = start(tmp_path, sandbox, SERVER_WORKERS="2")
    try:
        sandbox.scenario("trickle", delay=0.01, match={"path": RESPONSES})
        made = created(gateway, "count to 20")
        whole = frames(streamed(gateway, made["id"]))
        for number in range(len(whole) - 1):
            assert frames(streamed(gateway, made["id"], number)) == whole[number + 1 :]
        sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
        for _ in range(6):
            made = created(gateway, "count to 500")
            status, _, answer = gateway.post(f"{RESPONSES}/{made['id']}/cancel", {})
            assert (status, json.loads(answer)["status"]) == (200, "cancelled")
        made = created(gateway, "count to 500")
    finally:
        assert gateway.stop() == 0
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        states = [state for (state,) in connection.execute("SELECT state FROM runs ORDER BY created_at")]
    assert states == ["completed", *["cancelled"] * 6, "failed"]
    assert [row["end"] for row in ledger(tmp_path)] == ["completed", *["cancelled"] * 6, "cut"]
