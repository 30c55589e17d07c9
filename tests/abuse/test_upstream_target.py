"""S2: nothing that a client sends chooses where xAI is asked, under which path, or with whose credential."""

from __future__ import annotations

import io
import json
import socket
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grok2api.server.routes import routes
from support.background import created
from support.forms import TYPE, form, part
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.raw_http import message, send
from support.sockets import Talk
from support.tiny_images import painted

SAY = "say exactly: ok"
CHAT = [{"role": "user", "content": SAY}]
ROUTES: Mapping[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": "grok-3", "messages": CHAT},
    "/v1/responses": {"model": "grok-3", "input": SAY},
    "/v1/responses/input_tokens": {"model": "grok-3", "input": SAY},
    "/v1/responses/compact": {"model": "grok-3", "input": [{"role": "user", "content": SAY}]},
    "/v1/messages": {"model": "grok-3", "max_tokens": 9, "messages": CHAT},
    "/v1/messages/count_tokens": {"model": "grok-3", "messages": CHAT},
    "/v1/images/generations": {"model": "grok-imagine-1.0", "prompt": "a boat"},
    "/v1/videos": {"model": "grok-imagine-1.0-video", "prompt": "a boat", "seconds": "4"},
    "/v1/videos/generations": {"model": "grok-imagine-video", "prompt": "a boat"},
    "/v1/audio/speech": {"model": "tts-1", "voice": "alloy", "input": "hello"},
    "/v1/tts": {"text": "hello", "voice_id": "eve", "language": "en"},
}
FILM = "a boat !sandbox:seconds=0"
BY_ID: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "/v1/responses/{response_id}/cancel": lambda _: {},
    "/v1/videos/{video_id}/remix": lambda _: {"prompt": FILM},
    "/v1/videos/edits": lambda video: {"prompt": FILM, "video": {"id": video}},
    "/v1/videos/extensions": lambda video: {"prompt": FILM, "video": {"id": video}, "seconds": "4"},
}
"""Routes that get nowhere without the id of something; their bodies, for the id of a video."""
LOCAL = {"/v1/responses/{response_id}/cancel"}
"""Background responses are our own; xAI knows nothing of them."""
REFUSED = {"/v1/audio/translations"}
"""What xAI has no route for is refused."""
PNG = painted("a boat")


def sound() -> bytes:
    """Return a tenth of a second of silence."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(16_000)
        made.writeframes(b"\0\0" * 1600)
    return kept.getvalue()


FORMS = {
    "/v1/files": (part("purpose", b"assistants"), part("file", b"a", "a.txt", "text/plain")),
    "/v1/audio/transcriptions": (part("model", b"whisper-1"), part("file", sound(), "a.wav", "audio/wav")),
    "/v1/stt": (part("file", sound(), "a.wav", "audio/wav"),),
    "/v1/images/edits": (part("prompt", b"a boat"), part("image", PNG, "a.png", "image/png")),
}
NAMES = tuple(
    """
    base_url api_base api_key api_version api_type host url endpoint path upstream target proxy
    proxies headers extra_headers extra_body extra_query extra_args provider custom_llm_provider
    organization team_id account credential credential_id token authorization user user_id metadata
    safety_identifier prompt_cache_key tier service_tier region fallbacks router callback_url
    webhook deployment query timeout
""".split()  # noqa: SIM905  a list of words is read as words
)
HEADERS = tuple(
    """
    X-Forwarded-Host X-Forwarded-For X-Forwarded-Proto X-Forwarded-Port X-Forwarded-Prefix Forwarded
    X-Original-URL X-Rewrite-URL X-Base-Url X-Api-Base X-Upstream X-Target-Url X-Host Proxy
    Proxy-Authorization OpenAI-Organization OpenAI-Project X-Xai-Team X-Xai-User X-Authorization
    Cookie Referer Origin Via Location api-key anthropic-beta X-Grok-Conv-Id X-Xai-Token-Auth
    X-Grok2api-Credential X-Grok2api-Upstream User-Agent TE
""".split()  # noqa: SIM905
)
TRICKS = (
    "../models", "..%2fmodels", "%2e%2e/files", "%2e%2e%2ffiles", "%252e%252e%252ffiles", "a?model=b",
    "a%3fb=c", "a#b", "a%23b", "a%00b", "a%0d%0aHost:%20b", "//evil.example", "http:%2f%2fevil.example",
    "a;b", "a\\b", "@evil.example", "%ff",
)  # fmt: skip
TRIED = (("GET", ""), ("DELETE", ""), ("GET", "/content"), ("POST", "/cancel"), ("POST", "/remix"))
OURS = {"accept", "accept-encoding", "user-agent", "content-type", "x-grok-conv-id"}
"""The only headers with which xAI is asked, beside the journal's own."""
PATHS = {
    "/v1/responses", "/v1/responses/compact", "/v1/chat/completions", "/v1/tokenize-text",
    "/v1/images/generations", "/v1/images/edits", "/v1/videos/generations", "/v1/tts", "/v1/stt",
    "/v1/files", "/v1/models", "/v1/api-key", "/v1/language-models", "/v1/me", "/v1/tts/voices",
}  # fmt: skip


OF_A_CLIP = ("/v1/videos/", "/vidgen/")
"""What is asked for later, under ids and links that xAI gave."""


@dataclass(slots=True)
class Canary:
    """A listener that nobody may ever connect to."""

    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"

    def connections(self) -> int:
        self.listener.setblocking(False)
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return 0
        return 1


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.listener.close()


Taken = tuple[str, dict[str, Any]]
"""The path and the body of a request that is taken."""


@pytest.fixture(scope="module")
def taken(gateway: Gateway, shared_sandbox: Sandbox) -> dict[str, Taken]:
    """Requests by the paths of their routes, for a video and a response that are there."""
    del shared_sandbox
    response = created(gateway)["id"]
    video = json.loads(gateway.post("/videos", {"prompt": FILM, "seconds": "4"})[2])["id"]
    ready = b'"status":"completed"'
    eventually(lambda: ready in gateway.get(f"/videos/{video}")[2].replace(b": ", b":"), "a video")

    def filled(path: str) -> str:
        return path.replace("{video_id}", video).replace("{response_id}", response)

    by_id = {path: (filled(path), body(video)) for path, body in BY_ID.items()}
    return {path: (path, body) for path, body in ROUTES.items()} | by_id


def said(gateway: Gateway, path: str, body: bytes, headers: list[tuple[str, str]]) -> int:
    return send(gateway.url, message("POST", path, [*gateway.headers.items(), *headers], body)).status


def check(sandbox: Sandbox, canary: Canary, secrets: tuple[str, ...], *, local: bool = False) -> None:
    """See that everything went to the one upstream, with our credentials, under the paths there are.

    Args:
        local: Whether it may be that nothing went anywhere.
    """
    rows = sandbox.journal()
    assert rows or local
    for row in rows:
        path = row["path"].removeprefix("/sandbox")
        assert path in PATHS or path.startswith(OF_A_CLIP), path
        assert row["account"] in ({None} if path.startswith("/vidgen/") else {"alice", "bob"})
        assert row["query"] == {}
        told = row["headers"]
        assert set(told) <= OURS, told
        assert told["user-agent"].startswith("grok2api/")
        told.pop("x-grok-conv-id", None)  # a client's own name for its conversation
        assert not any(secret in json.dumps(told) for secret in secrets)
    assert canary.connections() == 0


def test_no_route_is_forgotten_here() -> None:
    taking = {route.path for route in routes(Mock()) if "POST" in (route.methods or ())}
    assert taking == {*ROUTES, *FORMS, *BY_ID, *REFUSED}


@pytest.mark.parametrize("route", [*ROUTES, *BY_ID])
def test_no_field_and_no_header_moves_a_request(
    gateway: Gateway, sandbox: Sandbox, canary: Canary, taken: dict[str, Taken], route: str
) -> None:
    """All fields one after the other, each with an address of somebody else, and all headers at once."""
    path, usual = taken[route]
    headers = [(name, canary.url if "Url" in name else "evil.example") for name in HEADERS]
    query = "&".join(f"{name}={quote(canary.url, safe='')}" for name in NAMES)
    for target in (path, f"{path}?{query}"):
        assert said(gateway, target, json.dumps(usual).encode(), headers) == 200
    for name in NAMES[:: 8 if "images" in path or "videos" in path else 1]:
        stolen = {"Authorization": "Bearer stolen", "Host": "evil.example"}
        body = usual | {name: stolen if "header" in name else canary.url}
        assert said(gateway, path, json.dumps(body).encode(), headers) in {200, 400}, name
    check(sandbox, canary, (gateway.key, "evil.example", "stolen", canary.url), local=route in LOCAL)


@pytest.mark.parametrize("path", FORMS)
def test_no_field_of_a_form_moves_a_request(
    gateway: Gateway, sandbox: Sandbox, canary: Canary, path: str
) -> None:
    headers = [TYPE, *((name, "evil.example") for name in HEADERS)]
    for target in (path, path + "?base_url=" + quote(canary.url, safe="")):
        assert said(gateway, target, form(*FORMS[path]), headers) == 200
    for name in NAMES[::8]:
        more = part(name, canary.url.encode())
        assert said(gateway, path, form(more, *FORMS[path]), headers) in {200, 400}, name
    check(sandbox, canary, (gateway.key, "evil.example", canary.url))


def test_no_field_of_a_turn_on_a_socket_moves_it(gateway: Gateway, sandbox: Sandbox, canary: Canary) -> None:
    headers = {name.replace("-", "_"): "evil.example" for name in HEADERS if name not in {"Origin", "Via"}}
    with Talk(gateway, **headers) as talk:
        talk.send({"input": SAY})
        assert talk.turn()[-1]["type"] == "response.completed"
        for name in NAMES[::4]:
            talk.send({"input": SAY, name: canary.url})
            assert talk.turn()[-1]["type"] in {"response.completed", "error"}, name
    check(sandbox, canary, (gateway.key, "evil.example", canary.url))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(TRICKS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


@given(
    route=st.sampled_from(sorted([*ROUTES, *BY_ID])),
    fields=st.dictionaries(st.sampled_from(NAMES) | st.text(min_size=1, max_size=12), values, max_size=5),
    headers=st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(TRICKS), max_size=4),
)
@settings(
    max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
def test_whatever_else_is_sent_moves_no_request(
    gateway: Gateway,
    shared_sandbox: Sandbox,
    canary: Canary,
    taken: dict[str, Taken],
    route: str,
    fields: dict[str, Any],
    headers: dict[str, str],
) -> None:
    path, usual = taken[route]
    shared_sandbox.clear()
    assert said(gateway, path, json.dumps(fields | usual).encode(), list(headers.items())) in {200, 400}
    check(shared_sandbox, canary, (gateway.key, "evil.example"), local=True)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_name_or_id_becomes_part_of_an_address(gateway: Gateway, sandbox: Sandbox, trick: str) -> None:
    """Ids are sealed and models are looked up: what is neither never gets as far as xAI."""
    for path, body in ROUTES.items():
        if "model" in body and "audio" not in path:
            assert said(gateway, path, json.dumps(body | {"model": trick}).encode(), []) in {400, 404}
    for place in ("responses", "files", "videos", "models"):
        for method, more in TRIED:
            target = f"/v1/{place}/{trick}{more}".replace("#", "%23").replace("\\", "%5c")
            reply = send(gateway.url, message(method, target, [*gateway.headers.items()]))
            assert reply.status in {400, 404, 405}, (target, reply)
    for path in ("/v1/videos/edits", "/v1/videos/extensions"):
        for source in ({"id": trick}, {"file_id": trick}, {"url": trick}):
            sent = json.dumps(BY_ID[path]("") | {"video": source}).encode()
            assert said(gateway, path, sent, []) in {400, 404}, (path, source)
    assert sandbox.calls() == []
    asked = {row["path"] for row in sandbox.journal() if not row["path"].startswith(OF_A_CLIP)}
    assert asked <= {"/v1/models", "/v1/api-key", "/v1/tts/voices"}
