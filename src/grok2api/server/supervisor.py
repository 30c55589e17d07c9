"""The process above the workers: it replaces those that died or hang.

uvicorn's supervisor waits for each worker's answer in turn, so that one which is still starting, or which is
killed just after it was asked, keeps all others from being looked after for as long as its patience lasts.
This one asks and looks again later. Once the server has served, a worker that cannot start is tried again and
the others go on: what keeps it from starting (a setting that was changed meanwhile) is no reason to end them.
Must never wait for a single worker.
"""

from __future__ import annotations

import pickle
import time
from socket import socket
from weakref import WeakKeyDictionary

from typing_extensions import override
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from grok2api.observability.logging import get_logger
from grok2api.server.worker_process import WorkerProcess, freeze

_log = get_logger("grok2api.server")

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class Supervisor(Multiprocess):
    """Starts the workers of a server, replaces them, and ends them when it is told to."""

    def __init__(self, config: Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self._asked: WeakKeyDictionary[Process, float] = WeakKeyDictionary()
        """When those were asked that have not answered yet."""
        self._served = False
        """Whether a worker has ever been ready."""
        self._failed: dict[int, float] = {}
        """When to try again at places whose last worker could not start, on the monotonic clock."""
        self._pauses: dict[int, float] = {}

    @override
    def init_processes(self) -> None:
        """Start all workers."""
        freeze()
        self.processes = [self._started() for _ in range(self.processes_num)]

    @override
    def keep_subprocess_alive(self) -> None:
        """Replace every worker that is gone or has not answered in time.

        One that cannot start ends all, if none has ever served: the server's start has failed then.
        """
        for place, worker in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if place in self._failed:
                self._try_again(place)
            elif not self._lives(worker):
                self._bury(place, worker)

    @override
    def restart_all(self) -> None:
        """Replace each worker by one that is ready before the old one is told to end, as at SIGHUP."""
        for place, old in enumerate(self.processes):
            new = self._started()
            if not new.wait_until_ready(self.config.timeout_worker_healthcheck, self.should_exit):
                new.kill()
                new.join()
                if not self.should_exit.is_set():
                    _log.error("a new worker is not ready in time, so the old ones stay", pid=old.pid)
                return
            old.terminate()
            old.join()
            self.processes[place] = new
        self._failed.clear()

    @override
    def handle_ttin(self) -> None:
        """Start one worker more, as at SIGTTIN."""
        self.processes_num += 1
        self.processes.append(self._started())

    def _started(self) -> Process:
        worker = WorkerProcess(self.config, self.sockets)
        worker.start()
        return worker

    def _bury(self, place: int, worker: Process) -> None:
        """End what is left of a worker, and start another one if that makes sense now."""
        worker.kill()
        worker.join()
        if worker.exitcode != STARTUP_FAILURE:
            _log.warning("a worker ended, and another one takes its place", pid=worker.pid)
            self._pauses.pop(place, None)
            self._replace(place)
        elif self._served:
            pause = self._pauses.get(place, _FIRST_PAUSE)
            self._pauses[place] = min(2 * pause, _LONGEST_PAUSE)
            self._failed[place] = time.monotonic() + pause
            _log.error("a worker cannot start; it is tried again", pid=worker.pid, seconds=pause)
        else:
            _log.error("a worker cannot start, so the server stops", pid=worker.pid)
            self.should_exit.set()

    def _try_again(self, place: int) -> None:
        if time.monotonic() >= self._failed[place]:
            del self._failed[place]
            self._replace(place)

    def _replace(self, place: int) -> None:
        self.processes[place] = self._started()

    def _lives(self, worker: Process) -> bool:
        """Tell whether a worker runs, and has answered within the time that it may take."""
        if not worker.process.is_alive():
            return False
        asked_at, now = self._asked.get(worker), time.monotonic()
        try:
            if asked_at is None:
                worker.parent_conn.send(b"ping")
                self._asked[worker] = now
                return True
            if worker.parent_conn.poll(0):
                self._served |= worker.parent_conn.recv() is True
                del self._asked[worker]
                return True
        except (OSError, EOFError, pickle.UnpicklingError):
            return False
        return now - asked_at < self.config.timeout_worker_healthcheck
