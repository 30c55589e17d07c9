"""The access log of a real server: one JSON line a request, found by the id of its answer, and no secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.observing import eventually
from support.processes import Gateway, request
from support.sockets import Talk

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: nothing of this"}]}
FIELDS = {"request_id", "method", "path", "status", "ms", "event", "level", "logger", "timestamp"}


def line_of(gateway: Gateway, request_id: str) -> dict[str, Any]:
    """Return the one access line of a request."""

    def found() -> list[dict[str, Any]]:
        told = gateway.log.read_text()
        whole = told[: told.rfind("\n") + 1].splitlines()
        lines = [json.loads(line) for line in whole if '"grok2api.access"' in line]
        return [line for line in lines if line["request_id"] == request_id]

    (line,) = eventually(found, f"the line of {request_id}")
    told: dict[str, Any] = line
    return told


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/models", None, 200),
        ("POST", "/chat/completions", CHAT, 200),
        ("POST", "/chat/completions", {**CHAT, "stream": True}, 200),
        ("POST", "/chat/completions", {**CHAT, "model": "no-such-model"}, 404),
        ("GET", "/nothing", None, 404),
    ],
)
def test_a_request_has_a_line_under_the_id_of_its_answer(
    gateway: Gateway, method: str, path: str, body: object, status: int
) -> None:
    answer = request(method, gateway.base_url + path, body, headers=gateway.headers)
    assert answer[0] == status
    line = line_of(gateway, answer[1]["x-request-id"])
    assert set(line) >= FIELDS
    assert (line["event"], line["method"], line["path"]) == ("request", method, "/v1" + path)
    assert (line["status"], line["level"]) == (status, "info")
    assert "nothing of this" not in json.dumps(line)


def test_the_id_that_a_client_chose_is_in_its_line(gateway: Gateway) -> None:
    _, headers, _ = gateway.get("/models", **{"x-request-id": "mine-in-the-log"})
    assert headers["x-request-id"] == "mine-in-the-log"
    assert line_of(gateway, "mine-in-the-log")["path"] == "/v1/models"


def test_who_was_refused_has_a_line_without_the_key_that_was_tried(gateway: Gateway) -> None:
    tried = "sk-tried-in-vain-0123456789abcdef"
    status, headers, _ = request(
        "GET", f"{gateway.base_url}/models/{tried}", headers={"Authorization": f"Bearer {tried}"}
    )
    assert status == 401
    line = line_of(gateway, headers["x-request-id"])
    assert (line["status"], line["path"]) == (401, "/v1/models/***")
    assert tried not in gateway.log.read_text()


def test_the_longest_path_is_logged(gateway: Gateway) -> None:
    path = "/" + "a" * 7_900
    status, headers, _ = request("GET", gateway.url + path)
    assert (status, line_of(gateway, headers["x-request-id"])["path"]) == (404, path)


def test_a_socket_has_a_line_when_it_closes(gateway: Gateway) -> None:
    with Talk(gateway, x_request_id="mine-on-a-socket") as talk:
        talk.ask("say exactly: hello")
    line = line_of(gateway, "mine-on-a-socket")
    assert (line["event"], line["path"], line["turns"]) == ("socket", "/v1/responses", 1)
