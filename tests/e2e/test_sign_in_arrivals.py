"""How sign-ins come into a running server: by `grok2api login`, a list of refresh tokens, or an auth file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from support.observing import eventually
from support.processes import ROOT, Gateway, Sandbox, clean_environment
from support.sign_ins import (
    LOOKS,
    Service,
    command,
    gateways,
    import_file,
    record,
    records,
    served,
    serves,
    sign_in,
)

CLIENT_ID = "b1a00492-073a-47ea-816f-4c329264a828"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    sandbox = Sandbox.start()
    yield Service(sandbox)
    sandbox.stop()


@pytest.fixture(scope="module")
def running(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Gateway]]:
    """Two processes of one store, without any credential."""
    directory = tmp_path_factory.mktemp("arrivals")
    service.set(device_interval=0.05)
    with gateways(directory, service, count=2) as started:
        yield started


def exchanged_once(running: list[Gateway], service: Service, accounts: set[str]) -> None:
    """Check that each refresh token was used by one process, and that both serve from what came."""
    directory = running[0].directory
    for account in accounts:
        eventually(partial(exchanged, service, account), account, LOOKS)
    eventually(lambda: all(row["generation"] == 2 for row in named(directory, accounts)), "tokens", LOOKS)
    service.sandbox.clear()
    for gateway in running:
        eventually(partial(serves, gateway), "an answer", LOOKS)
    eventually(lambda: serves(running[0]) and accounts <= served(service), "all of them", LOOKS)
    for account in accounts:
        family = service.family(account)
        assert (family["refresh_calls"], family["reuse_detections"]) == (1, 0)


def exchanged(service: Service, account: str) -> bool:
    return bool(service.family(account)["generation"] == 2)


def named(directory: Path, accounts: set[str]) -> list[dict[str, object]]:
    return [row for row in records(directory).values() if str(row["login"]).partition("@")[0] in accounts]


def test_login_prints_one_line_and_the_account_serves(running: list[Gateway], service: Service) -> None:
    directory = running[0].directory
    line = sign_in(directory, service, "ann")
    url, code = line.split(" ")
    assert url == f"{service.url}/oauth2/device?user_code={code}"
    for gateway in running:
        eventually(partial(serves, gateway), "an answer", LOOKS)
    first = record(directory, "ann")
    assert service.family("ann")["refresh_calls"] == 0
    sign_in(directory, service, "ann")
    again = record(directory, "ann")
    assert (again["id"], again["generation"]) == (first["id"], first["generation"] + 1)
    assert len(records(directory)) == 1


def test_login_that_is_given_up_leaves_nothing(running: list[Gateway], service: Service) -> None:
    directory = running[0].directory
    before = set(records(directory))
    with command(directory, service, "login", "--name", "zoe") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(service.url)
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=60)
    assert (process.returncode, rest) == (1, "")
    assert "Traceback" not in said
    assert set(records(directory)) == before


def test_login_is_off_unless_it_was_turned_on(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "login"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
        env=clean_environment(DATA_DIR=str(tmp_path / "data")),
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "oauth.enabled = true" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_refresh_tokens_is_exchanged_once_each(running: list[Gateway], service: Service) -> None:
    accounts = {"ben", "cleo"}
    content = "\n".join(
        ["# my sign-ins", *(service.issue(name)["refresh_token"] for name in sorted(accounts))]
    )
    import_file(running[0].directory, service, content, rows=2)
    exchanged_once(running, service, accounts)


def test_the_auth_file_of_the_grok_cli_is_taken_over(running: list[Gateway], service: Service) -> None:
    tokens = service.issue("dora", expires_in=1)
    filed = {
        f"{service.url}::{CLIENT_ID}": {
            "auth_mode": "oidc",
            "key": tokens["access_token"],
            "refresh_token": tokens["refresh_token"],
            "oidc_issuer": service.url,
            "oidc_client_id": CLIENT_ID,
            "expires_at": "2020-01-01T00:00:00Z",
        }
    }
    import_file(running[0].directory, service, json.dumps(filed), rows=1)
    exchanged_once(running, service, {"dora"})
