"""What an operator says of a model reaches every worker within two seconds, and clients see it at once."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.processes import Gateway, Sandbox

PASSWORD = "a password of the tests"
QUESTION = {"messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def gateway(sandbox: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    server = Gateway.start(
        tmp_path,
        upstream=sandbox.base_url,
        keys=("xai-sandbox-alice",),
        arguments=("--workers", "2"),
        environment={"GROK2API_APP__APP_KEY": PASSWORD},
    )
    try:
        yield server
    finally:
        server.stop()


def operate(gateway: Gateway, method: str, path: str, body: Any = None, token: str = "") -> Any:
    request = urllib.request.Request(  # noqa: S310  our own server
        gateway.base_url.removesuffix("/v1") + "/admin/api" + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")


def ask(gateway: Gateway, model: str) -> tuple[int, str]:
    status, headers, body = gateway.post("/chat/completions", {**QUESTION, "model": model})
    return status, headers.get("x-grok2api-upstream-model", "") + json.loads(body).get("model", "")


def settled(gateway: Gateway, model: str, expected: tuple[int, str]) -> None:
    """Return once twenty requests in a row, to whichever worker, got the same answer."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if all(ask(gateway, model) == expected for _ in range(20)):
            return
    raise AssertionError(f"{model} never became {expected}: {ask(gateway, model)}")


def test_an_alias_is_served_under_its_own_name(gateway: Gateway) -> None:
    token = operate(gateway, "POST", "/session", {"password": PASSWORD})["token"]
    assert ask(gateway, "gpt-4o")[0] == 404
    operate(gateway, "PUT", "/models/gpt-4o", {"target": "grok-3"}, token)
    settled(gateway, "gpt-4o", (200, "grok-4.3gpt-4o"))
    operate(gateway, "PUT", "/models/grok-3", {"visibility": "off"}, token)
    settled(gateway, "grok-3", (404, ""))
    assert ask(gateway, "gpt-4o")[0] == 200
    operate(gateway, "DELETE", "/models/grok-3", None, token)
    operate(gateway, "DELETE", "/models/gpt-4o", None, token)
    settled(gateway, "grok-3", (200, "grok-4.3grok-3"))
    settled(gateway, "gpt-4o", (404, ""))
