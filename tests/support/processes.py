"""Starts the real program, and talks to it over sockets only, the way a user does."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from support import starting
from support.starting import Running, run_program, start_program
from support.witness import judge

ROOT = starting.ROOT
CLIENT_KEY = "sk-test-client-key-0123456789"
_FOREIGN = (
    "GROK2API_",
    "SERVER_",
    "REDIS_",
    "DATABASE_",
    "XAI_API",
    "DATA_DIR",
    "LOG_LEVEL",
    "HTTP_",
    "HTTPS_",
)


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without any setting of ours, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return kept | more


def run_command(directory: Path, *words: str, said: str = "", **settings: str) -> str:
    """Run the command line on the data of a gateway that works in this directory; it must succeed.

    Args:
        said: What stands on its standard input.
        settings: Further variables of its environment.
    """
    environment = clean_environment(**({"DATA_DIR": str(directory / "data")} | settings))
    done = run_program(list(words), environment, directory, said=said)
    assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
    return done.stdout


def request(
    method: str, url: str, body: object = None, *, headers: dict[str, str] | None = None, seconds: float = 30
) -> tuple[int, dict[str, str], bytes]:
    """Send one request; return status, headers (lower case) and body, for errors too."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    sent = urllib.request.Request(url, data=data, method=method, headers=headers or {})  # noqa: S310
    if data is not None and not sent.has_header("Content-type"):
        sent.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(sent, timeout=seconds) as answer:  # noqa: S310
            told = answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
            judge(url, method, *told)
            return told
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


@dataclass
class Sandbox:
    """A sandbox upstream in a process of its own."""

    process: Running
    base_url: str
    said: IO[str] | None = None
    """Where it says what it has to say, for as long as it runs."""

    @classmethod
    def start(cls, *, seed: int = 0) -> Self:
        reading, writing = os.pipe()
        said = os.fdopen(reading)
        words = ["sandbox", "--port", "0", "--seed", str(seed)]
        with os.fdopen(writing, "w") as output:
            process = start_program(words, clean_environment(), Path.cwd(), output=output)
        line = said.readline().strip()
        assert line.startswith("http"), f"the sandbox did not start: {line!r}"
        return cls(process, line, said)

    @property
    def control_url(self) -> str:
        return self.base_url.removesuffix("/v1") + "/sandbox"

    def scenario(self, fault: str, *, match: dict[str, str] | None = None, **more: object) -> None:
        body = {"match": match or {}, "fault": fault, **more}
        status, _, answer = request("POST", self.control_url + "/scenario", body)
        assert status == 200, answer

    def place_file(self, identifier: str, account: str, filename: str = "file.txt") -> None:
        """Let the team of an account have a file of this id."""
        body = {"id": identifier, "account": account, "filename": filename}
        status, _, answer = request("POST", self.control_url + "/files", body)
        assert status == 200, answer

    def clear(self) -> None:
        request("DELETE", self.control_url + "/scenario")
        request("DELETE", self.control_url + "/journal")

    def journal(self) -> list[dict[str, Any]]:
        _, _, answer = request("GET", self.control_url + "/journal")
        rows: list[dict[str, Any]] = json.loads(answer)["requests"]
        return rows

    def calls(self, path: str = "") -> list[dict[str, Any]]:
        """Return the journal's model calls, without the model lists."""
        return [row for row in self.journal() if row["method"] != "GET" and path in row["path"]]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.said:
            self.said.close()


@dataclass
class Gateway:
    """The gateway in a process of its own."""

    process: Running
    url: str
    key: str
    directory: Path
    log: Path
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.key}"}

    @property
    def base_url(self) -> str:
        return self.url + "/v1"

    @classmethod
    def start(
        cls,
        directory: Path,
        *,
        upstream: str | None,
        keys: tuple[str, ...] = (),
        arguments: tuple[str, ...] = (),
        client_key: str | None = CLIENT_KEY,
        environment: dict[str, str] | None = None,
        port: int | None = None,
        anew: bool = False,
    ) -> Self:
        directory.mkdir(parents=True, exist_ok=True)
        log = directory / "server.log"
        settings = {"DATA_DIR": str(directory / "data"), "SERVER_PORT": "0", "LOG_LEVEL": "INFO"}
        if upstream is not None:
            settings["GROK2API_GROK__BASE_URL"] = upstream
        if keys:
            settings["XAI_API_KEY"] = ",".join(keys)
        if client_key is not None:
            settings["GROK2API_APP__API_KEY"] = client_key
        port = port or free_port()
        settings["SERVER_PORT"] = str(port)
        with log.open("ab") as output:
            process = start_program(
                ["serve", *arguments],
                clean_environment(**(settings | (environment or {}))),
                directory,
                output=output,
                errors=output,
                anew=anew,
            )
        gateway = cls(process, f"http://127.0.0.1:{port}", client_key or "", directory, log)
        try:
            gateway.wait_ready()
        except BaseException:
            process.kill()
            process.wait()
            raise
        return gateway

    def wait_ready(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended: {self.log.read_text()[-3000:]}")
            try:
                if request("GET", self.url + "/ready", seconds=2)[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the gateway did not become ready: {self.log.read_text()[-3000:]}")

    def post(self, path: str, body: object, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return request("POST", self.base_url + path, body, headers=self.headers | headers)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return request("GET", self.base_url + path, headers=self.headers | headers)

    def send(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        return request(method, self.base_url + path, headers=self.headers)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=40)


def free_port() -> int:
    """Return a port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def read_line(process: subprocess.Popen[str], seconds: float) -> str:
    """Return the next line of a process's output, or fail."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    assert ready, "the process said nothing"
    return process.stdout.readline()
