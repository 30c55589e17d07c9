"""Prompts and answers are kept only of keys that an operator turned that on for, sealed, and for a while.

One gateway, one key that keeps and some that do not. What a canary word tells: where it is not to be found
in any file of the data directory nor in the log, nobody can read it there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.limited_keys import SIGNED, KeyMaker, MadeKey
from support.observing import Caller, eventually
from support.processes import Gateway, Sandbox, request
from support.sockets import Talk
from support.tiny_images import painted

CANARY = "zebrafinch"
SAY = f"say exactly: {CANARY} sings"
TOLD = f"{CANARY} sings"
PICTURE = base64.b64encode(painted("a zebra finch")).decode()


@pytest.fixture(scope="module")
def keys(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyMaker]:
    gateway = Gateway.start(
        tmp_path_factory.mktemp("contents"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
        environment=SIGNED | {"GROK2API_LEDGER__CONTENT_MAX_KB": "4"},
    )
    yield KeyMaker(gateway)
    gateway.stop()


@pytest.fixture(scope="module")
def kept(keys: KeyMaker) -> MadeKey:
    return keys.make(record_content=True, content_hours=2)


def content_of(keys: KeyMaker, request_id: str) -> dict[str, Any]:
    told: dict[str, Any] = keys.send("GET", f"/requests/{request_id}/content")
    return told


def refused(keys: KeyMaker, request_id: str) -> str:
    """Return the code with which the words of a request are not given."""
    url = f"{keys.gateway.url}/admin/api/requests/{request_id}/content"
    status, _, body = request("GET", url, headers=keys._headers)
    assert status == 404, body
    code: str = json.loads(body)["error"]["code"]
    return code


def spoken(side: dict[str, Any]) -> list[str]:
    return [each["text"] for each in side["said"]]


def found_on_disk(directory: Path, word: str) -> list[str]:
    files = [each for each in directory.rglob("*") if each.is_file()]
    return [each.name for each in files if word.encode() in each.read_bytes()]


def chat(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "grok-3", "messages": [{"role": "user", "content": text}], **more}


WAYS: dict[str, Callable[[], tuple[str, dict[str, Any]]]] = {
    "chat": lambda: ("/chat/completions", chat(SAY)),
    "chat, streamed": lambda: ("/chat/completions", chat(SAY, stream=True)),
    "responses": lambda: ("/responses", {"model": "grok-3", "input": SAY}),
    "responses, streamed": lambda: ("/responses", {"model": "grok-3", "input": SAY, "stream": True}),
    "messages": lambda: ("/messages", chat(SAY, max_tokens=50)),
    "messages, streamed": lambda: ("/messages", chat(SAY, max_tokens=50, stream=True)),
}


@pytest.mark.parametrize("way", WAYS)
def test_both_sides_are_kept_as_the_client_had_them(keys: KeyMaker, kept: MadeKey, way: str) -> None:
    path, body = WAYS[way]()
    status, headers, _ = kept.post(path, body)
    assert status == 200
    told = content_of(keys, headers["x-request-id"])
    assert (told["path"], told["status"], told["key_id"]) == ("/v1" + path, 200, kept.id)
    assert told["request"]["body"] == body
    assert spoken(told["request"]) == [SAY]
    assert spoken(told["answer"]) == [TOLD]
    course = keys.send("GET", f"/requests/{headers['x-request-id']}")
    assert course["content_expires_at"] == told["expires_at"] > told["kept_at"]


def test_nothing_is_kept_of_keys_that_do_not_say_so_and_never_log_wins(keys: KeyMaker) -> None:
    usual, quiet = keys.make_all({}, {"record_content": True})
    keys.change(quiet, never_log=True)
    eventually(lambda: keys.send("GET", f"/keys/{quiet.id}")["content_kept_hours"] == 0, "the change")
    assert keys.send("GET", f"/keys/{quiet.id}")["record_content"] is False
    word = "hoopoe"
    eventually(lambda: usual.post("/chat/completions", chat(f"say exactly: {word}"))[0] == 200)
    for key in (usual, quiet):
        _, headers, _ = key.post("/responses", {"model": "grok-3", "input": word, "store": False})
        assert refused(keys, headers["x-request-id"]) == "content_not_kept"
    assert found_on_disk(keys.gateway.directory, word) == []


def test_never_log_forgets_at_once_what_was_kept_before(keys: KeyMaker) -> None:
    key = keys.make(record_content=True)
    _, headers, _ = key.post("/chat/completions", chat(SAY))
    assert spoken(content_of(keys, headers["x-request-id"])["answer"]) == [TOLD]
    keys.change(key, never_log=True)
    assert refused(keys, headers["x-request-id"]) == "content_not_kept"
    assert key.id not in {each["key_id"] for each in keys.send("GET", "/contents")["keys"]}


def test_what_is_kept_is_sealed_wherever_it_lies(keys: KeyMaker, kept: MadeKey) -> None:
    word = "nightjar"
    _, headers, _ = kept.post("/chat/completions", chat(f"say exactly: {word}"))
    assert spoken(content_of(keys, headers["x-request-id"])["answer"]) == [word]
    assert found_on_disk(keys.gateway.directory, word) == []
    assert found_on_disk(keys.gateway.directory, kept.key) == []


def test_media_is_left_out_and_what_is_long_is_cut(keys: KeyMaker, kept: MadeKey) -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
    parts = [{"type": "text", "text": SAY}, picture]
    _, headers, _ = kept.post(
        "/chat/completions", chat(SAY) | {"messages": [{"role": "user", "content": parts}]}
    )
    told = content_of(keys, headers["x-request-id"])["request"]
    assert (told["omitted"], told["cut"]) == (1, False)
    assert "not kept" in json.dumps(told["body"])
    assert PICTURE[:40] not in json.dumps(told)
    _, headers, _ = kept.post("/chat/completions", chat("go " * 4000))
    told = content_of(keys, headers["x-request-id"])["request"]
    assert told["cut"]
    assert len(json.dumps(told["body"])) < 5000
    assert told["size"] > 12_000
    prompt = {"prompt": f"a {CANARY}", "response_format": "b64_json"}
    _, headers, answer = kept.post("/images/generations", prompt)
    told = content_of(keys, headers["x-request-id"])
    assert spoken(told["request"]) == [f"a {CANARY}"]
    assert told["answer"]["omitted"] == 1
    assert answer["data"][0]["b64_json"][:40] not in json.dumps(told)
    _, headers, _ = kept.post("/audio/speech", {"model": "tts-1", "voice": "alloy", "input": SAY})
    told = content_of(keys, headers["x-request-id"])
    assert (spoken(told["request"]), told["answer"]["body"]) == ([SAY], None)


def test_errors_are_kept_as_the_client_had_them(keys: KeyMaker, kept: MadeKey) -> None:
    status, headers, answer = kept.post("/chat/completions", chat(SAY, model="no-such-model"))
    told = content_of(keys, headers["x-request-id"])
    assert (status, told["status"]) == (404, 404)
    assert told["answer"]["error"] == answer["error"]


def test_a_stream_whose_client_left_keeps_what_had_gone_out(
    keys: KeyMaker, kept: MadeKey, sandbox: Sandbox
) -> None:
    sandbox.scenario("trickle", delay=0.02, match={"path": "/v1/responses"})
    body = chat(f"{CANARY}: count to 500", stream=True)
    with Caller(replace(kept.gateway, key=kept.key), "/chat/completions", body) as caller:
        caller.read_until(b'" 2"')
        caller.leave()
    row = eventually(lambda: latest(keys, kept, end="client_gone"), "the row of the ledger")
    told = content_of(keys, row["id"].replace("#", "%23"))
    (text,) = spoken(told["answer"])
    assert text.startswith("1")
    assert "500" not in text


def latest(keys: KeyMaker, key: MadeKey, **wanted: str) -> dict[str, Any] | None:
    query = "&".join(f"{name}={value}" for name, value in {"key": key.id, **wanted}.items())
    rows = keys.send("GET", f"/requests?{query}&limit=1")["data"]
    return rows[0] if rows else None


def test_turns_on_a_socket_and_in_the_background_are_kept(keys: KeyMaker, kept: MadeKey) -> None:
    with Talk(kept.gateway, Authorization=kept.headers["Authorization"]) as talk:
        talk.send({"input": SAY})
        events = talk.turn()
    request_id = events[0]["headers"]["x-request-id"]
    told = content_of(keys, request_id)
    assert (spoken(told["request"]), spoken(told["answer"])) == ([SAY], [TOLD])
    for stream in (False, True):
        body = {"model": "grok-3", "input": SAY, "background": True, "stream": stream}
        request_id = kept.post("/responses", body)[1]["x-request-id"]
        told = eventually(partial(kept_now, keys, request_id), "the end of the response")
        assert (spoken(told["request"]), spoken(told["answer"])) == ([SAY], [TOLD])
        assert told["answer"]["body"]["status"] == "completed"


def kept_now(keys: KeyMaker, request_id: str) -> dict[str, Any] | None:
    course = keys.send("GET", f"/requests/{request_id}")
    return content_of(keys, request_id) if course["content_expires_at"] else None


def test_every_look_is_told_to_the_audit_and_none_is_given_to_viewers(keys: KeyMaker, kept: MadeKey) -> None:
    _, headers, _ = kept.post("/chat/completions", chat(SAY))
    request_id = headers["x-request-id"]
    content_of(keys, request_id)
    entries = keys.send("GET", "/audit?limit=5")["data"]
    looked = [each for each in entries if each["action"] == "contents.read" and each["target"] == request_id]
    assert looked
    assert CANARY not in json.dumps(entries)
    viewer = keys.send("POST", "/tokens", {"name": "reader", "role": "viewer"})["token"]
    url = f"{keys.gateway.url}/admin/api/requests/{request_id}/content"
    for method in ("GET", "DELETE"):
        status, _, body = request(method, url, headers={"Authorization": f"Bearer {viewer}"})
        assert status == 403, body
    assert request("GET", url, headers=kept.headers)[0] == 403


def test_what_is_deleted_is_gone_and_what_is_turned_off_is_off_at_once(keys: KeyMaker) -> None:
    key = keys.make(record_content=True)
    ids = [key.post("/chat/completions", chat(SAY))[1]["x-request-id"] for _ in range(3)]
    assert [each["key_id"] for each in keys.send("GET", "/contents")["keys"]].count(key.id) == 1
    keys.send("DELETE", f"/requests/{ids[0]}/content")
    assert refused(keys, ids[0]) == "content_not_kept"
    assert spoken(content_of(keys, ids[1])["answer"]) == [TOLD]
    keys.change(key, record_content=False)
    eventually(lambda: not recorded(keys, key), "the change")
    assert spoken(content_of(keys, ids[1])["answer"]) == [TOLD], "what was kept stays for its time"
    assert keys.send("DELETE", f"/keys/{key.id}/contents")["requests"] >= 2
    assert refused(keys, ids[1]) == "content_not_kept"


def recorded(keys: KeyMaker, key: MadeKey) -> bool:
    """Tell whether a request made now is kept."""
    _, headers, _ = key.post("/chat/completions", chat(SAY))
    return keys.send("GET", f"/requests/{headers['x-request-id']}")["content_expires_at"] is not None


def test_revoking_a_key_forgets_its_words(keys: KeyMaker) -> None:
    key = keys.make(record_content=True)
    _, headers, _ = key.post("/chat/completions", chat(SAY))
    assert content_of(keys, headers["x-request-id"])
    keys.send("DELETE", f"/keys/{key.id}")
    assert refused(keys, headers["x-request-id"]) == "content_not_kept"
