"""One worker as a process: on Linux a fork of its supervisor, which has loaded the program already.

A fork starts in a tenth of the time that a new interpreter takes to import the program, and shares with its
siblings the memory that the program needs. Elsewhere the system's own libraries do not outlive a fork, so a
worker is a new interpreter there. Must never be made by a process that has threads: a fork has only the one
that forked.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from socket import socket
from typing import Final

from uvicorn.config import Config
from uvicorn.supervisors.multiprocess import SIGNALS, Process

FORKS: Final = sys.platform == "linux"


class WorkerProcess(Process):
    """A worker that has not been started yet."""

    def __init__(self, config: Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        if FORKS:
            words = (config, self.target, sockets)
            self.process = multiprocessing.get_context("fork").Process(target=_begin, args=words)  # type: ignore[assignment]


def freeze() -> None:
    """Keep what is loaded out of every garbage collection, so that workers go on sharing it."""
    gc.freeze()


@contextmanager
def watch_of_parent(parent: BaseProcess) -> Iterator[int]:
    """Give a descriptor that can be read as soon as the process that started this one is gone.

    Its own pipe would not do for a fork: those that were started later each hold a copy of its other end.
    """
    if not FORKS:
        yield parent.sentinel
        return
    reading, writing = os.pipe()
    watch = None
    with suppress(ProcessLookupError):
        watch = os.pidfd_open(parent.pid or 0)
    os.close(writing)  # what is gone already can be read at once
    try:
        yield reading if watch is None or os.getppid() != parent.pid else watch
    finally:
        os.close(reading)
        if watch is not None:
            os.close(watch)


def _begin(config: Config, target: Callable[..., None], sockets: list[socket]) -> None:
    """Be a worker: forget what the supervisor does at signals, then serve."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.configure_logging()
    try:
        target(sockets=sockets)
    except KeyboardInterrupt:
        return
