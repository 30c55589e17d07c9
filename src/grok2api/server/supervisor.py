"""The process above the workers: it replaces those that died or hang.

uvicorn's supervisor waits for each worker's answer in turn, so that one which is still starting, or which is
killed just after it was asked, keeps all others from being looked after for as long as its patience lasts.
This one asks and looks again later. Must never wait for a single worker.
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

_log = get_logger("grok2api.server")


class Supervisor(Multiprocess):
    """Starts the workers of a server, replaces them, and ends them when it is told to."""

    def __init__(self, config: Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self._asked: WeakKeyDictionary[Process, float] = WeakKeyDictionary()
        """When those were asked that have not answered yet."""

    @override
    def keep_subprocess_alive(self) -> None:
        """Replace every worker that is gone or has not answered in time; one that cannot start ends all."""
        for place, worker in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if self._lives(worker):
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                _log.error("a worker cannot start, so the server stops", pid=worker.pid)
                self.should_exit.set()
                return
            _log.warning("a worker ended, and another one takes its place", pid=worker.pid)
            replacement = Process(self.config, self.sockets)
            replacement.start()
            self.processes[place] = replacement

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
                worker.parent_conn.recv()
                del self._asked[worker]
                return True
        except (OSError, EOFError, pickle.UnpicklingError):
            return False
        return now - asked_at < self.config.timeout_worker_healthcheck
