"""A gateway under steady load, and the commands that an operator runs beside it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.processes import Gateway, clean_environment, request
from support.starting import run_program

BREATH = 0.05
"""Seconds between two requests of one client of a crowd."""
CHAT = {"model": "grok-4", "messages": [{"role": "user", "content": "hello"}]}


def operate(
    directory: Path, *words: str, environment: dict[str, str], exits: int | None = 0
) -> subprocess.CompletedProcess[str]:
    """Run one command of the program in a directory, and check its exit code unless `exits` is None."""
    done = run_program(list(words), environment_of(directory, environment), directory)
    assert exits is None or done.returncode == exits, f"{words}: {done.stdout}\n{done.stderr}"
    return done


def environment_of(directory: Path, more: dict[str, str]) -> dict[str, str]:
    """Return what a command beside the gateway of a directory sees."""
    return clean_environment(**({"DATA_DIR": str(directory / "data")} | more))


@dataclass
class Crowd:
    """Clients that ask one after another until they are told to stop.

    Attributes:
        answers: Status codes, in the order in which they came.
    """

    gateway: Gateway
    key: str
    answers: list[int] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> int:
        headers = {"Authorization": f"Bearer {self.key}"}
        return request("POST", f"{self.gateway.base_url}/chat/completions", CHAT, headers=headers)[0]

    def run(self) -> None:
        while not self._stop.wait(BREATH):
            self.answers.append(self.ask())

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def crowd(gateway: Gateway, key: str, *, clients: int = 2) -> Iterator[Crowd]:
    """Let clients ask for as long as the block runs."""
    made = Crowd(gateway, key)
    threads = [threading.Thread(target=made.run) for _ in range(clients)]
    for each in threads:
        each.start()
    try:
        yield made
    finally:
        made.stop()
        for each in threads:
            each.join()
