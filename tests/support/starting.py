"""Starts the program: anew, as a shell does, or as a fork of one that is loaded already.

Forking is for tests whose subject is not the start itself; they are told by `WARM` in the environment, which
only a run of the plain suite sets. A benchmark and a soak always start the program anew. Must never hand on
anything by way of the process that was loaded before.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
WARM = "TESTS_FORK_THE_PROGRAM"
_LARGEST = 4096
_READY_SECONDS = 120.0


class Running(Protocol):
    """A process of the program."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    @property
    def returncode(self) -> int | None:
        """What it ended with; None for as long as nobody has asked and been told that it ended."""
        ...

    def poll(self) -> int | None:
        """Return what it ended with, or None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends; raise `subprocess.TimeoutExpired` after so many seconds."""
        ...

    def send_signal(self, sig: int) -> None:
        """Send it a signal if it runs."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it."""
        ...


class Loaded:
    """A process that has loaded the program and is forked for each start."""

    def __init__(self) -> None:
        self._orders, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with other:
            # It lies beside modules that are named like those of Python, hence -P.
            script = ROOT / "tests/support/warm_program.py"
            command = [sys.executable, "-P", str(script), str(other.fileno())]
            self._process = subprocess.Popen(command, pass_fds=(other.fileno(),), stdin=subprocess.DEVNULL)
        atexit.register(self.close)
        self._orders.settimeout(_READY_SECONDS)
        self._answer()

    def start(
        self, words: list[str], environment: Mapping[str, str], directory: Path, streams: list[int]
    ) -> Forked:
        """Start the program with these words and file descriptors."""
        order = {"words": words, "environment": dict(environment), "directory": str(directory)}
        with self._lock:
            socket.send_fds(self._orders, [json.dumps(order).encode()], streams)
            answer, watches = self._answer()
        return Forked(self, words, answer["pid"], watches[0])

    def status(self, process_id: int) -> int:
        """Return what a process that has ended ended with."""
        with self._lock:
            self._orders.send(json.dumps({"waited": process_id}).encode())
            return os.waitstatus_to_exitcode(self._answer()[0]["status"])

    def close(self) -> None:
        """End it; what it started goes on."""
        self._orders.close()
        self._process.wait(timeout=30)

    def _answer(self) -> tuple[dict[str, int], list[int]]:
        said, watches, _, _ = socket.recv_fds(self._orders, _LARGEST, 1)
        assert said, "the loaded program ended"
        answer: dict[str, int] = json.loads(said)
        return answer, watches


@dataclass
class Forked:
    """A process that was forked; it is waited for as if it were a child of ours."""

    parent: Loaded = field(repr=False)
    words: list[str]
    pid: int
    watch: int
    """A descriptor that can be read once the process has ended."""
    returncode: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(self.words, timeout or 0.0)
        return ended

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self.watch, signal.Signals(sig))

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            watcher = select.poll()
            watcher.register(self.watch, select.POLLIN)
            if not watcher.poll(None if seconds is None else seconds * 1000):
                return None
        with self._lock:
            if self.returncode is None:
                self.returncode = self.parent.status(self.pid)
                os.close(self.watch)
            return self.returncode


@functools.cache
def loaded_program() -> Loaded:
    """Return the process that is forked by all tests of this one."""
    return Loaded()


def is_warm(environment: Mapping[str, str]) -> bool:
    """Tell whether a start with this environment may be a fork: Python reads some of it as it starts."""
    if sys.platform != "linux" or WARM not in os.environ:
        return False
    mine = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}
    return mine == {name: value for name, value in environment.items() if name.startswith("PYTHON")}


def start_program(
    words: list[str],
    environment: Mapping[str, str],
    directory: Path,
    *,
    told: IO[Any] | int = subprocess.DEVNULL,
    output: IO[Any] | int = subprocess.DEVNULL,
    errors: IO[Any] | int = subprocess.DEVNULL,
    anew: bool = False,
) -> Running:
    """Start `main.py` with these words.

    Args:
        told: What stands on its standard input, a file or `subprocess.DEVNULL`.
        output: Where its standard output goes, a file or `subprocess.DEVNULL`.
        errors: Where its errors go.
        anew: Whether it must be a program of its own from the first instruction on.
    """
    if anew or not is_warm(environment):
        command = [sys.executable, str(ROOT / "main.py"), *words]
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=errors,
            stdin=told,
            cwd=directory,
            env=dict(environment),
        )
    with Path(os.devnull).open("r+b") as nothing:
        numbers = [
            nothing.fileno() if isinstance(each, int) else each.fileno() for each in (told, output, errors)
        ]
        return loaded_program().start(words, environment, directory, numbers)


def run_program(
    words: list[str], environment: Mapping[str, str], directory: Path, *, said: str = "", seconds: float = 100
) -> subprocess.CompletedProcess[str]:
    """Run `main.py` with these words to its end, and return what it said.

    Args:
        said: What stands on its standard input.
    """
    with ExitStack() as files:
        told, output, errors = [files.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3)]
        told.write(said)
        told.seek(0)
        process = start_program(words, environment, directory, told=told, output=output, errors=errors)
        try:
            returncode = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        for each in (output, errors):
            each.seek(0)
        return subprocess.CompletedProcess(words, returncode, output.read(), errors.read())
