"""Alerts over real sockets: told once by whichever worker leads, signed, and nowhere that is not allowed."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from support.live_settings import wait_for
from support.processes import Gateway, Sandbox, clean_environment
from support.starting import run_program

SECRET = "the secret of the hook"
PATIENCE = 60.0


@dataclass
class Hook:
    """A receiver of alerts; `refusals` many are answered with 503 first."""

    url: str
    heard: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refusals: int = 0

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + PATIENCE
        while len(self.heard) < count:
            assert time.monotonic() < end, self.heard
            time.sleep(0.1)


@pytest.fixture
def hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            moment, _, digest = self.headers["x-grok2api-signature"].partition(",v1=")
            signed = moment.removeprefix("t=").encode() + b"." + body
            if digest != hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest():
                receiver.wrong.append(self.headers["x-grok2api-signature"])
            refused = receiver.refusals > 0
            receiver.refusals -= refused
            if not refused:
                receiver.heard.append(json.loads(body))
            self.send_response(503 if refused else 204)
            self.end_headers()

        @override
        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Hook(f"http://127.0.0.1:{server.server_address[1]}/hook?token=canary")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def environment(hook: Hook, **more: str) -> dict[str, str]:
    named = {"WEBHOOK_URL": hook.url, "SECRET": SECRET, **more}
    return {f"GROK2API_ALERTS__{name}": value for name, value in named.items()}


def started(sandbox: Sandbox, directory: Path, said: dict[str, str]) -> Gateway:
    keys = ("xai-sandbox-alice", "xai-sandbox-bob--blocked")
    return Gateway.start(
        directory, upstream=sandbox.base_url, keys=keys, arguments=("--workers", "2"), environment=said
    )


def command(gateway: Gateway, said: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(DATA_DIR=str(gateway.directory / "data"), **said)
    return run_program(["alerts", *words], environment, gateway.directory)


def test_what_needs_an_operator_is_told_once(sandbox: Sandbox, tmp_path: Path, hook: Hook) -> None:
    said = environment(hook, ALLOW_PRIVATE="true")
    hook.refusals = 1
    gateway = started(sandbox, tmp_path, said)
    try:
        hook.wait_for(1)
        (raised,) = hook.heard
        assert (raised["type"], raised["kind"], raised["severity"]) == (
            "alert.raised", "pool.last_usable", "warning",
        )  # fmt: skip
        assert raised["facts"]["enabled"] == "2"
        (row,) = json.loads(command(gateway, said, "list", "--json").stdout)
        assert (row["kind"], row["told"] is not None) == ("pool.last_usable", True)
        tried = command(gateway, said, "test")
        assert (tried.returncode, tried.stdout) == (0, "the test message was taken\n"), tried.stderr
        time.sleep(6)  # a further look of each worker
        assert [each["type"] for each in hook.heard] == ["alert.raised", "alert.test"]
        assert hook.wrong == []
    finally:
        gateway.stop()


def test_a_hook_in_a_private_network_has_to_be_allowed(sandbox: Sandbox, tmp_path: Path, hook: Hook) -> None:
    said = environment(hook)
    gateway = started(sandbox, tmp_path, said)
    try:
        wait_for(gateway.log, "alert not delivered")
        refused = command(gateway, said, "test")
        assert refused.returncode == 1
        assert "alerts.allow_private" in refused.stderr
        assert hook.heard == []
        assert "canary" not in gateway.log.read_text() + refused.stderr
    finally:
        gateway.stop()


def test_without_a_hook_the_test_says_what_is_missing(tmp_path: Path) -> None:
    said = run_program(["alerts", "test"], clean_environment(DATA_DIR=str(tmp_path)), tmp_path)
    assert said.returncode == 1
    assert "alerts.webhook_url is empty" in said.stderr
