"""Operators, tokens, settings and the audit of the real program, with two workers on one store."""

from __future__ import annotations

import base64
import http.client
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from grok2api.admin.one_time_codes import code_of, step_at
from support.identity_provider import CLIENT, CLIENT_SECRET, serving_in_a_thread
from support.processes import Gateway, Sandbox, request

PASSWORD = "the-console's-canary-password"
LONG = "a-canary-password-of-ada"
PROXY = "proxy-canary-in-the-settings"
OWN_PROXY = "proxy-canary-of-a-credential"
KEY = "xai-canary-of-a-key-123456"
QUESTION = {"model": "grok-4-mini", "messages": [{"role": "user", "content": "Why?"}]}


class Person:
    """Somebody who talks to the admin API."""

    def __init__(self, gateway: Gateway, **signs_in: str) -> None:
        self.base = gateway.url + "/admin/api"
        self.headers: dict[str, str] = {}
        if signs_in:
            _, told = self.send("POST", "/session", signs_in)
            self.headers = {"Authorization": f"Bearer {told['token']}"}

    def send(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        status, _, answer = request(method, self.base + path, body, headers=sent)
        return status, json.loads(answer) if answer else None

    def everywhere(self, path: str) -> set[int]:
        """Return the statuses of answers by all workers."""
        return {self.send("GET", path)[0] for _ in range(16)}


@pytest.fixture(scope="module")
def staffed(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = Gateway.start(
        tmp_path_factory.mktemp("administration"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment={"GROK2API_APP__APP_KEY": PASSWORD, "SERVER_WORKERS": "2", "LOG_LEVEL": "debug"},
    )
    yield started
    started.stop()


@pytest.fixture
def owner(staffed: Gateway) -> Person:
    return Person(staffed, password=PASSWORD)


def until(holds: Any, seconds: float = 10) -> float:
    """Return how long it took to hold."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)
    return time.monotonic() - begun


def test_an_account_counts_and_ends_on_every_worker(staffed: Gateway, owner: Person) -> None:
    status, made = owner.send("POST", "/operators", {"name": "Ada", "role": "viewer", "password": LONG})
    assert status == 201
    ada = Person(staffed, name="ada", password=LONG)
    assert ada.everywhere("/credentials") == {200}
    assert ada.everywhere("/settings") == {403}
    owner.send("PATCH", f"/operators/{made['id']}", {"role": "operator"})
    assert ada.everywhere("/settings") == {200}
    owner.send("PATCH", f"/operators/{made['id']}", {"enabled": False})
    assert ada.everywhere("/session") == {401}


def test_a_token_opens_the_admin_api_and_nothing_else(staffed: Gateway, owner: Person) -> None:
    _, made = owner.send("POST", "/tokens", {"name": "nightly", "role": "operator"})
    program = Person(staffed)
    program.headers = {"Authorization": f"Bearer {made['token']}"}
    assert program.everywhere("/credentials") == {200}
    assert request("GET", staffed.base_url + "/models", headers=program.headers)[0] == 401
    assert owner.send("DELETE", f"/tokens/{made['id']}")[0] == 204
    assert program.everywhere("/credentials") == {401}


def reasons(gateway: Gateway) -> set[bool]:
    """Return whether answers show their reasoning, by all workers."""
    found = set()
    for _ in range(12):
        status, _, body = gateway.post("/chat/completions", QUESTION)
        assert status == 200, body
        found.add("reasoning_content" in json.loads(body)["choices"][0]["message"])
    return found


def test_a_setting_counts_on_every_worker_and_is_taken_back(staffed: Gateway, owner: Person) -> None:
    assert reasons(staffed) == {True}
    _, before = owner.send("GET", "/settings")
    status, told = owner.send(
        "PATCH", "/settings", {"set": {"grok.thinking": "off"}, "revision": before["revision"]}
    )
    assert (status, told["pending_restart"]) == (200, [])
    until(lambda: reasons(staffed) == {False})
    status, _ = owner.send("PATCH", "/settings", {"set": {"grok.thinking": "on", "grok.max_retry": -1}})
    assert status == 400
    assert reasons(staffed) == {False}
    assert owner.send("POST", "/settings/rollback", {"to": before["revision"]})[0] == 200
    until(lambda: reasons(staffed) == {True})


def test_what_needs_a_restart_waits_for_it(shared_sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"GROK2API_APP__APP_KEY": PASSWORD}
    gateway = Gateway.start(tmp_path, upstream=shared_sandbox.base_url, environment=environment)
    try:
        person = Person(gateway, password=PASSWORD)
        _, told = person.send("PATCH", "/settings", {"set": {"oauth.enabled": True}})
        pending = told["pending_restart"]
        _, shown = person.send("GET", "/settings")
    finally:
        gateway.stop()
    marked = [one["path"] for part in shown["sections"] for one in part["settings"] if one["pending_restart"]]
    assert pending == marked == ["oauth.enabled"]
    gateway = Gateway.start(tmp_path, upstream=shared_sandbox.base_url, environment=environment)
    try:
        _, shown = Person(gateway, password=PASSWORD).send("GET", "/settings")
    finally:
        gateway.stop()
    settings = {one["path"]: one for part in shown["sections"] for one in part["settings"]}
    assert settings["oauth.enabled"]["pending_restart"] is False
    assert settings["oauth.enabled"]["value"] is True
    assert "secret of the settings" not in gateway.log.read_text()


def test_a_hundred_changes_drop_no_request(staffed: Gateway, owner: Person) -> None:
    for number in range(100):
        status, _ = owner.send("PATCH", "/settings", {"set": {"grok.max_retry": number % 5}})
        assert status == 200
        assert staffed.post("/chat/completions", QUESTION)[0] == 200
    _, page = owner.send("GET", "/settings/history?limit=200")
    assert len([each for each in page["data"] if each["differences"][0]["path"] == "grok.max_retry"]) >= 100


def test_the_server_tells_of_itself(owner: Person) -> None:
    workers = set()
    for _ in range(24):
        status, told = owner.send("GET", "/system")
        assert (status, told["store"]["state"], told["workers"]) == (200, "ok", 2)
        workers.add(told["worker"])
    assert len(workers) == 2
    assert told["leader"] is not None
    assert told["media"]["bytes"] == 0


def forms(secret: str) -> set[str]:
    """Return how a secret may be written."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), encoded, secret.encode().hex()}


def test_no_secret_is_anywhere(staffed: Gateway, owner: Person) -> None:
    token = owner.headers["Authorization"].removeprefix("Bearer ")
    proxy = f"http://user:{PROXY}@127.0.0.1:9"
    owner.send("POST", "/session", {"password": PASSWORD + "x"})
    owner.send("POST", "/operators", {"name": "Eve", "role": "viewer", "password": LONG})
    _, made = owner.send("POST", "/tokens", {"name": "x", "role": "viewer"}, idempotency_key="canary")
    owner.send("POST", "/settings/check", {"set": {"grok.proxy_url": proxy}})
    owner.send("PATCH", "/settings", {"set": {"media.store_url": 7, "grok.proxy_url": proxy}})
    own = f"http://user:{OWN_PROXY}@127.0.0.1:9"
    _, credential = owner.send("POST", "/credentials", {"key": KEY, "proxy": own})
    owner.send("PATCH", f"/credentials/{credential['id']}", {"proxy": own + "/"})
    owner.send("DELETE", f"/credentials/{credential['id']}")
    paths = ("/audit?limit=500", "/settings", "/settings/history", "/operators", "/tokens", "/sessions")
    told = {path: json.dumps(owner.send("GET", path)[1]).encode() for path in paths}
    told["log"] = staffed.log.read_bytes()
    secrets = (PASSWORD, token, LONG, made["token"], PROXY, KEY, OWN_PROXY)
    assert leaks(secrets, told) == []
    files = (staffed.directory / "data").glob("grok2api.db*")
    assert leaks(secrets, {path.name: path.read_bytes() for path in files}) == []


def leaks(secrets: tuple[str, ...], told: dict[str, bytes]) -> list[tuple[str, str]]:
    """Return which secrets are where."""
    return [
        (secret, place)
        for secret in secrets
        for form in forms(secret)
        for place, content in told.items()
        if form.encode() in content
    ]


def test_the_audit_is_one_chain_over_all_workers(owner: Person) -> None:
    for _ in range(20):
        owner.send("DELETE", "/jobs/job_none")
    status, told = owner.send("GET", "/audit/verify")
    assert (status, told["ok"]) == (200, True)
    assert told["entries"] >= 40


def test_events_come_from_any_worker(staffed: Gateway, owner: Person) -> None:
    import threading  # noqa: PLC0415

    seen: list[bytes] = []

    def follow() -> None:
        _, _, answer = request("GET", owner.base + "/events", headers=owner.headers, seconds=30)
        seen.append(answer)

    reading = threading.Thread(target=follow)
    reading.start()
    time.sleep(1)
    other = Person(staffed, password=PASSWORD)
    other.send("PATCH", "/settings", {"set": {"grok.max_retry": 7}})
    time.sleep(3)
    owner.send("DELETE", "/session")
    reading.join(timeout=20)
    names = re.findall(r"event: (\w+)", seen[0].decode())
    assert (names[0], names[-1]) == ("hello", "end")
    assert {"settings", "pool"} <= set(names)


def asked(gateway: Gateway, path: str, cookie: str = "") -> tuple[str, str]:
    """Ask on a connection of its own; return where it leads, and the cookie of a sign-on."""
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
    connection.request("GET", f"/admin/api{path}", headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    connection.close()
    cookies = [each.partition(";")[0] for each in answer.headers.get_all("set-cookie") or []]
    return answer.headers["location"], next((each for each in cookies if "sign_on=" in each), "")


def test_single_sign_on_ends_on_any_worker_and_once(staffed: Gateway, owner: Person) -> None:
    with serving_in_a_thread() as provider:
        settings = {
            "oidc.enabled": True,
            "oidc.issuer": provider.url,
            "oidc.client_id": CLIENT,
            "oidc.client_secret": CLIENT_SECRET,
            "oidc.roles": ["grok-admins=operator"],
        }
        status, told = owner.send("PATCH", "/settings", {"set": settings})
        assert status == 200, told
        stranger = Person(staffed)
        until(lambda: all(stranger.send("GET", "/setup")[1]["single_sign_on"] for _ in range(16)))
        for number in range(6):
            provider.claims["sub"] = f"person {number % 2}"
            url, cookie = asked(staffed, "/session/sso")
            answer = urlencode(provider.approve(url))
            ends = [asked(staffed, f"/session/sso/callback?{answer}", cookie)[0] for _ in range(3)]
            assert ends == ["/admin/login?arrived=1&next=%2F", *["/admin/login?failed=expired"] * 2]
        listed = owner.send("GET", "/operators")[1]["data"]
        assert [each["subject"] for each in listed if each["issuer"]] == ["person 0", "person 1"]
        assert CLIENT_SECRET not in staffed.log.read_text()
        assert owner.send("PATCH", "/settings", {"unset": list(settings)})[0] == 200


def test_a_code_is_good_once_whichever_worker_is_shown_it(staffed: Gateway, owner: Person) -> None:
    owner.send("POST", "/operators", {"name": "Grace", "role": "viewer", "password": LONG})
    grace = Person(staffed, name="grace", password=LONG)
    _, begun = grace.send("POST", "/session/second-factor", {"password": LONG})
    secret, now = begun["secret"], step_at(time.time())
    first = {"enrolment": begun["enrolment"], "code": code_of(secret, now)}
    assert grace.send("PUT", "/session/second-factor", first)[0] == 200

    def sign_in(_number: int) -> int:
        shown = {"name": "Grace", "password": LONG, "code": code_of(secret, now + 1)}
        return Person(staffed).send("POST", "/session", shown)[0]

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(sign_in, range(4))) == [200, 401, 401, 401]
