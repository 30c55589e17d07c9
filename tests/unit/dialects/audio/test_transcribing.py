"""Forms for transcripts, OpenAI's and xAI's own, as what goes upstream."""

from __future__ import annotations

from typing import cast

import pytest

from grok2api.canonical.call import Call, Caller
from grok2api.dialects.audio.native import NativeHearing, NativeSpeech, read_stt, read_tts, sound_type
from grok2api.dialects.audio.transcribing import TranscriptionRequest, read_transcription
from grok2api.dialects.base import Envelope
from grok2api.errors import ClientError

Fields = list[tuple[str, str]]
MODEL: Fields = [("model", "whisper-1")]


def envelope(*, strict: bool = False) -> Envelope:
    return Envelope(request_id="r", caller=Caller("key", "somebody", strict=strict), received_at=0.0)


def read(fields: Fields, *, strict: bool = False) -> Call:
    return read_transcription(MODEL + fields, envelope(strict=strict))


def request(fields: Fields) -> TranscriptionRequest:
    return cast(TranscriptionRequest, read(fields).prepared)


def test_the_least_that_can_be_asked() -> None:
    call, asked = read([]), request([])
    assert (call.model, call.stream, call.dropped) == ("whisper-1", False, ())
    assert (asked.form, asked.words, asked.segments, asked.fields) == ("json", False, True, ())


def test_what_goes_upstream() -> None:
    fields: Fields = [
        ("language", "de"),
        ("keywords[]", "Grok"),
        ("keywords[]", "xAI"),
        ("keyterm", "SpaceX"),
        ("filler_words", "true"),
        ("vad_threshold", "0.5"),
        ("response_format", "diarized_json"),
    ]
    assert request(fields).fields == (
        ("language", "de"),
        ("filler_words", "true"),
        ("vad_threshold", "0.5"),
        ("keyterm", "SpaceX"),
        ("keyterm", "Grok"),
        ("keyterm", "xAI"),
        ("diarize", "true"),
    )


def test_models_of_xai_are_named_upstream_and_others_are_not() -> None:
    own = read_transcription([("model", "grok-voice-transcribe-2.0")], envelope())
    assert cast(TranscriptionRequest, own.prepared).fields == (("model", "grok-voice-transcribe-2.0"),)
    assert request([]).fields == ()


@pytest.mark.parametrize(
    ("fields", "words", "segments"),
    [
        ([], False, True),
        ([("timestamp_granularities[]", "segment")], False, True),
        ([("timestamp_granularities[]", "word")], True, False),
        ([("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")], True, True),
        ([("timestamp_granularities", "word")], True, False),
        ([("timestamp_granularities", "word"), ("timestamp_granularities", "segment")], True, True),
    ],
)
def test_granularities_as_the_sdks_write_them(fields: Fields, words: bool, segments: bool) -> None:
    asked = request([("response_format", "verbose_json"), *fields])
    assert (asked.words, asked.segments) == (words, segments)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ([("prompt", "ZyntriQix")], ("prompt",)),
        ([("prompt", "")], ()),
        ([("temperature", "0")], ()),
        ([("temperature", "0.2")], ("temperature",)),
        ([("chunking_strategy", "auto")], ()),
        ([("chunking_strategy[type]", "server_vad")], ("chunking_strategy",)),
        ([("timestamp_granularities[]", "word")], ("timestamp_granularities",)),
        ([("languages[]", "de")], ()),
        ([("languages[]", "de"), ("languages[]", "fr")], ("languages",)),
        ([("include[]", "")], ()),
        ([("something", "else")], ()),
    ],
)
def test_what_is_lost_is_named_and_refused_in_strict_mode(fields: Fields, named: tuple[str, ...]) -> None:
    assert read(fields).dropped == named
    if named:
        with pytest.raises(ClientError) as refused:
            read(fields, strict=True)
        assert (refused.value.param, refused.value.code) == (named[0], "unsupported_parameter")
    else:
        read(fields, strict=True)


def test_a_single_language_of_several_possible_ones_is_the_language() -> None:
    assert request([("languages[]", "de")]).fields == (("language", "de"),)
    assert request([("languages[]", "de")]).language == "de"
    assert request([("languages[]", "de"), ("language", "fr")]).language == "fr"


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ([("include[]", "logprobs")], "include", "unsupported_parameter"),
        ([("known_speaker_names[]", "Ann")], "known_speaker_names", "unsupported_parameter"),
        ([("known_speaker_references[]", "ann.wav")], "known_speaker_references", "unsupported_parameter"),
        ([("multichannel", "true")], "multichannel", "unsupported_parameter"),
        ([("diarize", "true")], "diarize", "unsupported_parameter"),
        ([("response_format", "xml")], "response_format", "invalid_value"),
        ([("response_format", "srt"), ("stream", "true")], "response_format", "unsupported_parameter"),
        (
            [("response_format", "verbose_json"), ("stream", "true")],
            "response_format",
            "unsupported_parameter",
        ),
        ([("stream", "perhaps")], "stream", "invalid_value"),
        ([("temperature", "warm")], "temperature", "invalid_value"),
        ([("language", "de"), ("language", "fr")], "language", "invalid_value"),
        ([("timestamp_granularities[]", "letter")], "timestamp_granularities[0]", "invalid_value"),
        ([("keywords[]", "x" * 51)], "keywords[0]", "invalid_value"),
    ],
)
def test_what_cannot_be_heard_is_refused_by_name(fields: Fields, param: str, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        read(fields)
    assert (refused.value.param, refused.value.code, refused.value.status) == (param, code, 400)


def test_a_model_is_needed() -> None:
    with pytest.raises(ClientError) as refused:
        read_transcription([], envelope())
    assert (refused.value.param, refused.value.code) == ("model", "missing_required_parameter")


def native(fields: Fields, *, has_file: bool = True) -> NativeHearing:
    return cast(NativeHearing, read_stt(fields, envelope(), has_file=has_file).prepared)


def test_xais_own_form_goes_on_as_it_is() -> None:
    fields: Fields = [
        ("language", "en"),
        ("diarize", "true"),
        ("keyterm", "a"),
        ("keyterm", "b"),
        ("new_field", "x"),
        ("empty", ""),
    ]
    assert native(fields).fields == tuple(fields[:-1])
    assert native([("audio_format", "pcm"), ("sample_rate", "16000")]).raw
    assert native([("url", "https://a.example/b.mp3")], has_file=False).by_url


@pytest.mark.parametrize(
    ("fields", "has_file", "param"),
    [
        ([], False, "file"),
        ([("url", "https://a.example/b.mp3")], True, "url"),
        ([("format", "true")], True, "language"),
        ([("channels", "1")], True, "channels"),
        ([("diarize", "perhaps")], True, "diarize"),
        ([("keyterm", "x" * 51)], True, "keyterm[0]"),
    ],
)
def test_what_xai_would_refuse_is_refused_here(fields: Fields, has_file: bool, param: str) -> None:
    with pytest.raises(ClientError) as refused:
        native(fields, has_file=has_file)
    assert refused.value.param == param


def test_xais_own_speech_goes_on_byte_for_byte() -> None:
    raw = b'{ "text":"Hi","language":"en", "x": [1],"output_format":{"codec":"alaw"},"with_timestamps":true}'
    call = read_tts(raw, envelope())
    assert call.body.content() == raw
    assert cast(NativeSpeech, call.prepared) == NativeSpeech("Hi", True, "audio/x-alaw-basic")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"language":"en"}', "text"),
        (b'{"text":" ","language":"en"}', "text"),
        (b'{"text":"Hi"}', "language"),
        (b'{"text":"Hi","language":"en","speed":2}', "speed"),
        (b'{"text":"Hi","language":"en","output_format":{"codec":"opus"}}', "output_format.codec"),
        (b'{"text":"Hi","language":"en","output_format":{"sample_rate":1}}', "output_format.sample_rate"),
    ],
)
def test_speech_that_xai_would_refuse_is_refused_here(body: bytes, param: str) -> None:
    with pytest.raises(ClientError) as refused:
        read_tts(body, envelope())
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("audio/mpeg", "audio/mpeg"),
        ("Audio/WAV; rate=1", "audio/wav"),
        ("text/html", "audio/pcm"),
        ("", "audio/pcm"),
        ("image/svg+xml", "audio/pcm"),
    ],
)
def test_a_sound_is_never_told_as_something_else(told: str, kind: str) -> None:
    assert sound_type(told, "audio/pcm") == kind
