"""Alerts over real sockets: told once by whichever worker leads, signed, and nowhere that is not allowed."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.alert_hook import Hook, alert_hook, hook_settings
from support.live_settings import wait_for
from support.processes import Gateway, Sandbox, clean_environment
from support.starting import run_program


@pytest.fixture
def hook() -> Iterator[Hook]:
    with alert_hook() as receiver:
        yield receiver


def started(sandbox: Sandbox, directory: Path, said: dict[str, str]) -> Gateway:
    keys = ("xai-sandbox-alice", "xai-sandbox-bob--blocked")
    return Gateway.start(
        directory, upstream=sandbox.base_url, keys=keys, arguments=("--workers", "2"), environment=said
    )


def command(gateway: Gateway, said: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(DATA_DIR=str(gateway.directory / "data"), **said)
    return run_program(["alerts", *words], environment, gateway.directory)


def test_what_needs_an_operator_is_told_once(sandbox: Sandbox, tmp_path: Path, hook: Hook) -> None:
    said = hook_settings(hook, ALLOW_PRIVATE="true")
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
    said = hook_settings(hook)
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
