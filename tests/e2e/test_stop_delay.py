"""A server that leaves: proxies hear of it before its port closes (`server.stop_delay`)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.observing import eventually
from support.processes import Gateway, Sandbox, request

CHAT = "/chat/completions"
BODY = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
FOR_EVER = 300


@pytest.fixture
def leaving(sandbox: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that has had its SIGTERM, and says so."""
    environment = {"GROK2API_SERVER__STOP_DELAY": str(FOR_EVER)}
    started = Gateway.start(
        tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-alice",), environment=environment
    )
    started.process.send_signal(signal.SIGTERM)
    eventually(lambda: request("GET", started.url + "/ready")[0] == 503, "the end of readiness")
    yield started
    started.stop()


def test_it_is_not_ready_and_still_answers_until_a_second_signal(leaving: Gateway) -> None:
    status, headers, body = request("GET", leaving.url + "/ready")
    assert (status, headers["retry-after"]) == (503, "5")
    assert b"draining" in body
    status, headers, _ = leaving.post(CHAT, BODY)
    assert (status, headers["connection"]) == (200, "close"), "clients move on before it closes"
    leaving.process.send_signal(signal.SIGTERM)
    assert leaving.process.wait(timeout=40) == 0


def test_an_interrupt_ends_it_at_once(leaving: Gateway) -> None:
    leaving.process.send_signal(signal.SIGINT)
    assert leaving.process.wait(timeout=40) == 0


def test_the_delay_ends_by_itself(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"GROK2API_SERVER__STOP_DELAY": "0.2"}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, environment=environment)
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(timeout=40) == 0
