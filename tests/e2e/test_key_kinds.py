"""Every kind of request counts against the rates of its key, and is paid from its budget, once."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.limited_keys import SIGNED, KeyMaker, MadeKey
from support.observing import eventually, ledger
from support.processes import Gateway, Sandbox
from support.sdk import openai_client
from support.tiny_images import painted

HELLO = [{"role": "user", "content": "hello"}]
CHAT = {"model": "grok-3", "messages": HELLO}
SHORT = "a cat !sandbox:seconds=0"
PICTURE = "data:image/png;base64," + base64.b64encode(painted("a cat")).decode()


@pytest.fixture(scope="module")
def keys(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyMaker]:
    gateway = Gateway.start(
        tmp_path_factory.mktemp("kinds"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
        environment=SIGNED | {"GROK2API_VIDEO__POLL_SECONDS": "0.1"},
    )
    yield KeyMaker(gateway)
    gateway.stop()


def form(key: MadeKey, path: str, file: tuple[str, bytes], **fields: str) -> tuple[int, Any]:
    """Send a form with a file."""
    with openai_client(key.gateway, key=key.key) as client:
        answer = client._client.post(
            client.base_url.copy_with(path="/v1" + path),
            headers=key.headers,
            data=fields,
            files={"file": (file[0], io.BytesIO(file[1]))},
        )
    return answer.status_code, answer.json()


def spoken(key: MadeKey, path: str, body: object) -> tuple[int, Any]:
    status, _, answer = key.post(path, body)
    return status, answer


WAYS: dict[str, Callable[[MadeKey], tuple[int, Any]]] = {
    "chat": lambda key: spoken(key, "/chat/completions", CHAT),
    "chat stream": lambda key: spoken(key, "/chat/completions", {**CHAT, "stream": True}),
    "responses": lambda key: spoken(key, "/responses", {"model": "grok-3", "input": "hello"}),
    "background": lambda key: spoken(
        key, "/responses", {"model": "grok-3", "input": "hello", "background": True}
    ),
    "compact": lambda key: spoken(key, "/responses/compact", {"model": "grok-3", "input": "hello"}),
    "count": lambda key: spoken(key, "/responses/input_tokens", {"model": "grok-3", "input": "hello"}),
    "messages": lambda key: spoken(key, "/messages", {"model": "grok-3", "max_tokens": 5, "messages": HELLO}),
    "count messages": lambda key: spoken(
        key, "/messages/count_tokens", {"model": "grok-3", "messages": HELLO}
    ),
    "pictures": lambda key: spoken(key, "/images/generations", {"prompt": "a cat", "n": 2}),
    "a streamed picture": lambda key: spoken(
        key, "/images/generations", {"prompt": "a cat", "stream": True, "partial_images": 1}
    ),
    "a picture in a chat": lambda key: spoken(
        key, "/chat/completions", {"model": "grok-imagine-1.0", "messages": HELLO}
    ),
    "an edit": lambda key: spoken(
        key, "/images/edits", {"prompt": "a cat", "image": {"url": PICTURE}, "model": "grok-imagine-1.0"}
    ),
    "a video in a chat": lambda key: spoken(
        key,
        "/chat/completions",
        {"model": "grok-imagine-1.0-video", "messages": [{"role": "user", "content": SHORT}]},
    ),
    "a video": lambda key: spoken(
        key, "/videos", {"prompt": SHORT, "model": "grok-imagine-1.0-video", "seconds": "4"}
    ),
    "a native video": lambda key: spoken(
        key, "/videos/generations", {"prompt": SHORT, "model": "grok-imagine-1.0-video"}
    ),
    "speech": lambda key: spoken(
        key, "/audio/speech", {"model": "tts-1", "voice": "alloy", "input": "hello"}
    ),
    "native speech": lambda key: spoken(key, "/tts", {"text": "hello", "voice_id": "eve", "language": "en"}),
    "transcription": lambda key: form(key, "/audio/transcriptions", ("a.wav", _wav()), model="whisper-1"),
    "native transcription": lambda key: form(key, "/stt", ("a.wav", _wav())),
    "file": lambda key: form(key, "/files", ("a.txt", b"hello"), purpose="assistants"),
    "files": lambda key: key.get("/files")[::2],
    "videos": lambda key: key.get("/videos")[::2],
    "models": lambda key: key.get("/models")[::2],
    "voices": lambda key: key.get("/tts/voices")[::2],
    "a stored response": lambda key: key.get("/responses/resp_none")[::2],
    "the document": lambda key: key.get("/openapi.json")[::2],
}


FREE = {
    *("count", "count messages", "file", "files", "videos", "models", "voices", "a stored response"),
    "the document",
}
"""Ways that cost nothing."""


def _wav() -> bytes:
    """Return a second of silence."""
    samples = b"\0\0" * 8000
    head = b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = b"\1\0\1\0" + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\2\0\20\0"
    return head + form + b"data" + len(samples).to_bytes(4, "little") + samples


@pytest.fixture(scope="module")
def each_way(keys: KeyMaker) -> dict[str, MadeKey]:
    """A key for each kind of request, with one request a minute, and money enough."""
    made = keys.make_all(*({"rpm": 1, "tpm": 1_000_000, "budget_day_usd": "50"} for _ in WAYS))
    return dict(zip(WAYS, made, strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_request_is_counted_and_paid(
    keys: KeyMaker, each_way: dict[str, MadeKey], way: str
) -> None:
    key = each_way[way]
    status, answer = WAYS[way](key)
    assert status in {200, 404 if way == "a stored response" else 200}, answer
    status, answer = WAYS[way](key)
    assert status == 429, answer
    error = answer["error"]
    assert error.get("code", "rate_limit_exceeded") == "rate_limit_exceeded", error
    if way in FREE:
        assert money_of(keys, key) == [(0, 0)] * 2
        return
    costs = eventually(lambda: [row["cost_ticks"] for row in rows_of(key) if row["status"] != 429], "its row")
    assert len(costs) == 1, "one request, one row"
    assert costs[0] > 0
    eventually(lambda: money_of(keys, key) == [(costs[0], 0)] * 2, "the settlement of day and month")


def rows_of(key: MadeKey) -> list[dict[str, Any]]:
    return [row for row in ledger(key.gateway.directory) if row["key_id"] == key.id]


def money_of(keys: KeyMaker, key: MadeKey) -> list[tuple[int, int]]:
    """Return the ticks that a key has spent, and that are set aside for it, in this day and month."""
    windows = keys.send("GET", f"/keys/{key.id}")["spending"]
    return [(each["spent"]["ticks"], each["reserved"]["ticks"]) for each in windows]
