"""The built-in sandbox upstream as a child process of the server.

A process of its own, so that a demo or a fault drill speaks over a real socket and can take nothing of the
gateway down with it. It ends when its standard input closes, so it can never outlive the server, however
that ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import grok2api
from grok2api.errors import ConfigError

_PACE = "0.012"
"""Seconds between the events of a stream: about as fast as a model writes."""
SANDBOX_KEYS = ("xai-sandbox-demo", "xai-sandbox-demo-two")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox; picklable, so that workers can be told of it."""

    base_url: str
    pid: int


class SandboxProcess:
    """Starts and ends the child."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Sandbox:
        """Start the child and wait for its address.

        Raises:
            ConfigError: it did not start.
        """
        package_root = str(Path(grok2api.__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (package_root, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter, our own words
            [sys.executable, "-m", "grok2api", "sandbox", "--port", "0", "--pace", _PACE, "--attached"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
        line = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not line.startswith("http"):
            self.stop()
            raise ConfigError("The sandbox upstream did not start. Run 'grok2api sandbox' to see why.")
        return Sandbox(line, self._process.pid)

    def stop(self) -> None:
        """End the child, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
