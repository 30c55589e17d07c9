"""When speaking and hearing go wrong: other credentials, cut sounds, clients that leave, very long sounds."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest
from openai import OpenAI

from support.observing import Caller, eventually, ledger
from support.processes import Gateway, Sandbox, run_command
from support.sdk import openai_client
from support.sound_upstream import CHUNK, CUT_AFTER, LONG_BYTES, MIB, SoundUpstream, sound_upstream

QUICK = {"GROK2API_LEDGER__FLUSH_MS": "10"}
ALLOWED_MB = 16
WAVE = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00"
BOUNDARY = "a-boundary"
OPENING = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--{BOUNDARY}\r\n'
    'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
).encode()
CLOSING = f"\r\n--{BOUNDARY}--\r\n".encode()
ENDLESS = {"model": "tts-1", "input": "endless", "voice": "eve"}
on_linux = pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="reads memory in /proc")


@pytest.fixture(scope="module")
def shared_upstream() -> Iterator[SoundUpstream]:
    with sound_upstream() as started:
        yield started


@pytest.fixture
def upstream(shared_upstream: SoundUpstream) -> SoundUpstream:
    shared_upstream.clear()
    return shared_upstream


@pytest.fixture(scope="module")
def odd(shared_upstream: SoundUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway on an odd upstream, that does one thing for media at a time."""
    one_at_a_time = {
        "GROK2API_PERFORMANCE__MEDIA_MAX_CONCURRENT": "1",
        "GROK2API_PERFORMANCE__QUEUE_LENGTH": "0",
    }
    started = Gateway.start(
        tmp_path_factory.mktemp("odd"),
        upstream=shared_upstream.url,
        keys=("xai-one", "xai-two"),
        environment=QUICK | one_at_a_time,
    )
    yield started
    started.stop()


@pytest.fixture(scope="module")
def plain(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway on the sandbox whose ledger is written at once."""
    started = Gateway.start(
        tmp_path_factory.mktemp("plain"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
        environment=QUICK,
    )
    yield started
    started.stop()


@pytest.fixture
def sdk(plain: Gateway) -> Iterator[OpenAI]:
    with openai_client(plain) as made:
        yield made


@contextmanager
def new_rows(gateway: Gateway, count: int = 1) -> Iterator[list[dict[str, Any]]]:
    """Give the rows that the block adds to the ledger, once they are there.

    Rows are written in their order: once that of a refusal is there, so are all before it.
    """
    mark = f"mark-{uuid.uuid4().hex}"
    gateway.post("/audio/translations", {}, **{"x-request-id": mark})
    eventually(lambda: any(row["request_id"].startswith(mark) for row in told(gateway)), "the mark")
    before = {row["request_id"] for row in told(gateway)}
    rows: list[dict[str, Any]] = []
    yield rows
    eventually(lambda: len(told(gateway)) >= len(before) + count, "the ledger's row")
    rows += [row for row in told(gateway) if row["request_id"] not in before]
    assert len(rows) == count, rows


def told(gateway: Gateway) -> list[dict[str, Any]]:
    return ledger(gateway.directory)


def say(client: OpenAI, text: str = "Hello.", **more: Any) -> bytes:
    return client.audio.speech.create(
        model="tts-1", input=text, voice="eve", response_format="wav", **more
    ).content


def listen(client: OpenAI, sound: bytes) -> str:
    return client.audio.transcriptions.create(model="whisper-1", file=("a.wav", sound)).text


def form(sound: bytes) -> bytes:
    return OPENING + sound + CLOSING


KIND = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def test_each_is_settled_once_by_our_list(sdk: OpenAI, plain: Gateway, sandbox: Sandbox) -> None:
    with new_rows(plain, 2) as rows:
        sound = say(sdk, "Twelve chars")
        sdk.audio.transcriptions.create(model="whisper-1", file=("a.wav", sound))
    spoken, heard = rows
    assert (spoken["operation"], spoken["model"], spoken["status"], spoken["end"]) == (
        "speech", "tts-1", 200, "completed",
    )  # fmt: skip
    assert (spoken["usage_source"], spoken["cost_ticks"]) == ("estimated", 12 * 150_000)
    assert (heard["operation"], heard["usage_source"], heard["end"]) == (
        "transcription",
        "estimated",
        "completed",
    )
    seconds = (len(sound) - 44) / 48_000
    assert heard["cost_ticks"] == pytest.approx(seconds / 3600 * 1_000_000_000, rel=0.002)
    assert spoken["upstream_request_id"]
    assert heard["upstream_request_id"]


def test_another_credential_speaks_and_hears_where_one_is_at_its_limit(
    sdk: OpenAI, plain: Gateway, sandbox: Sandbox
) -> None:
    sound = say(sdk)
    for path in ("/tts", "/stt"):
        sandbox.clear()
        sandbox.scenario("status", status=429, match={"path": path}, times=1)
        with new_rows(plain) as rows:
            assert say(sdk) == sound if path == "/tts" else listen(sdk, sound) == "Hello."
        assert rows[0]["attempts"] == 2
        first, second = sandbox.calls(path)
        assert first["account"] != second["account"]
        sandbox.clear()
        assert say(sdk) == sound if path == "/tts" else listen(sdk, sound) == "Hello."
        assert [call["account"] for call in sandbox.calls(path)] == [second["account"]], "it is remembered"


@pytest.mark.parametrize("path", ["/tts", "/stt"])
def test_a_refusal_is_heard_at_once_and_costs_nothing(
    sdk: OpenAI, plain: Gateway, sandbox: Sandbox, path: str
) -> None:
    sound = say(sdk)
    sandbox.clear()
    sandbox.scenario("safety", match={"path": path}, times=1)
    ask = say if path == "/tts" else partial(listen, sound=sound)
    with new_rows(plain) as rows, pytest.raises(openai.BadRequestError) as refused:
        ask(sdk)
    assert refused.value.code == "content_policy_violation"
    assert len(sandbox.calls(path)) == 1
    assert (rows[0]["end"], rows[0]["usage_source"], rows[0]["cost_ticks"]) == ("refused", "none", 0)


@pytest.mark.parametrize("text", ["in disguise", "mute"])
def test_what_is_no_sound_is_an_error(odd: Gateway, upstream: SoundUpstream, text: str) -> None:
    with new_rows(odd) as rows:
        status, _, body = odd.post("/audio/speech", ENDLESS | {"input": text})
    assert status in {502, 503}
    assert json.loads(body)["error"]["type"] == "server_error"
    assert len(upstream.said) == rows[0]["attempts"] > 1
    assert (rows[0]["end"], rows[0]["cost_ticks"]) == ("failed", 0)


def test_half_a_sound_never_looks_whole(odd: Gateway, upstream: SoundUpstream) -> None:
    with new_rows(odd) as rows, Caller(odd, "/audio/speech", ENDLESS | {"input": "cut"}) as caller:
        assert caller.answer.status == 200
        with pytest.raises(http.client.IncompleteRead) as cut:
            caller.answer.read()
    assert len(cut.value.partial) == CUT_AFTER * len(CHUNK)
    assert (rows[0]["end"], rows[0]["error_code"]) == ("cut", "upstream_error")
    assert rows[0]["cost_ticks"] == 3 * 150_000
    assert len(upstream.said) == 1


def test_half_a_sound_in_events_ends_with_an_error(odd: Gateway, upstream: SoundUpstream) -> None:
    with new_rows(odd) as rows:
        status, _, body = odd.post("/audio/speech", ENDLESS | {"input": "cut", "stream_format": "sse"})
    events = [json.loads(frame.removeprefix("data: ")) for frame in body.decode().split("\n\n")[:-1]]
    assert status == 200
    assert events[-1]["error"]["code"] == "upstream_error"
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert rows[0]["end"] == "cut"


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
def test_a_client_that_leaves_ends_the_speech(
    odd: Gateway, upstream: SoundUpstream, stream_format: str
) -> None:
    with new_rows(odd) as rows:
        with Caller(odd, "/audio/speech", ENDLESS | {"stream_format": stream_format}) as caller:
            assert caller.answer.read1(1024)
        assert upstream.left.wait(20)
    assert (rows[0]["end"], rows[0]["status"], rows[0]["cost_ticks"]) == ("client_gone", 499, 7 * 150_000)


def test_a_client_that_does_not_read_is_not_read_ahead_of(odd: Gateway, upstream: SoundUpstream) -> None:
    with new_rows(odd) as rows:
        with Caller(odd, "/audio/speech", ENDLESS | {"input": "long"}) as caller:
            assert caller.answer.read(1024)
            assert upstream.speaking.wait(20)
            before = memory_of(odd)
            assert caller.answer.read(8 * MIB)
            assert memory_of(odd) - before < ALLOWED_MB * MIB
            assert not upstream.left.is_set()
        assert upstream.left.wait(20)
    assert rows[0]["end"] == "client_gone"


def test_one_more_than_there_are_places_is_told_to_come_back(odd: Gateway, upstream: SoundUpstream) -> None:
    with new_rows(odd, 2) as rows:
        with Caller(odd, "/audio/speech", ENDLESS) as caller:
            assert caller.answer.read1(1024)
            status, headers, body = odd.post("/audio/transcriptions", form(WAVE), **KIND)
            assert (status, json.loads(body)["error"]["code"]) == (429, "rate_limit_exceeded")
            assert headers["retry-after"] == "1"
        assert upstream.left.wait(20)
    assert {row["end"] for row in rows} == {"client_gone", "failed"} or {row["status"] for row in rows} == {
        429,
        499,
    }
    eventually(lambda: odd.post("/audio/transcriptions", form(WAVE), **KIND)[0] == 200, "the free place")


def test_a_client_that_leaves_before_its_transcript(odd: Gateway, upstream: SoundUpstream) -> None:
    upstream.hold.clear()
    with new_rows(odd) as rows:
        connection = http.client.HTTPConnection(urlsplit(odd.url).netloc, timeout=20)
        connection.request("POST", "/v1/audio/transcriptions", form(WAVE), odd.headers | KIND)
        assert upstream.speaking.wait(20)
        connection.close()
    upstream.hold.set()
    assert (rows[0]["end"], rows[0]["status"]) == ("client_gone", 499)


def test_an_hour_that_is_heard_costs_what_an_hour_costs(odd: Gateway, upstream: SoundUpstream) -> None:
    with new_rows(odd) as rows:
        status, _, body = odd.post("/audio/transcriptions", form(WAVE), **KIND)
    assert (status, json.loads(body)["text"]) == (200, "so be it")
    assert rows[0]["cost_ticks"] == 1_000_000_000
    assert upstream.heard[0][0] == ["file:audio.wav"]


def memory_of(gateway: Gateway) -> int:
    """Return the memory that a gateway holds, in bytes."""
    lines = Path(f"/proc/{gateway.process.pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def peak_of(gateway: Gateway) -> int:
    """Return the most memory that a gateway has held, in bytes."""
    lines = Path(f"/proc/{gateway.process.pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def uploaded(size: int) -> Iterator[bytes]:
    """Give a form with a sound of so many bytes."""
    yield OPENING
    yield WAVE
    for _ in range(size // MIB):
        yield bytes(MIB)
    yield CLOSING


@on_linux
def test_a_long_sound_is_never_whole_in_memory(odd: Gateway, upstream: SoundUpstream) -> None:
    def send(size: int) -> int:
        connection = http.client.HTTPConnection(urlsplit(odd.url).netloc, timeout=60)
        connection.request(
            "POST", "/v1/audio/transcriptions", uploaded(size), odd.headers | KIND, encode_chunked=True
        )
        status = connection.getresponse().status
        connection.close()
        return status

    assert send(MIB) == 200
    before = peak_of(odd)
    assert send(LONG_BYTES) == 200
    assert upstream.heard[-1][1] > LONG_BYTES
    assert peak_of(odd) - before < ALLOWED_MB * MIB
    temporary = odd.directory / "data" / "tmp"
    assert list(temporary.iterdir()) == []


@on_linux
def test_a_long_speech_is_never_whole_in_memory(odd: Gateway, upstream: SoundUpstream) -> None:
    with Caller(odd, "/audio/speech", ENDLESS | {"input": "long"}) as caller:
        size = len(caller.answer.read(MIB))
        before = peak_of(odd)
        while piece := caller.answer.read(MIB):
            size += len(piece)
    assert size == LONG_BYTES
    assert peak_of(odd) - before < ALLOWED_MB * MIB


def test_more_than_xai_hears_is_refused_unread(odd: Gateway) -> None:
    connection = http.client.HTTPConnection(urlsplit(odd.url).netloc, timeout=20)
    connection.putrequest("POST", "/v1/audio/transcriptions")
    for name, value in (odd.headers | KIND | {"Content-Length": str(600 * MIB)}).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    error = json.loads(answer.read())["error"]
    assert (error["code"], error["param"]) == ("request_too_large", "file")
    assert "500 MiB" in error["message"]
    connection.close()


def test_a_key_with_a_list_speaks_under_the_names_on_it(plain: Gateway, sandbox: Sandbox) -> None:
    def key(*models: str) -> str:
        named = [word for model in models for word in ("--model", model)]
        return run_command(plain.directory, "keys", "create", "--name", models[0], *named).strip()

    with (
        openai_client(plain, key=key("grok-3", "tts-1")) as narrow,
        openai_client(plain, key=key("tts")) as wide,
    ):
        eventually(lambda: known(wide), "the new keys")
        assert speak(narrow, "tts-1")
        with pytest.raises(openai.NotFoundError, match="'tts'") as refused:
            speak(narrow, "gpt-4o-mini-tts")
        assert refused.value.code == "model_not_found"
        assert speak(wide, "gpt-4o-mini-tts")
        with pytest.raises(openai.NotFoundError, match="'stt'"):
            wide.audio.transcriptions.create(model="whisper-1", file=("a.wav", WAVE))


def speak(client: OpenAI, model: str) -> bytes:
    return client.audio.speech.create(model=model, input="Hello.", voice="eve").content


def known(client: OpenAI) -> bool:
    try:
        client.models.list()
    except openai.AuthenticationError:
        return False
    return True
