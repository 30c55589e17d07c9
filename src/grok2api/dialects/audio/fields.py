"""What becomes of each field of `POST /v1/audio/speech` and `/v1/audio/transcriptions`.

Fields that are not in the tables are ignored and never sent. Must never know what a field holds.
Source: xai-api.md §2.10, §2.11; openai-compat.md §10.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from grok2api.dialects.audio.voices import VoiceReference
from grok2api.dialects.fields import Field, FieldTable, Policy

LONGEST_TEXT = 60_000
"""Characters that xAI takes at most for one piece of speech; some accounts may be held to fewer."""

_Model = Annotated[str, Meta(min_length=1, max_length=256)]
_Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
_ANY_MODEL = "Any name; it only has to be on the key's list of models, if the key has one."
_Keyterms = Annotated[list[Annotated[str, Meta(max_length=50)]], Meta(max_length=100)]

SPEECH_FIELDS = FieldTable(
    "speech",
    (
        Field("model", Policy.LOCAL, _Model, required=True, note=_ANY_MODEL),
        Field("input", Policy.TRANSLATED, _Text, required=True, note="At most 60,000 characters."),
        Field(
            "voice", Policy.TRANSLATED, str | VoiceReference, required=True, note="See the table of voices."
        ),
        Field(
            "response_format",
            Policy.TRANSLATED,
            str,
            note="`mp3`, `wav` or `pcm` (24 kHz, 16 bit, mono); `opus`, `aac` and `flac` are refused.",
        ),
        Field("speed", Policy.PASSED, float, note="0.7 to 1.5; what is outside is refused."),
        Field("stream_format", Policy.LOCAL, Literal["audio", "sse"], neutral=("audio",)),
        Field("language", Policy.PASSED, str, neutral=("",), note="xAI's own; `auto` if not given."),
        Field("text_normalization", Policy.PASSED, bool, note="xAI's own."),
        Field(
            "optimize_streaming_latency", Policy.PASSED, Annotated[int, Meta(ge=0, le=2)], note="xAI's own."
        ),
        Field(
            "with_timestamps",
            Policy.REFUSED,
            bool,
            neutral=(False,),
            note="The answer would be no sound: send it to `POST /v1/tts`.",
        ),
        Field("instructions", Policy.DROPPED, str, neutral=("",), note="xAI reads tags in the text instead."),
        Field("user", Policy.IGNORED, Any),
        Field("metadata", Policy.IGNORED, Any),
    ),
)

TRANSCRIPTION_FIELDS = FieldTable(
    "transcription",
    (
        Field("model", Policy.LOCAL, _Model, required=True, note=_ANY_MODEL),
        Field("language", Policy.PASSED, Annotated[str, Meta(max_length=64)]),
        Field(
            "response_format",
            Policy.LOCAL,
            str,
            note="`json`, `text`, `verbose_json`, `srt`, `vtt`, `diarized_json`: made here.",
        ),
        Field(
            "stream",
            Policy.LOCAL,
            bool,
            neutral=(False,),
            note="The text goes out once xAI has heard it all.",
        ),
        Field(
            "timestamp_granularities",
            Policy.LOCAL,
            list[Literal["word", "segment"]],
            neutral=([],),
            note="With `verbose_json`; elsewhere dropped and named.",
        ),
        Field("keywords", Policy.TRANSLATED, _Keyterms, neutral=([],), note="Become `keyterm`."),
        Field("keyterm", Policy.PASSED, _Keyterms, neutral=([],), note="xAI's own."),
        Field("filler_words", Policy.PASSED, bool, note="xAI's own."),
        Field("format", Policy.PASSED, bool, note="xAI's own; needs `language`."),
        Field("vad_threshold", Policy.PASSED, float, note="xAI's own."),
        Field(
            "languages",
            Policy.TRANSLATED,
            list[Annotated[str, Meta(max_length=64)]],
            neutral=([],),
            note="A single one becomes `language`; several are dropped and named.",
        ),
        Field(
            "prompt",
            Policy.DROPPED,
            str,
            neutral=("",),
            note="xAI takes terms, no prose: name them in `keywords`.",
        ),
        Field("temperature", Policy.DROPPED, float, neutral=(0.0,)),
        Field("chunking_strategy", Policy.DROPPED, str | dict[str, Any], neutral=("auto",)),
        Field("include", Policy.REFUSED, list[str], neutral=([],), note="xAI tells no `logprobs`."),
        Field(
            "known_speaker_names",
            Policy.REFUSED,
            list[str],
            neutral=([],),
            note="xAI tells speakers apart, but knows none of them.",
        ),
        Field(
            "known_speaker_references",
            Policy.REFUSED,
            list[str],
            neutral=([],),
            note="xAI tells speakers apart, but knows none of them.",
        ),
        Field(
            "multichannel",
            Policy.REFUSED,
            bool,
            neutral=(False,),
            note="The answer would be of another shape: send it to `POST /v1/stt`.",
        ),
        Field("diarize", Policy.REFUSED, bool, neutral=(False,), note="Ask for `diarized_json`."),
        Field("user", Policy.IGNORED, Any),
    ),
)
