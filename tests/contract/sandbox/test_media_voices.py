"""Voices: what is said can be heard again, in every format, and refusals come in shape (c)."""

from __future__ import annotations

import base64
import io
import struct
import wave
from typing import Any

import pytest

TEXT = "Hello there, 世界! This is the sandbox speaking."
RAW = ("pcm", "mulaw", "alaw")


async def said(client: Any, text: str = TEXT, **more: Any) -> Any:
    return await client.send("POST", "/v1/tts", {"text": text, "language": "en"} | more)


async def heard(client: Any, content: bytes, *fields: tuple[str, str], key: str = "alice") -> Any:
    return await client.upload(
        "/v1/stt", *fields, ("file", content, "a.bin", "application/octet-stream"), key=key
    )


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100])
@pytest.mark.parametrize("codec", ["mp3", "wav", *RAW])
async def test_what_is_said_is_heard(client: Any, codec: str, rate: int) -> None:
    spoken = await said(client, output_format={"codec": codec, "sample_rate": rate})
    assert spoken.status == 200
    assert spoken.headers["x-trace-id"]
    fields = [("audio_format", codec), ("sample_rate", str(rate))] if codec in RAW else []
    got = await heard(client, spoken.raw, *fields)
    assert got.status == 200, got.raw
    told = got.json
    assert (told["text"], told["language"]) == (TEXT, "")
    assert told["duration"] == pytest.approx(len(TEXT) / 15, abs=0.1)
    assert [word["text"] for word in told["words"]][:4] == ["Hello", "there,", "世", "界"]
    assert told["words"][0]["start"] == 0
    assert told["words"][-1]["end"] == pytest.approx(told["duration"], abs=0.01)


async def test_a_voice_is_real_sound(client: Any) -> None:
    content = (await said(client, output_format={"codec": "wav"})).raw
    with wave.open(io.BytesIO(content)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 24_000)
        samples = struct.unpack(f"<{sound.getnframes()}h", sound.readframes(sound.getnframes()))
    assert max(samples) > 1_000
    usual = await said(client)
    assert usual.headers["content-type"] == "audio/mpeg"
    assert usual.raw.startswith(b"ID3")


async def test_a_rewritten_file_is_still_understood(client: Any) -> None:
    """The words are in the samples: who takes raw sound and wraps it in another file loses nothing."""
    raw = (await said(client, output_format={"codec": "pcm", "sample_rate": 16_000})).raw
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(raw)
    assert (await heard(client, out.getvalue())).json["text"] == TEXT


async def test_speed_and_bit_rate_count(client: Any) -> None:
    long = "a word and another " * 20
    slow, fast = [
        (await heard(client, (await said(client, long, speed=speed)).raw)).json["duration"]
        for speed in (0.7, 1.4)
    ]
    assert slow == pytest.approx(2 * fast, abs=0.1)
    small, large = [
        len((await said(client, long, output_format={"codec": "mp3", "bit_rate": rate})).raw)
        for rate in (32_000, 128_000)
    ]
    assert large > 3 * small


async def test_timestamps_come_as_json(client: Any) -> None:
    got = await said(client, with_timestamps=True, output_format={"codec": "wav"})
    told = got.json
    assert base64.b64decode(told["audio"]).startswith(b"RIFF")
    assert told["timestamps"][0]["text"] == "Hello"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"language": None}, 422, "missing field `language`"),
        ({"language": "english please"}, 400, "language"),
        ({"text": None}, 422, "missing field `text`"),
        ({"text": "  "}, 400, "empty"),
        ({"text": "x" * 60_001}, 400, "too long"),
        ({"voice_id": "alloy"}, 400, "Voice not found"),
        ({"speed": 2}, 400, "between 0.7 and 1.5"),
        ({"optimize_streaming_latency": 3}, 400, "between 0 and 2"),
        ({"output_format": {"codec": "opus"}}, 422, "unknown variant `opus`"),
        ({"output_format": {"sample_rate": 12_345}}, 400, "Supported values"),
        ({"output_format": {"bit_rate": 100_000}}, 400, "Supported values"),
        ({"output_format": "mp3"}, 422, "expected a map"),
        ({"replace": "no"}, 422, "expected a map"),
    ],
)
async def test_what_a_voice_does_not_say(client: Any, body: Any, status: int, words: str) -> None:
    got = await said(client, **body)
    assert got.status == status
    assert set(got.json) == {"error"}
    assert words in got.json["error"]


async def test_voices_are_listed(client: Any) -> None:
    listed = (await client.send("GET", "/v1/tts/voices")).json["voices"]
    assert len(listed) == 28
    assert {"voice_id": "eve", "name": "Eve", "language": "en"} in listed
    assert (await client.send("GET", "/v1/tts/voices/EVE")).json["voice_id"] == "eve"
    assert (await client.send("GET", "/v1/tts/voices/alloy")).status == 404
    assert (await said(client, voice_id="RIGEL")).status == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"OggS" + bytes(4_000), 200),
        (b"fLaC" + bytes(4_000), 200),
        (b"\xff\xf1" + bytes(4_000), 200),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(4_000), 200),
        (b"\x1a\x45\xdf\xa3\x9fB\x82\x88matroska" + bytes(4_000), 200),
        (b"\x1a\x45\xdf\xa3\x9fB\x82\x84webm" + bytes(4_000), 400),
        (b"RIFF\x00\x00\x00\x00WAVE", 400),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", 400),
        (b"not a sound", 400),
        (b"", 400),
    ],
)
async def test_sounds_of_others(client: Any, content: bytes, status: int) -> None:
    got = await heard(client, content)
    assert got.status == status
    if status == 200:
        again = await heard(client, content)
        assert got.json["text"] == again.json["text"] != ""
        assert got.json["duration"] > 0


@pytest.mark.parametrize(
    "fields",
    [
        [("format", "true")],
        [("format", "yes")],
        [("audio_format", "pcm")],
        [("audio_format", "opus"), ("sample_rate", "24000")],
        [("audio_format", "pcm"), ("sample_rate", "4000")],
        [("channels", "9")],
        [("vad_threshold", "loud")],
        [("keyterm", "x" * 51)],
        [("keyterm", "x")] * 101,
        [("url", "https://example.com/a.mp3")],
    ],
)
async def test_fields_that_do_not_fit(client: Any, fields: Any) -> None:
    got = await heard(client, b"OggS" + bytes(4_000), *fields)
    assert (got.status, got.json["code"]) == (400, "invalid-argument")


async def test_the_file_comes_last(client: Any) -> None:
    file = ("file", b"OggS" + bytes(4_000), "a.ogg", "audio/ogg")
    late = await client.upload("/v1/stt", file, ("language", "en"))
    assert (late.status, "last field" in late.json["error"]) == (400, True)
    right = await client.upload("/v1/stt", ("language", "en"), ("format", "true"), file)
    assert (right.status, right.json["language"]) == (200, "en")
    assert (await client.upload("/v1/stt", ("language", "en"))).status == 400
    assert (await client.send("POST", "/v1/stt", {"url": "https://example.com/a.mp3"})).status == 415
    assert (await client.upload("/v1/stt", ("url", "https://example.com/a.mp3"))).status == 200


async def test_models_and_quotas_of_voices(client: Any) -> None:
    sound = (await said(client)).raw
    assert (await heard(client, sound, ("model", "grok-voice-transcribe-1.0"))).status == 200
    assert (await heard(client, sound, ("model", "whisper-1"))).status == 404
    await client.control("accounts", {"team": "poor", "rate_per_minute": 1})
    assert (await heard(client, sound, key="poor")).status == 200
    assert (await heard(client, sound, key="poor")).status == 429
    assert (await client.send("POST", "/v1/tts", {"text": "a", "language": "en"}, key="poor")).status == 200
    refused = await client.send("POST", "/v1/tts", {"text": "a", "language": "en"}, key="poor")
    assert (refused.status, set(refused.json)) == (429, {"error"})
    row = (await client.journal())[-3]
    assert row["body"]["parts"][-1]["name"] == "file"
    listed = (await client.send("GET", "/v1/models")).json["data"]
    assert not [model for model in listed if "voice" in model["id"]]


async def test_faults_meet_voices_too(client: Any) -> None:
    await client.order("status", status=503, times=1, match={"model": "grok-voice-transcribe-2.0"})
    sound = (await said(client)).raw
    assert (await heard(client, sound, ("model", "grok-voice-transcribe-2.0"))).status == 503
    assert (await said(client, "hello !sandbox:429")).status == 429
    await client.order("stream_error", times=1)
    assert (await said(client)).status == 500
