"""S8 and S20: after everything has happened, no secret and no word of a client is written down anywhere."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from grok2api.admin.roles import RULES
from support.canaries import files_below, leaks
from support.forms import TYPE, form, part
from support.observing import eventually
from support.operator import PASSWORD, SIGNED, Operator
from support.processes import ROOT, Gateway, Sandbox, clean_environment, request
from support.sockets import Talk

CLIENT_ADDRESS = "203.0.113.77"
ASKED, ANSWERED = "canary-asked-7f3a", "canary-answered-81bc"
CLIENT_KEY = 'sk-client"canary/91+aa-0123456789'
ACCESS, REFRESH = "canary-access-token-0f1e2d3c", "canary-refresh-token-5a6b7c8d"
XAI_KEY = "xai-canary-of-a-key-0123456789"
PROXY_PASSWORD, OWN_PROXY_PASSWORD = 'prx"canary/+5521', 'own"canary/+7702'
REDIS_PASSWORD, STORE_PASSWORD = 'red"canary/+3309', 'dbs"canary/+4418'
WEBHOOK, WEBHOOK_SECRET = "canary-webhook-T000-B000", "canary-webhook-signature"
OTLP, METRICS = "canary-otlp-header-value", "canary-metrics-token-1234"
SECRET_KEY = 'canary"secret/key+of-more-than-thirty-two'
OPERATOR_PASSWORD = 'ida"canary/+password'
NOWHERE = "127.0.0.1:9"
CHAT = [{"role": "user", "content": f"say exactly: {ANSWERED} {ASKED}"}]
STATED = {
    "SERVER_WORKERS": "1",
    "LOG_LEVEL": "DEBUG",
    "GROK2API_SECRET_KEY": SECRET_KEY,
    "REDIS_URL": f"redis://:{quote(REDIS_PASSWORD, safe='')}@{NOWHERE}/0",
    "GROK2API_ALERTS__WEBHOOK_URL": f"http://{NOWHERE}/{WEBHOOK}",
    "GROK2API_ALERTS__SECRET": WEBHOOK_SECRET,
    "GROK2API_TELEMETRY__OTLP_ENDPOINT": f"http://{NOWHERE}",
    "GROK2API_TELEMETRY__OTLP_HEADERS": f"x-key={OTLP}",
    "GROK2API_METRICS__TOKEN": METRICS,
    "GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1",
    "GROK2API_GROK__RETRY_BACKOFF_BASE": "0",
    "GROK2API_OAUTH__ENABLED": "true",
}
SECRETS = (
    *(
        CLIENT_KEY,
        ACCESS,
        REFRESH,
        XAI_KEY,
        PROXY_PASSWORD,
        OWN_PROXY_PASSWORD,
        REDIS_PASSWORD,
        STORE_PASSWORD,
    ),
    *(WEBHOOK, WEBHOOK_SECRET, OTLP, METRICS, SECRET_KEY, OPERATOR_PASSWORD, PASSWORD),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was written down: by the server, in the store, in what operators are shown, by commands."""

    told: dict[str, bytes]
    made: tuple[str, ...]
    """Secrets that only came to be on the way: a session, a token, a client key."""


def ask_everything(gateway: Gateway, sandbox: Sandbox) -> None:
    """Use every surface, well and badly; every word that is sent and told back is a canary."""
    far = {"x-forwarded-for": CLIENT_ADDRESS, "user-agent": "canary-agent"}
    statuses: list[int] = []

    def send(path: str, body: object, **more: str) -> tuple[int, Any]:
        status, _, answer = gateway.post(path, body, **far, **more)
        statuses.append(status)
        with contextlib.suppress(ValueError):
            return status, json.loads(answer)
        return status, None

    for stream in (False, True):
        send("/chat/completions", {"model": "grok-4-mini", "messages": CHAT, "stream": stream, "user": ASKED})
        send("/responses", {"model": "grok-3", "input": ASKED, "stream": stream, "metadata": {"a": ASKED}})
        send("/messages", {"model": "grok-3", "max_tokens": 50, "messages": CHAT, "stream": stream})
    _, run = send("/responses", {"model": "grok-3", "input": ASKED, "background": True})
    send("/responses/input_tokens", {"model": "grok-3", "input": ASKED})
    send("/images/generations", {"model": "grok-imagine-1.0", "prompt": ASKED})
    _, clip = send("/videos", {"model": "grok-imagine-1.0-video", "prompt": ASKED})
    send("/audio/speech", {"model": "tts-1", "voice": "alloy", "input": ASKED})
    file = form(part("purpose", b"assistants"), part("file", ASKED.encode(), "name.txt", "text/plain"))
    send("/files", file, **{TYPE[0]: TYPE[1]})
    assert set(statuses) == {200}
    with Talk(gateway, **far) as talk:
        talk.send({"input": ASKED})
        talk.event()
    send("/chat/completions", {"model": "no-such-model", "messages": CHAT})
    send("/chat/completions", {"model": "grok-3", "messages": CHAT, "temperature": ASKED})
    send("/chat/completions", b'{"model": "' + ASKED.encode())
    send("/responses", {"model": "grok-3", "input": ASKED, "previous_response_id": ASKED})
    for fault, status in (("malformed", 0), ("status", 500), ("safety", 0)):
        sandbox.scenario(fault, match={"path": "/responses"}, times=6, status=status or None)
        send("/responses", {"model": "grok-3", "input": ASKED})
        send("/chat/completions", {"model": "grok-3", "messages": CHAT, "stream": True})
        sandbox.clear()
    gateway.get(f"/models?text={ASKED}", **far)
    eventually(
        lambda: json.loads(gateway.get(f"/videos/{clip['id']}")[2])["status"] == "completed", "the clip"
    )
    eventually(
        lambda: json.loads(gateway.get(f"/responses/{run['id']}")[2])["status"] == "completed", "the run"
    )


def keep_secrets(gateway: Gateway, owner: Operator) -> tuple[str, ...]:
    """Let operators enter secrets everywhere, rightly and wrongly; return those that were made."""
    own = f"http://u:{quote(OWN_PROXY_PASSWORD, safe='')}@{NOWHERE}"
    default = f"http://u:{quote(PROXY_PASSWORD, safe='')}@{NOWHERE}"
    _, credential = owner.send("POST", "/credentials", {"key": XAI_KEY, "proxy": own, "name": "a"})
    owner.send("POST", f"/credentials/{credential['id']}/test")
    owner.send("PATCH", f"/credentials/{credential['id']}", {"proxy": OWN_PROXY_PASSWORD})
    owner.send("POST", "/credentials/import", {"content": f"{REFRESH}\n{ACCESS}\n", "format": "txt"})
    auth = {"tokens": {"access_token": ACCESS, "refresh_token": REFRESH}}
    owner.send("POST", "/credentials/import", {"content": json.dumps(auth), "format": "json"})
    for change in (
        {"grok.proxy_url": default},
        {"grok.proxy_url": PROXY_PASSWORD},
        {"storage.url": STORE_PASSWORD},
    ):
        owner.send("POST", "/settings/check", {"set": change})
    revision = owner.get("/settings")["revision"]
    owner.send("PATCH", "/settings", {"set": {"grok.proxy_url": default}, "revision": revision})
    owner.send(
        "PATCH", "/settings", {"unset": ["grok.proxy_url"], "revision": owner.get("/settings")["revision"]}
    )
    owner.send("POST", "/operators", {"name": "Ida", "role": "viewer", "password": OPERATOR_PASSWORD})
    owner.send("POST", "/session", {"name": OPERATOR_PASSWORD, "password": OPERATOR_PASSWORD})
    owner.send("POST", "/alerts/test")
    _, token = owner.send("POST", "/tokens", {"name": "t", "role": "owner"})
    _, key = owner.send("POST", "/keys", {"name": "k"})
    _, rotated = owner.send("POST", f"/keys/{key['id']}/rotate", {})
    session = owner.headers["Authorization"].removeprefix("Bearer ")
    made = (session, token["token"], key["key"], rotated["key"])
    for secret in made:
        for header in ({"Authorization": f"Bearer {secret}"}, {"x-api-key": secret}):
            request("GET", f"{gateway.base_url}/models/{secret}?key={secret[:0]}", headers=header)
    return made


def shown(gateway: Gateway, owner: Operator) -> dict[str, bytes]:
    """Return every page of the admin API that can be read, and the metrics."""
    told = {}
    for rule in RULES:
        if rule.method == "GET" and "{" not in rule.path and rule.path != "/events":
            _, _, told[rule.path] = request("GET", owner.base + rule.path, headers=owner.headers)
    for row in owner.get("/requests?limit=100")["data"]:
        told[row["id"]] = owner.raw(f"/requests/{row['id']}") + owner.raw(f"/requests/{row['id']}/explain")
    for row in owner.get("/credentials")["data"]:
        told[row["id"]] = owner.raw(f"/credentials/{row['id']}")
    token = {"Authorization": f"Bearer {METRICS}"}
    status, _, told["/metrics"] = request("GET", gateway.url + "/metrics", headers=token)
    assert status == 200
    return told


def commanded(directory: Path, environment: dict[str, str], *words: str) -> bytes:
    """Return all that a command says."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        cwd=directory,
        env=clean_environment(**environment),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def evidence(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    directory = tmp_path_factory.mktemp("leaks")
    shared_sandbox.clear()
    keys = ("xai-sandbox-alice", "xai-sandbox-bob")
    environment = SIGNED | STATED
    gateway = Gateway.start(
        directory, upstream=shared_sandbox.base_url, keys=keys, client_key=CLIENT_KEY, environment=environment
    )
    try:
        owner = Operator(gateway)
        ask_everything(gateway, shared_sandbox)
        made = keep_secrets(gateway, owner)
        told = shown(gateway, owner)
    finally:
        gateway.stop()
    stated = environment | {"DATA_DIR": str(directory / "data"), "GROK2API_APP__API_KEY": CLIENT_KEY}
    away = f"postgresql://u:{quote(STORE_PASSWORD, safe='')}@{NOWHERE}/d"
    told["config show"] = commanded(directory, stated | {"DATABASE_URL": away}, "config", "show")
    return Evidence(told | files_below(directory), made)


def test_the_search_looks_where_something_is(evidence: Evidence) -> None:
    """Nothing is found where nothing was looked at: the places are there, and hold what they should."""
    told = evidence.told
    assert {"server.log", "data/grok2api.db", "/metrics", "/audit", "/settings"} <= set(told)
    assert b"settings.edit" in told["/audit"]
    assert b"redis_url" in told["config show"]
    assert len(told["server.log"].splitlines()) > 50
    assert b"chat" in told["/requests"]


def test_no_secret_is_written_down(evidence: Evidence) -> None:
    assert leaks((*SECRETS, *evidence.made), evidence.told) == []


def test_no_word_of_a_client_is_written_down(evidence: Evidence) -> None:
    """All but what operators keep by setting: pictures, clips and sounds. Names of files are known."""
    told = {place: content for place, content in evidence.told.items() if not place.startswith("data/media/")}
    assert leaks((ASKED, ANSWERED, CLIENT_ADDRESS), told) == []
