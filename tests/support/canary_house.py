"""A gateway that is told secrets and words at every door, and all that operators are shown of it afterwards.

Every secret holds what an escape would change; every word is found nowhere else.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from grok2api.admin.roles import RULES
from support.forms import TYPE, form, part
from support.observing import Caller, eventually
from support.operator import PASSWORD, SIGNED, Operator
from support.processes import Gateway, Sandbox, request
from support.sockets import Talk

CLIENT_ADDRESS = "203.0.113.77"
ASKED, ANSWERED = "canary-asked-7f3a", "canary-answered-81bc"
WORDS = (ASKED, ANSWERED, CLIENT_ADDRESS)
CLIENT_KEY = 'sk-client"canary/91+aa-0123456789'
ACCESS, REFRESH = "canary-access-token-0f1e2d3c", "canary-refresh-token-5a6b7c8d"
XAI_KEY = "xai-canary-of-a-key-0123456789"
PROXY_PASSWORD, OWN_PROXY_PASSWORD = 'prx"canary/+5521', 'own"canary/+7702'
REDIS_PASSWORD, STORE_PASSWORD = 'red"canary/+3309', 'dbs"canary/+4418'
WEBHOOK, WEBHOOK_SECRET = "canary-webhook-T000-B000", "canary-webhook-signature"
OTLP, METRICS = "canary-otlp-header-value", "canary-metrics-token-1234"
SECRET_KEY = 'canary"secret/key+of-more-than-thirty-two'
OPERATOR_PASSWORD = 'ida"canary/+password'
PASSPHRASE = 'words"canary/+of the export'
NOWHERE = "127.0.0.1:9"
POOL = ("xai-sandbox-alice", "xai-sandbox-bob")
CHAT = [{"role": "user", "content": f"say exactly: {ANSWERED} {ASKED}"}]
STATED = SIGNED | {
    "LOG_LEVEL": "DEBUG",
    "GROK2API_SECRET_KEY": SECRET_KEY,
    "GROK2API_ALERTS__WEBHOOK_URL": f"http://{NOWHERE}/{WEBHOOK}",
    "GROK2API_ALERTS__SECRET": WEBHOOK_SECRET,
    "GROK2API_TELEMETRY__OTLP_HEADERS": f"x-key={OTLP}",
    "GROK2API_METRICS__TOKEN": METRICS,
    "GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1",
    "GROK2API_GROK__RETRY_BACKOFF_BASE": "0",
    "GROK2API_OAUTH__ENABLED": "true",
    "GROK2API_POOL__POLL_SECONDS": "0.1",
    "GROK2API_VIDEO__POLL_SECONDS": "0.1",
}
SECRETS = (
    *(CLIENT_KEY, ACCESS, REFRESH, XAI_KEY, PROXY_PASSWORD, OWN_PROXY_PASSWORD, REDIS_PASSWORD),
    *(STORE_PASSWORD, WEBHOOK, WEBHOOK_SECRET, OTLP, METRICS, SECRET_KEY, OPERATOR_PASSWORD, PASSWORD),
    *(PASSPHRASE, *POOL),
)
LOOKS = 2400
"""At what takes as long as a busy machine lets it; there are forty in a second at most."""
FAR = {"x-forwarded-for": CLIENT_ADDRESS, "user-agent": "canary-agent"}


def ask_everything(gateway: Gateway, sandbox: Sandbox) -> None:
    """Use every surface, well and badly; every word that is sent and told back is a canary."""
    statuses: list[int] = []

    def send(path: str, body: object, **more: str) -> Any:
        status, _, answer = gateway.post(path, body, **FAR, **more)
        statuses.append(status)
        with contextlib.suppress(ValueError):
            return json.loads(answer)
        return None

    for stream in (False, True):
        send("/chat/completions", {"model": "grok-4-mini", "messages": CHAT, "stream": stream, "user": ASKED})
        send("/responses", {"model": "grok-3", "input": ASKED, "stream": stream, "metadata": {"a": ASKED}})
        send("/messages", {"model": "grok-3", "max_tokens": 50, "messages": CHAT, "stream": stream})
    run = send("/responses", {"model": "grok-3", "input": ASKED, "background": True})
    send("/responses/input_tokens", {"model": "grok-3", "input": ASKED})
    send("/images/generations", {"model": "grok-imagine-1.0", "prompt": ASKED})
    clip = send("/videos", {"model": "grok-imagine-1.0-video", "prompt": f"{ASKED} !sandbox:seconds=0.2"})
    send("/audio/speech", {"model": "tts-1", "voice": "alloy", "input": ASKED})
    file = form(part("purpose", b"assistants"), part("file", ASKED.encode(), "name.txt", "text/plain"))
    send("/files", file, **{TYPE[0]: TYPE[1]})
    assert set(statuses) == {200}
    with Talk(gateway, **FAR) as talk:
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
    gateway.get(f"/models?text={ASKED}", **FAR)
    for what in (f"/videos/{clip['id']}", f"/responses/{run['id']}"):
        eventually(lambda what=what: json.loads(gateway.get(what)[2])["status"] == "completed", what, LOOKS)  # type: ignore[misc]


@contextlib.contextmanager
def listening(owner: Operator) -> Iterator[bytearray]:
    """Let an operator's page hear of all that happens; give what it has heard so far."""
    heard, parts = bytearray(), urlsplit(owner.base)
    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    connection.request("GET", parts.path + "/events", headers=owner.headers)
    stream = connection.getresponse()
    assert stream.status == 200
    line = connection.sock

    def hear() -> None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            while piece := stream.read1():
                heard.extend(piece)

    thread = threading.Thread(target=hear, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        line.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=60)
        connection.close()


def seen_while_running(gateway: Gateway, owner: Operator, sandbox: Sandbox) -> bytes:
    """Return what operators see of a request that goes on."""
    sandbox.scenario("trickle", delay=0.05)
    counting = {"model": "grok-3", "input": f"count to 900, {ASKED}", "stream": True}
    with Caller(gateway, "/responses", counting) as caller:
        caller.read_until(b"delta")
        seen = owner.raw("/requests/live")
    sandbox.clear()
    return seen


def keep_words(gateway: Gateway, owner: Operator) -> str:
    """Ask with a key whose words an operator has kept for a while; return the id of the request."""
    wanted = {"name": "kept", "record_content": True, "rescue_seconds": 3600}
    _, made = owner.send("POST", "/keys", wanted)
    headers = FAR | {"Authorization": f"Bearer {made['key']}"}
    url, body = gateway.base_url + "/responses", {"model": "grok-3", "input": ASKED}
    _, told, _ = eventually(
        lambda: answer if (answer := request("POST", url, body, headers=headers))[0] == 200 else None,
        "the key",
    )
    identifier: str = told["x-request-id"]
    content = f"{owner.base}/requests/{identifier}/content"
    (kept,) = eventually(
        lambda: [told] if (told := request("GET", content, headers=owner.headers))[0] == 200 else None,
        "what is kept",
    )
    assert ASKED.encode() in kept[2], "it is kept, and its operator may read it"
    return identifier


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
    _, app = owner.send("POST", "/session/second-factor", {"password": PASSWORD})
    wrong = {"enrolment": app["enrolment"], "code": "000000"}
    owner.send("PUT", "/session/second-factor", wrong)
    for secret in made:
        for header in ({"Authorization": f"Bearer {secret}"}, {"x-api-key": secret}):
            request("GET", f"{gateway.base_url}/models/{secret}?key={secret[:0]}", headers=header)
    return (*made, app["secret"], app["enrolment"])


def shown(gateway: Gateway, owner: Operator, kept: str, *, but: str = "") -> dict[str, bytes]:
    """Return every page that operators can read, and the metrics; all but the words that are kept.

    Args:
        but: A page that is left out.
    """
    told = {}
    for rule in RULES:
        if rule.method == "GET" and "{" not in rule.path and rule.path not in {"/events", but}:
            _, _, told[rule.path] = request("GET", owner.base + rule.path, headers=owner.headers)
    told["as lines"] = owner.raw("/requests/export?format=jsonl")
    for row in owner.get("/requests?limit=100")["data"]:
        told[row["id"]] = owner.raw(f"/requests/{row['id']}") + owner.raw(f"/requests/{row['id']}/explain")
    assert kept in told
    for row in owner.get("/credentials")["data"]:
        told[row["id"]] = owner.raw(f"/credentials/{row['id']}")
    token = {"Authorization": f"Bearer {METRICS}"}
    status, _, told["/metrics"] = request("GET", gateway.url + "/metrics", headers=token)
    assert status == 200
    wanted = {"filter": {"everything": True}, "passphrase": PASSPHRASE, "password": PASSWORD}
    url = owner.base + "/credentials/export"
    status, _, told["sealed export"] = request("POST", url, wanted, headers=owner.headers)
    assert status == 200, told["sealed export"]
    return told
