"""The admin API of the real program: its password, its door, and what it does to a pool that serves."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.processes import Gateway, Sandbox, request

PASSWORD = "the console's password"
SIGNED = {"GROK2API_APP__APP_KEY": PASSWORD}
QUESTION = {"model": "grok-4-mini", "messages": [{"role": "user", "content": "Why?"}]}


class Operator:
    """Somebody who has signed in to a gateway's admin API."""

    def __init__(self, gateway: Gateway, password: str = PASSWORD) -> None:
        self.base = gateway.url + "/admin/api"
        status, _, body = request("POST", self.base + "/session", {"password": password})
        assert status == 200, body
        self.token: str = json.loads(body)["token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        status, _, answer = request(method, self.base + path, body, headers=self.headers)
        return status, json.loads(answer) if answer else None

    def events(self, job: str) -> list[tuple[str, Any]]:
        """Follow a job to its end; the last event is given the result."""
        _, _, answer = request("GET", f"{self.base}/jobs/{job}/events", headers=self.headers, seconds=60)
        found = re.findall(r"event: (\w+)\ndata: (.*)\n", answer.decode())
        told = [(name, json.loads(data)) for name, data in found]
        told[-1][1]["result"] = self.send("GET", f"/jobs/{job}")[1]["result"]
        return told


@pytest.fixture(scope="module")
def staffed(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with two workers, a credential and a password."""
    started = Gateway.start(
        tmp_path_factory.mktemp("staffed"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment=SIGNED | {"SERVER_WORKERS": "2", "GROK2API_CORS__ALLOW_ORIGINS": "https://page.example"},
    )
    yield started
    started.stop()


def test_the_first_start_tells_a_password_once_and_it_opens_the_door(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url)
    try:
        told = re.findall(r"Password of the console .*:  (\S+)", gateway.log.read_text())
        assert len(told) == 1
        operator = Operator(gateway, told[0])
        assert operator.send("GET", "/credentials")[1]["total"] == 0
    finally:
        gateway.stop()
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url)
    try:
        assert gateway.log.read_text().count(told[0]) == 1
        assert operator.token not in gateway.log.read_text()
        Operator(gateway, told[0])
    finally:
        gateway.stop()


def test_client_and_operator_have_different_keys(staffed: Gateway) -> None:
    operator = Operator(staffed)
    status, headers, body = request("GET", operator.base + "/credentials", headers=staffed.headers)
    assert (status, json.loads(body)["error"]["code"]) == (403, "permission_denied")
    assert headers["x-request-id"]
    for secret in (operator.token, PASSWORD):
        got = request("GET", staffed.base_url + "/models", headers={"Authorization": f"Bearer {secret}"})
        assert got[0] == 401


def test_no_page_of_another_origin_is_let_in(staffed: Gateway) -> None:
    page = {"Origin": "https://page.example"}
    _, open_headers, _ = request("GET", staffed.base_url + "/models", headers=staffed.headers | page)
    assert open_headers["access-control-allow-origin"] == "https://page.example"
    for method in ("GET", "OPTIONS"):
        _, headers, _ = request(method, staffed.url + "/admin/api/credentials", headers=page)
        assert not [name for name in headers if name.startswith("access-control-")]


def test_a_session_lives_and_ends_on_every_worker(staffed: Gateway) -> None:
    operator = Operator(staffed)
    assert {operator.send("GET", "/session")[0] for _ in range(12)} == {200}
    assert operator.send("DELETE", "/session")[0] == 204
    assert {operator.send("GET", "/session")[0] for _ in range(12)} == {401}


def test_a_change_reaches_the_requests(staffed: Gateway, sandbox: Sandbox) -> None:
    operator = Operator(staffed)
    _, added = operator.send("POST", "/credentials", {"key": "xai-sandbox-carol", "name": "carol"})
    _, listed = operator.send("GET", "/credentials?text=XAI_API_KEY")
    first = listed["data"][0]["id"]
    assert operator.send("POST", f"/credentials/{first}/disable")[1]["status"] == "disabled"
    until(lambda: serves(staffed, sandbox, "carol"))
    operator.send("POST", f"/credentials/{first}/enable")
    assert operator.send("DELETE", f"/credentials/{added['id']}")[0] == 204
    until(lambda: serves(staffed, sandbox, "alice"))


def serves(gateway: Gateway, sandbox: Sandbox, account: str) -> bool:
    """Tell whether ten requests in a row are served by one account."""
    sandbox.clear()
    answers = [gateway.post("/chat/completions", QUESTION)[0] for _ in range(10)]
    return answers == [200] * 10 and {row["account"] for row in sandbox.calls()} == {account}


def until(holds: Any) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to hold")


def test_any_worker_follows_a_job(staffed: Gateway) -> None:
    operator = Operator(staffed)
    body = {"action": "test", "filter": {"everything": True}}
    status, started = operator.send("POST", "/credentials/bulk", body)
    assert status == 202
    for _ in range(6):
        events = operator.events(started["job"]["id"])
        assert (events[0][0], events[-1][0]) == ("snapshot", "done")
    assert events[-1][1]["result"]["ok"] == 1


def test_a_request_is_explained(staffed: Gateway) -> None:
    operator = Operator(staffed)
    status, headers, _ = staffed.post("/chat/completions", QUESTION)
    assert status == 200
    found: dict[str, Any] = {}

    def explained() -> bool:
        status, told = operator.send("GET", f"/requests/{headers['x-request-id']}/explain")
        found.update(told)
        return status == 200

    until(explained)
    assert found["decisions"][-1]["chosen"]
    assert found["request"]["status"] == 200
    assert found["now"]["credentials"]
    assert operator.send("GET", "/requests/req_unknown/explain")[0] == 404


def test_a_file_becomes_a_pool_and_a_pool_a_file(staffed: Gateway) -> None:
    operator = Operator(staffed)
    lines = "".join(f"xai-sandbox-many-{number:05}\n" for number in range(1500))
    status, started = operator.send("POST", "/credentials/import", {"content": lines, "format": "txt"})
    assert status == 202
    events = operator.events(started["job"]["id"])
    assert events[-1][1]["result"]["counts"] == {"added": 1500}
    wanted = {"text": "many"}
    assert operator.send("GET", "/credentials?limit=500")[1]["total"] >= 1501
    ids = [row["id"] for row in events[-1][1]["result"]["rows"]]
    status, _, sealed = request(
        "POST",
        operator.base + "/credentials/export",
        {"ids": ids, "passphrase": "eight or more", "password": PASSWORD},
        headers=operator.headers,
    )
    assert status == 200
    assert b"xai-sandbox" not in sealed
    status, started = operator.send("POST", "/credentials/bulk", {"action": "delete", "ids": ids})
    assert operator.events(started["job"]["id"])[-1][1]["result"]["done"] == 1500
    assert operator.send("GET", f"/credentials?text={wanted['text']}")[1]["total"] == 0


def test_a_watched_job_does_not_hold_up_the_end_of_the_server(sandbox: Sandbox, tmp_path: Path) -> None:
    keys = tuple(f"xai-sandbox-{number}" for number in range(4))
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=keys, environment=SIGNED)
    try:
        operator = Operator(gateway)
        sandbox.scenario("hang", match={"path": "/v1/models"})
        body = {"action": "test", "filter": {"everything": True}}
        _, started = operator.send("POST", "/credentials/bulk", body)
        host, port = gateway.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as watching:
            path = f"/admin/api/jobs/{started['job']['id']}/events"
            head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {operator.token}\r\n\r\n"
            watching.sendall(head.encode())
            seen = b""
            while b"event: snapshot" not in seen:
                seen += watching.recv(65536)
            gateway.process.terminate()
            while chunk := watching.recv(65536):
                seen += chunk
        assert b"event: done" not in seen
        assert gateway.stop() == 0
    finally:
        gateway.stop()
