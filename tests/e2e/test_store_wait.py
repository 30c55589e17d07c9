"""A store that is away when the server starts: it is waited for, probes are answered, nothing dies of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from typing_extensions import override

from support.database_servers import made_database
from support.fault_proxy import ThreadedFaultProxy, passing, refuse, threaded_fault_proxy
from support.fleet import LOOKS, served
from support.observing import eventually
from support.processes import ROOT, Gateway, Sandbox, clean_environment, free_port, request
from support.redis_server import forget_keys, new_prefix, redis_url
from support.sign_ins import workers

WAITS = "the store is away, so the start waits for it"
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc"),
]


@dataclass(frozen=True)
class Store:
    """A store behind a wire that can be cut."""

    environment: dict[str, str]
    wire: ThreadedFaultProxy
    secret: str


@contextmanager
def on_postgresql() -> Iterator[Store]:
    with made_database("pgsql") as database:
        address = make_url(database.url).set(password="hunter2")
        with threaded_fault_proxy(f"http://{address.host}:{address.port}") as wire:
            port = int(wire.url.rpartition(":")[2])
            url = address.set(port=port).render_as_string(hide_password=False)
            yield Store({"DATABASE_URL": url}, wire, "hunter2")


@contextmanager
def on_redis() -> Iterator[Store]:
    prefix = new_prefix()
    with threaded_fault_proxy(redis_url()) as wire:
        yield Store(
            {
                "SERVER_STORAGE_TYPE": "redis",
                "REDIS_URL": wire.url,
                "GROK2API_STORAGE__REDIS_PREFIX": prefix,
            },
            wire,
            "redis://",
        )
    forget_keys(redis_url(), prefix)


STORES = {"pgsql": on_postgresql, "redis": on_redis}


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with STORES[request.param]() as made:
        yield made


class Waiting(Gateway):
    """A gateway that is not waited for."""

    @override
    def wait_ready(self, seconds: float = 0) -> None:
        """Return at once."""


def begin(directory: Path, sandbox: Sandbox, store: Store, *, workers: int) -> Gateway:
    return Waiting.start(
        directory,
        upstream=sandbox.base_url,
        keys=("xai-sandbox-waiting",),
        arguments=("--workers", str(workers)),
        environment=store.environment,
    )


def health(gateway: Gateway) -> int:
    try:
        return request("GET", gateway.url + "/health")[0]
    except OSError:
        return 0


def ready(gateway: Gateway) -> tuple[int, dict[str, object]]:
    status, _, body = request("GET", gateway.url + "/ready")
    return status, json.loads(body)


def is_ready(gateway: Gateway) -> bool:
    """Tell whether it serves; between the waiting and the serving a connection waits for whoever takes it."""
    try:
        return request("GET", gateway.url + "/ready", seconds=60)[0] == 200
    except OSError:
        return False


def both_serve(gateway: Gateway) -> bool:
    """Tell whether the second worker has started, too."""
    return gateway.log.read_text().count("Application startup complete") == 2


def test_a_start_waits_answers_probes_and_serves_when_the_store_is_there(
    store: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    store.wire.set(refuse(), now=True)
    gateway = begin(tmp_path, sandbox, store, workers=2)
    try:
        eventually(lambda: health(gateway) == 200, "a sign of life", LOOKS)
        assert ready(gateway) == (503, {"status": "unavailable", "failed": ["store"]})
        status, headers, body = gateway.post("/chat/completions", HELLO)
        assert (status, json.loads(body)["error"]["code"]) == (503, "store_unavailable")
        assert headers["retry-after"] == "5"
        eventually(lambda: gateway.log.read_text().count(WAITS) >= 2, "a line for each try", LOOKS)
        assert gateway.process.poll() is None
        store.wire.set(passing(), now=True)
        eventually(lambda: is_ready(gateway), "readiness", LOOKS)
        assert served(gateway)
        log = gateway.log.read_text()
        assert "the store is there, so the start goes on" in log
        assert "Traceback" not in log
        assert store.secret not in log
    finally:
        assert gateway.stop() == 0


@pytest.mark.parametrize("store", ["pgsql"], indirect=True)
def test_a_worker_that_takes_anothers_place_meanwhile_waits_and_the_other_serves(
    store: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    gateway = begin(tmp_path, sandbox, store, workers=2)
    try:
        eventually(lambda: both_serve(gateway), "two workers", LOOKS)
        eventually(lambda: served(gateway, 8), "the pool", LOOKS)
        known = set(workers(gateway))
        store.wire.set(refuse(), now=True)
        os.kill(min(known), signal.SIGKILL)
        eventually(lambda: WAITS in gateway.log.read_text(), "a worker that waits", LOOKS)
        assert served(gateway, 8), "the other one goes on"
        assert len(workers(gateway)) == 2
        store.wire.set(passing(), now=True)
        eventually(lambda: "so the start goes on" in gateway.log.read_text(), "the store", LOOKS)
        eventually(lambda: ready(gateway) == (200, {"status": "ready"}), "readiness", LOOKS)
        gave_up = gateway.log.read_text().count(WAITS)
        assert served(gateway, 8)
        store.wire.set(refuse(), now=True)
        os.kill(max(workers(gateway)), signal.SIGKILL)
        eventually(lambda: gateway.log.read_text().count(WAITS) > gave_up, "another one that waits", LOOKS)
        assert gateway.stop() == 0, "it stops although it waits"
    finally:
        store.wire.set(passing(), now=True)
        gateway.stop()


def test_a_start_that_waits_ends_when_it_is_told_to(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": f"mysql://user:hunter2@127.0.0.1:{free_port()}/name"}
    gateway = Waiting.start(tmp_path, upstream=sandbox.base_url, environment=environment)
    eventually(lambda: health(gateway) == 200, "a sign of life", LOOKS)
    assert gateway.stop() == 0


@pytest.mark.parametrize("seconds", ["0", "0.6"])
def test_a_wait_that_is_over_ends_with_one_line_that_says_what_to_mend(tmp_path: Path, seconds: str) -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "serve"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        env=clean_environment(
            DATA_DIR=str(tmp_path / "data"),
            SERVER_PORT=str(free_port()),
            DATABASE_URL=f"postgresql://user:hunter2@127.0.0.1:{free_port()}/name",
            GROK2API_STORAGE__WAIT_SECONDS=seconds,
        ),
    )
    assert ran.returncode == 1, "a service manager may start it again"
    assert ran.stderr.splitlines()[-1].startswith("error: storage: PostgreSQL")
    assert "cannot be reached" in ran.stderr.splitlines()[-1]
    assert (WAITS in ran.stdout + ran.stderr) == (seconds != "0")
    assert "hunter2" not in ran.stdout + ran.stderr
