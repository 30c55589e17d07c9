"""`grok2api doctor`: what is amiss, what to do, and the exit code that scripts go by."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typing_extensions import override

from support.command_line import KEY, SECRET_KEY, CommandLine
from support.redis_server import redis_url


@contextmanager
def listener(answer: bytes) -> Iterator[int]:
    """Answer every GET with `answer`; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        @override
        def log_message(self, format: str, *args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def states(run: CommandLine, *words: str, exits: int = 0) -> dict[str, str]:
    rows = run.json("doctor", *words, exits=exits)
    assert all(row.keys() == {"check", "state", "message"} for row in rows)
    return {row["check"]: row["state"] for row in rows}


def test_a_fresh_directory_needs_a_credential_and_stays_empty(run: CommandLine) -> None:
    assert states(run, exits=1) == {
        "python": "ok",
        "settings": "ok",
        "data directory": "hint",
        "secret key": "hint",
        "store": "hint",
        "pool": "mend",
        "client key": "hint",
        "media disk": "ok",
        "media links": "ok",
        "port": "ok",
    }
    assert "grok2api credentials add" in run("doctor", exits=1).stdout
    assert not run.data.exists()


def test_a_good_installation_needs_nothing(run: CommandLine) -> None:
    run.add()
    run("keys", "create", "--name", "laptop")
    found = states(run)
    assert set(found.values()) == {"ok"}
    assert {"store", "schema", "canary", "secrets", "pool", "client key", "port"} <= found.keys()


def test_a_store_that_was_only_made_is_empty_and_stays_so(run: CommandLine) -> None:
    run("db", "upgrade")
    found = states(run, exits=1)
    assert (found["canary"], found["pool"], found["client key"]) == ("ok", "mend", "hint")
    assert [path.name for path in run.data.iterdir()] == ["grok2api.db"]


def test_wrong_settings_are_a_finding(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK2API_GROK__TIMEOUT", "soon")
    assert states(run, exits=1) == {"python": "ok", "settings": "mend"}


def test_what_others_can_read_needs_mending(run: CommandLine) -> None:
    run.add()
    run.data.chmod(0o755)
    (run.data / "secret.key").chmod(0o644)
    found = states(run, exits=1)
    assert (found["data directory"], found["secret key"]) == ("mend", "mend")
    assert "chmod 600" in run("doctor", exits=1).stdout


def test_a_secret_key_may_come_from_the_settings(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK2API_SECRET_KEY", SECRET_KEY)
    run.add()
    assert states(run)["secret key"] == "ok"
    assert not (run.data / "secret.key").exists()


def test_another_secret_key_is_found_out(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    run.add()
    monkeypatch.setenv("GROK2API_SECRET_KEY", SECRET_KEY)
    found = states(run, exits=1)
    assert (found["canary"], found["secrets"], found["pool"]) == ("mend", "mend", "mend")


def test_a_pool_without_a_usable_credential_needs_mending(run: CommandLine) -> None:
    run("credentials", "disable", run.add())
    result = run("doctor", exits=1)
    assert "no usable credential (1 disabled)" in result.stdout


def test_keys_that_the_start_will_add_are_enough(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_KEY", KEY)
    assert states(run)["pool"] == "ok"


@pytest.mark.parametrize(("proxy", "hinted"), [("", True), ("http://proxy.example:8080", False)])
def test_a_proxy_that_is_not_followed_is_a_hint(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, proxy: str, hinted: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    monkeypatch.setenv("GROK2API_GROK__PROXY_URL", proxy)
    run.add()
    assert ("grok.proxy_url" in run("doctor").stdout) is hinted


@pytest.mark.parametrize(
    ("answer", "state"), [(b'{"status":"ok"}', "ok"), (b'{"status":"fine"}', "mend"), (b"hello", "mend")]
)
def test_a_port_that_is_taken(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, answer: bytes, state: str
) -> None:
    run.add()
    with listener(answer) as number:
        monkeypatch.setenv("SERVER_PORT", str(number))
        assert states(run, exits=int(state == "mend"))["port"] == state


@pytest.mark.usefixtures("upstream")
def test_online_asks_upstream(run: CommandLine) -> None:
    run.add(KEY, "--name", "good")
    assert states(run, "--online")["online"] == "ok"
    run.add("xai-not-of-the-sandbox", "--name", "bad")
    rows = [row for row in run.json("doctor", "--online", exits=1) if row["check"] == "online"]
    assert sorted(row["state"] for row in rows) == ["mend", "ok"]


@pytest.mark.parametrize(("there", "state"), [(True, "ok"), (False, "mend")])
def test_redis_is_looked_at_where_it_is_in_the_settings(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, there: bool, state: str
) -> None:
    run.add()
    run("keys", "create", "--name", "laptop")
    monkeypatch.setenv("REDIS_URL", redis_url() if there else "redis://:very-secret@127.0.0.1:1/0")
    assert states(run, exits=0 if there else 1)["shared state"] == state
    assert "very-secret" not in run("doctor", exits=0 if there else 1).stdout
