"""OpenAI's SDK speaks and hears through the gateway: what was said is what is heard, in every form."""

from __future__ import annotations

import base64
import io
import json
import re
import wave
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from support.processes import Gateway, Sandbox

TEXT = "Hello there, this is a test. It has two sentences & <a mark>!"
SENTENCES = ["Hello there, this is a test.", "It has two sentences & <a mark>!"]


@pytest.fixture(scope="module")
def spoken(client: OpenAI) -> bytes:
    """A sound that says the text."""
    return client.audio.speech.create(
        model="gpt-4o-mini-tts", input=TEXT, voice="alloy", response_format="wav"
    ).content


def file_of(sound: bytes, name: str = "talk.wav") -> tuple[str, bytes]:
    return name, sound


def hear(client: OpenAI, sound: bytes, **more: Any) -> Any:
    return client.audio.transcriptions.create(model="whisper-1", file=file_of(sound), **more)


def test_a_wave_is_a_wave(spoken: bytes) -> None:
    with wave.open(io.BytesIO(spoken)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 24_000)
        assert sound.getnframes() > 24_000


def test_what_was_said_is_heard(client: OpenAI, spoken: bytes) -> None:
    answer = hear(client, spoken)
    assert answer.text == TEXT
    assert answer.usage.type == "duration"
    assert answer.usage.seconds == pytest.approx(3.9, abs=0.3)


def test_as_text(client: OpenAI, spoken: bytes) -> None:
    assert hear(client, spoken, response_format="text") == TEXT + "\n"


def test_as_subtitles(client: OpenAI, spoken: bytes) -> None:
    numbers, times, texts = zip(
        *(cue.split("\n") for cue in hear(client, spoken, response_format="srt").strip().split("\n\n")),
        strict=True,
    )
    assert numbers == ("1", "2")
    assert list(texts) == SENTENCES
    assert all(re.fullmatch(r"00:00:0\d,\d{3} --> 00:00:0\d,\d{3}", each) for each in times)
    first, *cues = hear(client, spoken, response_format="vtt").strip().split("\n\n")
    assert first == "WEBVTT"
    assert cues[1].split("\n")[1] == "It has two sentences &amp; &lt;a mark&gt;!"


def test_with_all_that_is_known(client: OpenAI, spoken: bytes) -> None:
    answer = hear(client, spoken, response_format="verbose_json", language="en")
    assert (answer.language, answer.text, answer.words) == ("english", TEXT, None)
    assert answer.duration == answer.usage.seconds
    assert "".join(piece.text for piece in answer.segments) == TEXT
    assert [piece.id for piece in answer.segments] == [0, 1]
    both = hear(client, spoken, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert [word.word for word in both.words] == TEXT.split()
    assert both.words[-1].end == pytest.approx(both.duration, abs=0.01)
    only = hear(client, spoken, response_format="verbose_json", timestamp_granularities=["word"])
    assert only.segments is None


def test_with_speakers(client: OpenAI, sandbox: Sandbox, spoken: bytes) -> None:
    answer = hear(client, spoken, response_format="diarized_json")
    assert [piece.text for piece in answer.segments] == SENTENCES
    assert {piece.speaker for piece in answer.segments} == {"A"}
    (call,) = sandbox.calls("/stt")
    assert {"name": "diarize", "size": 4, "value": "true"} in call["body"]["parts"]


def test_as_events(client: OpenAI, spoken: bytes) -> None:
    *deltas, done = list(hear(client, spoken, stream=True))
    assert [event.type for event in deltas] == ["transcript.text.delta"] * 2
    assert "".join(event.delta for event in deltas) == done.text == TEXT
    assert done.usage.total_tokens == done.usage.input_tokens + done.usage.output_tokens
    kinds = [event.type for event in hear(client, spoken, stream=True, response_format="diarized_json")]
    assert kinds[1::2] == ["transcript.text.segment"] * 2 or kinds.count("transcript.text.segment") == 2


async def test_without_blocking(async_client: AsyncOpenAI) -> None:
    async with async_client:
        audio = async_client.audio
        sound = await audio.speech.create(model="tts-1", input=TEXT, voice="verse")
        assert sound.response.headers["content-type"] == "audio/mpeg"
        heard = await audio.transcriptions.create(model="whisper-1", file=file_of(sound.content, "talk.mp3"))
        assert heard.text == TEXT
        stream = await audio.transcriptions.create(
            model="gpt-4o-transcribe", file=file_of(sound.content, "talk.mp3"), stream=True
        )
        *_, done = [event async for event in stream]
        assert done.type == "transcript.text.done"
        assert done.text == TEXT
        async with audio.speech.with_streaming_response.create(
            model="tts-1", input=TEXT, voice="verse", response_format="pcm"
        ) as answer:
            assert answer.headers["content-type"] == "audio/pcm"
            size = 0
            async for piece in answer.iter_bytes():
                size += len(piece)
        assert size % 2 == 0
        assert size > 48_000


@pytest.mark.parametrize(
    ("form", "kind", "beginning"),
    [("mp3", "audio/mpeg", b"ID3"), ("wav", "audio/wav", b"RIFF"), ("pcm", "audio/pcm", b"")],
)
def test_each_format_has_its_type(client: OpenAI, form: Any, kind: str, beginning: bytes) -> None:
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", input=TEXT, voice="shimmer", response_format=form
    ) as answer:
        assert answer.headers["content-type"] == kind
        sound = answer.read()
    assert sound.startswith(beginning)
    assert len(sound) == int(answer.headers["content-length"])


def test_speech_in_events(client: OpenAI) -> None:
    asked: dict[str, Any] = {"model": "gpt-4o-mini-tts", "input": TEXT, "voice": {"id": "Rex"}}
    whole = client.audio.speech.create(**asked).content
    with client.audio.speech.with_streaming_response.create(**asked, stream_format="sse") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line]
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(event["audio"]) for event in deltas) == whole
    assert done["type"] == "speech.audio.done"
    assert set(done["usage"]) == {"input_tokens", "output_tokens", "total_tokens"}


def test_what_xai_is_asked_for(client: OpenAI, sandbox: Sandbox, spoken: bytes) -> None:
    client.audio.speech.create(
        model="tts-1",
        input=TEXT,
        voice="onyx",
        speed=1.2,
        response_format="pcm",
        extra_body={"language": "en"},
    )
    (call,) = sandbox.calls("/tts")
    assert call["body"] == {
        "text": TEXT,
        "language": "en",
        "voice_id": "leo",
        "output_format": {"codec": "pcm", "sample_rate": 24_000},
        "speed": 1.2,
    }
    sandbox.clear()
    client.audio.transcriptions.create(
        model="whisper-1",
        file=("talk.webm", spoken, "video/webm"),
        language="en",
        keywords=["Grok", "xAI"],
    )
    (call,) = sandbox.calls("/stt")
    parts = call["body"]["parts"]
    assert [part["name"] for part in parts] == ["language", "keyterm", "keyterm", "file"]
    assert (parts[-1]["filename"], parts[-1]["content_type"]) == ("audio.wav", "audio/wav")
    assert parts[-1]["size"] == len(spoken)


def test_what_is_lost_is_named(client: OpenAI, spoken: bytes) -> None:
    said = client.audio.speech.with_raw_response.create(
        model="tts-1", input=TEXT, voice="ash", instructions="Cheerful."
    )
    assert said.headers["x-grok2api-dropped-params"] == "instructions"
    heard = client.audio.transcriptions.with_raw_response.create(
        model="whisper-1",
        file=file_of(spoken),
        prompt="ZyntriQix",
        temperature=0.4,
        timestamp_granularities=["word"],
        chunking_strategy="auto",
    )
    assert heard.headers["x-grok2api-dropped-params"] == "prompt,temperature,timestamp_granularities"
    assert (
        "x-grok2api-dropped-params"
        not in client.audio.speech.with_raw_response.create(model="tts-1", input=TEXT, voice="ash").headers
    )


@pytest.mark.parametrize(
    ("change", "param", "code", "says"),
    [
        ({"voice": "bob"}, "voice", "invalid_value", "alloy"),
        ({"voice": {"id": "bob"}}, "voice", "invalid_value", "zenith"),
        ({"response_format": "opus"}, "response_format", "unsupported_parameter", "'mp3', 'wav' or 'pcm'"),
        ({"speed": 4.0}, "speed", "invalid_value", "0.7 to 1.5"),
        ({"input": ""}, "input", "invalid_value", "nothing to say"),
        ({"input": "x" * 60_001}, "input", "invalid_value", "60000"),
    ],
)
def test_speech_that_cannot_be(
    client: OpenAI, change: dict[str, Any], param: str, code: str, says: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.audio.speech.create(**({"model": "tts-1", "input": TEXT, "voice": "ash"} | change))
    assert (refused.value.param, refused.value.code) == (param, code)
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("content", "more", "param", "code", "says"),
    [
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", {}, "file", "unsupported_parameter", "WebM"),
        (b"FORM\x00\x00\x00\x00AIFF", {}, "file", "unsupported_parameter", "AIFF"),
        (b"", {}, "file", "invalid_value", "empty"),
        (b"neither here nor there", {}, "file", "invalid_value", "decode"),
        (None, {"response_format": "xml"}, "response_format", "invalid_value", "verbose_json"),
        (None, {"include": ["logprobs"]}, "include", "unsupported_parameter", "logprobs"),
        (
            None,
            {"response_format": "vtt", "stream": True},
            "response_format",
            "unsupported_parameter",
            "stream",
        ),
    ],
)
def test_a_transcript_that_cannot_be(
    client: OpenAI,
    sandbox: Sandbox,
    spoken: bytes,
    *,
    content: bytes | None,
    more: dict[str, Any],
    param: str,
    code: str,
    says: str,
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        hear(client, spoken if content is None else content, **more)
    assert (refused.value.param, refused.value.code) == (param, code)
    assert says in refused.value.message
    assert len(sandbox.calls("/stt")) == (1 if says == "decode" else 0)


def test_translations_are_refused_with_a_way_out(client: OpenAI, gateway: Gateway, spoken: bytes) -> None:
    status, _, body = gateway.post("/audio/translations", {})
    assert status == 400
    error = json.loads(body)["error"]
    assert error["code"] == "unsupported_parameter"
    assert "/v1/audio/transcriptions" in error["message"]
    with pytest.warns(DeprecationWarning, match="deprecated"), pytest.raises(openai.BadRequestError):
        client.audio.translations.create(model="whisper-1", file=file_of(spoken * 40))


def test_xais_own_endpoints(gateway: Gateway, sandbox: Sandbox) -> None:
    status, headers, sound = gateway.post(
        "/tts", {"text": TEXT, "language": "en", "voice_id": "Luna", "output_format": {"codec": "wav"}}
    )
    assert (status, headers["content-type"]) == (200, "audio/wav")
    (call,) = sandbox.calls("/tts")
    assert call["body"]["voice_id"] == "Luna"
    boundary = "a-boundary"
    form = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'.encode()
        + sound
        + f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="language"\r\n\r\nen\r\n'
        f"--{boundary}--\r\n".encode()
    )
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    status, headers, body = gateway.post("/stt", form, **kind)
    assert (status, headers["content-type"]) == (200, "application/json")
    heard = json.loads(body)
    assert (heard["text"], heard["language"]) == (TEXT, "en")
    assert heard["words"][0]["text"] == "Hello"
    (call,) = sandbox.calls("/stt")
    assert [part["name"] for part in call["body"]["parts"]] == ["language", "file"]


def test_a_sound_with_its_times_is_json(gateway: Gateway) -> None:
    status, headers, body = gateway.post(
        "/tts", {"text": "Hi you", "language": "en", "with_timestamps": True}
    )
    assert (status, headers["content-type"]) == (200, "application/json")
    answer = json.loads(body)
    assert base64.b64decode(answer["audio"]).startswith(b"ID3")
    assert [each["text"] for each in answer["timestamps"]] == ["Hi", "you"]


def test_xais_own_voices(gateway: Gateway) -> None:
    status, _, body = gateway.get("/tts/voices")
    assert status == 200
    assert {"voice_id", "name", "language"} <= set(json.loads(body)["voices"][0])
    assert json.loads(gateway.get("/tts/voices/eve")[2])["name"] == "Eve"
    for unknown in ("bob", "a%20b", "..%2Fmodels"):
        status, _, body = gateway.get(f"/tts/voices/{unknown}")
        assert (status, json.loads(body)["error"]["code"]) == (404, "not_found"), unknown


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"text": "Hi"}, "language"),
        ({"language": "en"}, "text"),
        ({"text": "Hi", "language": "en", "speed": 9}, "speed"),
    ],
)
def test_xais_own_speech_is_checked(gateway: Gateway, body: dict[str, Any], param: str) -> None:
    status, _, content = gateway.post("/tts", body)
    assert (status, json.loads(content)["error"]["param"]) == (400, param)


def test_a_body_of_the_wrong_kind_is_told_what_to_send(gateway: Gateway) -> None:
    status, _, content = gateway.post("/audio/transcriptions", {"model": "whisper-1"})
    assert status == 415
    assert "multipart/form-data" in json.loads(content)["error"]["message"]
    status, _, _ = gateway.post("/audio/speech", b"x", **{"Content-Type": "text/plain"})
    assert status == 415
