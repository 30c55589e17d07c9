"""Texts that try to become script, put wherever a text from outside can get into a gateway."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from grok2api.storage.records import Asset
from support.console import PASSWORD
from support.console_owner import Owner
from support.media_bench import a_picture
from support.media_shelf import MediaShelf
from support.observing import eventually
from support.processes import CLIENT_KEY, Gateway, Sandbox, request

CANARIES: Final = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "{{constructor.constructor('alert(4)')()}}",
    "javascript:alert(5)",
    "data:text/html,<script>alert(6)</script>",
)
SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(7)"><script>alert(8)</script></svg>'
PAGE: Final = b"<!doctype html><script>alert(9)</script>"


@dataclass(frozen=True)
class Poisoned:
    """What was put in, as addresses name it.

    Attributes:
        credential: The id of one whose name, tags and note are hostile.
        key: The id of such a client key.
        requests: Ids of requests that failed with hostile words, or named hostile models.
        job: The id of a test of all of them.
        links: Signed links to bytes that a browser must not run, by what they are.
    """

    credential: str
    key: str
    requests: tuple[str, ...]
    job: str
    links: dict[str, str]


def poison(gateway: Gateway, sandbox: Sandbox) -> Poisoned:
    """Put hostile texts into every corner of a gateway that has no credentials yet."""
    owner = Owner.of(gateway)
    kept = [_names(owner, number, canary) for number, canary in enumerate(CANARIES)]
    requests = (*_failures(gateway, sandbox), *_models(gateway))
    lines = "".join(f"xai-sandbox-row{number},{canary},{canary}\n" for number, canary in enumerate(CANARIES))
    file = {"content": f"key,name,note\n{lines}{CANARIES[0]},x,\n", "file_name": f"{CANARIES[0]}.csv"}
    owner.send("POST", "/credentials/import", file)
    owner.send("POST", "/credentials/bulk", {"action": "test", "filter": {"everything": True}})
    job = owner.send("GET", "/jobs")["data"][0]["id"]
    for canary in CANARIES:
        # What a browser calls itself is told on the page of sessions.
        headers = {"User-Agent": canary}
        request("POST", gateway.url + "/admin/api/session", {"password": PASSWORD}, headers=headers)
    revision = owner.send("GET", "/settings")["revision"]
    change = {"set": {"oauth.client_id": CANARIES[0]}, "revision": revision}
    request("PATCH", gateway.url + "/admin/api/settings", change, headers=owner.headers)
    with ThreadPoolExecutor(1) as apart:  # the browser's own loop runs in this thread
        links = apart.submit(_media, gateway).result()
    return Poisoned(kept[0][0], kept[0][1], requests, job, links)


def _names(owner: Owner, number: int, canary: str) -> tuple[str, str]:
    told = {"key": f"xai-sandbox-{number}", "name": canary, "tags": [canary[:30]], "note": canary}
    credential = owner.send("POST", "/credentials", told)["id"]
    key = owner.send("POST", "/keys", {"name": canary, "note": canary, "models": [canary]})["id"]
    owner.send("PUT", f"/models/alias-{number}", {"target": "grok-4", "note": canary})
    owner.send("POST", "/tokens", {"name": canary, "role": "viewer"})
    owner.send("POST", "/operators", {"name": canary[:60], "role": "viewer", "password": PASSWORD})
    return credential, key


def _failures(gateway: Gateway, sandbox: Sandbox) -> list[str]:
    """Let xAI's words be hostile; they are shown as reasons of credentials, and of requests."""
    found = []
    eventually(lambda: b"grok-4" in gateway.get("/models")[2], "the pool")
    for status in (429, 400, 500, 403):
        body = {"code": CANARIES[1], "error": CANARIES[0]}
        sandbox.scenario("status", status=status, body=body, times=8, match={"path": "/responses"})
        asked = {"model": "grok-4", "messages": [{"role": "user", "content": CANARIES[1]}]}
        found.append(gateway.post("/chat/completions", asked)[1]["x-request-id"])
        sandbox.clear()
    return found


def _models(gateway: Gateway) -> list[str]:
    found = []
    for canary in CANARIES:
        asked = {"model": canary, "messages": [{"role": "user", "content": canary}]}
        found.append(gateway.post("/chat/completions", asked)[1]["x-request-id"])
        gateway.get(f"/models/{quote(canary, safe='')}")
    return found


def _media(gateway: Gateway) -> dict[str, str]:
    """Keep bytes that are not what their record says, and a record that says what is never kept."""
    shelf = MediaShelf.of(gateway)
    owner = shelf.owner_of(CLIENT_KEY)
    picture = shelf.keep(a_picture(), owner=owner)
    links = {"picture": shelf.link(picture)}
    for name, mime, content in (
        ("page", "image/png", PAGE),
        ("drawing", "image/png", SVG),
        ("named drawing", "image/svg+xml", SVG),
        ("named page", "text/html", PAGE),
    ):
        now = time.time()
        asset = replace(picture, id=secrets.token_hex(16), mime=mime, size=len(content), created_at=now)
        _put(shelf, asset, content)
        links[name] = shelf.link(asset)
    return links


def _put(shelf: MediaShelf, asset: Asset, content: bytes) -> None:
    path = shelf.file(asset)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(content)
    shelf.add(asset)
