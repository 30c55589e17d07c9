"""The supervisor looks after every worker, also while another one does not answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Process

from grok2api.server import supervisor as module
from grok2api.server.supervisor import Supervisor

PATIENCE = 30


class Worker:
    """A worker whose process is as the test says."""

    made: list[Worker]

    def __init__(self, *_: Any) -> None:
        self.parent_conn, self.child_conn = Pipe()
        self.process = self
        self.living, self.killed, self.pid = True, False, 1
        self.exitcode: int | None = None
        self.made.append(self)

    def is_alive(self) -> bool:
        return self.living

    def answer(self) -> None:
        assert self.child_conn.recv() == b"ping"
        self.child_conn.send(True)

    def start(self) -> None: ...

    def join(self) -> None: ...

    def kill(self) -> None:
        self.killed = True
        self.parent_conn.close()
        self.child_conn.close()


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    Worker.made = []
    monkeypatch.setattr(module, "WorkerProcess", Worker)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    config = uvicorn.Config("nowhere:app", workers=3, timeout_worker_healthcheck=PATIENCE)
    with socket.socket() as listener:
        made = Supervisor(config, [listener])
        made.processes = [cast(Process, Worker()) for _ in range(3)]
        yield made
    for worker in Worker.made:
        worker.kill()


def test_a_dead_worker_is_replaced_while_others_have_not_answered(supervisor: Supervisor) -> None:
    starting, dead, well = Worker.made
    supervisor.keep_subprocess_alive()
    dead.living = False
    well.answer()
    began = time.monotonic()
    supervisor.keep_subprocess_alive()
    assert time.monotonic() - began < PATIENCE / 2, "nobody was waited for"
    assert (starting.killed, dead.killed, well.killed) == (False, True, False)
    assert list[object](supervisor.processes) == [starting, Worker.made[3], well]


def test_one_that_never_answers_is_replaced_when_its_time_is_up(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung, *others = Worker.made
    now = time.monotonic()
    for seconds in (0, PATIENCE - 1, PATIENCE + 1):
        clock = SimpleNamespace(monotonic=lambda seconds=seconds: now + seconds)
        monkeypatch.setattr(module, "time", clock)
        supervisor.keep_subprocess_alive()
        for worker in others:
            if worker.child_conn.poll(0):
                worker.answer()
        assert hung.killed == (seconds > PATIENCE)
    assert not any(worker.killed for worker in others)


def test_one_that_cannot_start_later_is_tried_again_and_the_others_go_on(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, failing, _ = Worker.made
    supervisor.keep_subprocess_alive()
    first.answer()
    now, elapsed = time.monotonic(), 0.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now + elapsed))
    for pause in (1.0, 2.0, 4.0):
        failing.living, failing.exitcode = False, STARTUP_FAILURE
        known = len(Worker.made)
        supervisor.keep_subprocess_alive()
        supervisor.keep_subprocess_alive()
        assert len(Worker.made) == known, "not at once"
        elapsed += pause
        supervisor.keep_subprocess_alive()
        assert len(Worker.made) == known + 1
        failing = Worker.made[-1]
    assert not supervisor.should_exit.is_set()
    assert list[object](supervisor.processes)[1] is failing
    assert not first.killed


def test_one_that_cannot_start_ends_all_before_any_has_served(supervisor: Supervisor) -> None:
    Worker.made[1].living = False
    Worker.made[1].exitcode = STARTUP_FAILURE
    supervisor.keep_subprocess_alive()
    assert supervisor.should_exit.is_set()
    assert len(Worker.made) == 3
