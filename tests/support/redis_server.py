"""Redis for tests: the one that is there, under a prefix of a test's own, or a server of a test's own.

Nothing here empties a database: only keys under a prefix that a test made up are deleted.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.retry import Retry

from support.processes import free_port

_IN_CI = os.environ.get("CI") == "true"


def redis_url() -> str:
    """Return where tests find a Redis; without one the test is skipped, or fails where CI=true."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=2).close()
    except OSError as error:
        missing(f"no Redis at {parts.hostname}:{parts.port} ({error}); set TEST_REDIS_URL")
    return url


def missing(what: str) -> NoReturn:
    """Skip a test for something that the machine lacks; fail where nothing may be lacking."""
    if _IN_CI:
        pytest.fail(f"NOT RUN: {what}")
    pytest.skip(f"NOT RUN: {what}")


def new_prefix() -> str:
    """Return what the keys of one test begin with."""
    return f"grok2api-test-{os.getpid()}-{secrets.token_hex(6)}:"


def keys_under(url: str, prefix: str) -> list[str]:
    """Return the names of all keys that begin with a prefix, which holds no pattern."""
    with Redis.from_url(url) as client:
        return sorted(key.decode() for key in client.scan_iter(match=f"{prefix}*", count=1000))


def forget_keys(url: str, prefix: str) -> None:
    """Delete the keys of one test."""
    assert prefix.startswith("grok2api-test-")
    names = keys_under(url, prefix)
    with Redis.from_url(url) as client:
        for start in range(0, len(names), 1000):
            client.unlink(*names[start : start + 1000])


@dataclass
class RedisServer:
    """A Redis of a test's own, with settings of its own."""

    directory: Path
    settings: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing("no redis-server is installed")
        self.directory.mkdir(parents=True, exist_ok=True)
        fixed = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory), "--save", "")
        with (self.directory / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(program), *fixed, *self.settings], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self._wait()

    def command(self, *words: str) -> bytes:
        """Run one command and return its answer, as bytes if it is a text."""
        with Redis(port=self.port, retry=Retry(NoBackoff(), 0)) as client:
            client.response_callbacks.clear()
            answer: bytes = client.execute_command(*words)
            return answer

    def stop(self) -> None:
        """End it at once, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                self.command("PING")
            except AuthenticationError:
                return
            except RedisError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self.directory / "redis.log").read_text()[-2000:])
