"""A request for speech in xAI's words, and its sound in events."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.call import Call, Caller
from grok2api.dialects.audio.refusals import about_file, about_voice
from grok2api.dialects.audio.speech import FORMATS, SpeechEvents, SpeechRequest, read_speech, speech_dispatch
from grok2api.dialects.audio.voices import OPENAI_VOICES, XAI_VOICES
from grok2api.dialects.base import Envelope
from grok2api.errors import ClientError, InvalidRequest, Overloaded, UpstreamError

SAYING: dict[str, Any] = {"model": "tts-1", "input": "Hello.", "voice": "nova"}


def read(body: dict[str, Any], *, strict: bool = False) -> Call:
    caller = Caller("key", "somebody", strict=strict)
    return read_speech(json.dumps(body).encode(), Envelope(request_id="r", caller=caller, received_at=0.0))


def asked(body: dict[str, Any], amendments: Amendments = UNAMENDED) -> Any:
    content = speech_dispatch(cast(SpeechRequest, read(body).prepared), amendments).content
    assert content is not None
    return json.loads(content)


def test_the_least_that_can_be_asked() -> None:
    assert asked(SAYING) == {
        "text": "Hello.",
        "language": "auto",
        "voice_id": "eve",
        "output_format": {"codec": "mp3", "sample_rate": 24_000, "bit_rate": 128_000},
    }


def test_all_that_can_be_asked() -> None:
    more = {
        "response_format": "pcm",
        "speed": 1.25,
        "language": "de",
        "text_normalization": True,
        "optimize_streaming_latency": 1,
        "stream_format": "sse",
    }
    body = asked(SAYING | more)
    assert body == {
        "text": "Hello.",
        "language": "de",
        "voice_id": "eve",
        "output_format": {"codec": "pcm", "sample_rate": 24_000},
        "speed": 1.25,
        "text_normalization": True,
        "optimize_streaming_latency": 1,
    }
    assert read(SAYING | more).stream


@pytest.mark.parametrize("name", sorted(OPENAI_VOICES))
def test_each_voice_of_openai_is_spoken_by_one_of_xai(name: str) -> None:
    assert asked(SAYING | {"voice": name})["voice_id"] == OPENAI_VOICES[name]
    assert OPENAI_VOICES[name] in XAI_VOICES


@pytest.mark.parametrize(
    ("voice", "meant"),
    [
        ("Ara", "ara"),
        ("ZENITH", "zenith"),
        ({"id": "Rex"}, "rex"),
        ({"id": "alloy"}, "sal"),
        ({"id": "voice_Mine"}, "voice_Mine"),
    ],
)
def test_voices_of_xai_and_of_ones_own(voice: object, meant: str) -> None:
    assert asked(SAYING | {"voice": voice})["voice_id"] == meant


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"voice": "bob"}, "voice", "invalid_value"),
        ({"voice": ""}, "voice", "invalid_value"),
        ({"voice": {"id": ""}}, "voice", "invalid_value"),
        ({"voice": {}}, "voice.id", "missing_required_parameter"),
        ({"voice": 7}, "voice", "invalid_value"),
        ({"voice": None}, "voice", "missing_required_parameter"),
        ({"input": ""}, "input", "invalid_value"),
        ({"input": " \n"}, "input", "invalid_value"),
        ({"input": "x" * 60_001}, "input", "invalid_value"),
        ({"input": None}, "input", "missing_required_parameter"),
        ({"model": None}, "model", "missing_required_parameter"),
        ({"response_format": "opus"}, "response_format", "unsupported_parameter"),
        ({"response_format": "AAC"}, "response_format", "unsupported_parameter"),
        ({"response_format": "flac"}, "response_format", "unsupported_parameter"),
        ({"response_format": "midi"}, "response_format", "invalid_value"),
        ({"speed": 0.69}, "speed", "invalid_value"),
        ({"speed": 1.51}, "speed", "invalid_value"),
        ({"speed": "1"}, "speed", "invalid_value"),
        ({"stream_format": "smell"}, "stream_format", "invalid_value"),
        ({"with_timestamps": True}, "with_timestamps", "unsupported_parameter"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(change: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        read(SAYING | change)
    assert (refused.value.param, refused.value.code, refused.value.status) == (param, code, 400)


def test_the_refusal_of_a_voice_names_all_of_them() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(SAYING | {"voice": "bob"})
    assert all(name in refused.value.public_message for name in (*OPENAI_VOICES, *XAI_VOICES))


def test_instructions_are_dropped_and_named() -> None:
    assert read(SAYING | {"instructions": "Cheerful."}).dropped == ("instructions",)
    assert read(SAYING | {"instructions": ""}).dropped == ()
    with pytest.raises(ClientError, match="instructions"):
        read(SAYING | {"instructions": "Cheerful."}, strict=True)


def test_a_knob_that_upstream_refused_is_left_out_and_named_but_never_the_text() -> None:
    request = cast(SpeechRequest, read(SAYING | {"speed": 1.1}).prepared)
    dispatch = speech_dispatch(request, Amendments(arguments=frozenset({"speed", "voice_id", "text"})))
    assert dispatch.dropped == ("speed",)
    assert dispatch.content is not None
    assert {"text", "voice_id"} <= json.loads(dispatch.content).keys()


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_the_deltas_are_the_sound_in_either_way_of_joining_them(chunks: list[bytes]) -> None:
    request = SpeechRequest("Hello.", FORMATS["wav"], as_events=True, body={})
    telling = SpeechEvents(request)
    content = b"".join(map(telling.feed, chunks)) + telling.finish()
    told = [json.loads(frame.removeprefix(b"data: ")) for frame in content.split(b"\n\n")[:-1]]
    *deltas, done = told
    sound = b"".join(chunks)
    assert {event["type"] for event in deltas} <= {"speech.audio.delta"}
    assert b"".join(base64.b64decode(event["audio"]) for event in deltas) == sound
    assert "".join(event["audio"] for event in deltas) == base64.b64encode(sound).decode()
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["total_tokens"] == done["usage"]["input_tokens"] + done["usage"]["output_tokens"]


def test_what_upstream_says_of_a_voice_is_said_of_the_field() -> None:
    unknown = UpstreamError("Grok says: Voice not found: mine.", status=400, code="invalid_value")
    worded = about_voice(unknown, "mine")
    assert (worded.param, worded.code, worded.status) == ("voice", "invalid_value", 400)
    for other in (Overloaded("voice"), UpstreamError("voice", status=502), UpstreamError("text", status=400)):
        assert about_voice(other, "mine") is other


def test_what_upstream_says_of_a_sound_is_said_of_its_place() -> None:
    damaged = UpstreamError("Grok says: Failed to decode the audio.", status=400, code="invalid_value")
    assert about_file(damaged, "file").param == "file"
    elsewhere = UpstreamError("language: audio", status=400, param="language")
    assert about_file(elsewhere, "file") is elsewhere
