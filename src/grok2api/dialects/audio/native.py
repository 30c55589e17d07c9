"""xAI's own audio endpoints, POST /v1/tts and /v1/stt: checked, and sent on as they are.

What the tables do not know goes upstream untouched, so what xAI adds works at once. Must never translate.
Source: xai-api.md §2.10, §2.11.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, cast

import msgspec
from msgspec import Meta

from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.dialects.audio.fields import LONGEST_TEXT
from grok2api.dialects.audio.speech import FASTEST, SLOWEST
from grok2api.dialects.base import Envelope
from grok2api.dialects.fields import Field, FieldTable, Policy, missing
from grok2api.dialects.forms import form_body
from grok2api.errors import InvalidRequest

TTS_MODEL: Final = "tts"
STT_MODEL: Final = "stt"
"""What requests that name no model are called, in the ledger and on a key's list of models."""
_RAW: Final = frozenset({"pcm", "mulaw", "alaw"})
"""Sounds that nothing in them tells from other bytes."""
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mp3": "audio/mpeg",
        "wav": "audio/wav",
        "pcm": "audio/pcm",
        "mulaw": "audio/basic",
        "alaw": "audio/x-alaw-basic",
    }
)
_Bare = Annotated[str, Meta(min_length=1, max_length=64)]


class OutputFormat(msgspec.Struct, frozen=True):
    """How a sound is to be coded."""

    codec: Literal["mp3", "wav", "pcm", "mulaw", "alaw"] = "mp3"
    sample_rate: Annotated[int, Meta(ge=8000, le=48_000)] | None = None
    bit_rate: Annotated[int, Meta(ge=32_000, le=192_000)] | None = None


TTS_FIELDS = FieldTable(
    "tts",
    (
        Field("text", Policy.PASSED, Annotated[str, Meta(max_length=LONGEST_TEXT)], required=True),
        Field("language", Policy.PASSED, _Bare, required=True, note="BCP 47, or `auto`."),
        Field("voice_id", Policy.PASSED, str, note="`eve` if not given."),
        Field("output_format", Policy.PASSED, OutputFormat),
        Field("speed", Policy.PASSED, Annotated[float, Meta(ge=SLOWEST, le=FASTEST)]),
        Field("optimize_streaming_latency", Policy.PASSED, Annotated[int, Meta(ge=0, le=2)]),
        Field("text_normalization", Policy.PASSED, bool),
        Field("with_timestamps", Policy.PASSED, bool, note="The answer is JSON then."),
        Field("replace", Policy.PASSED, Any),
    ),
)

STT_FIELDS = FieldTable(
    "stt",
    (
        Field("url", Policy.PASSED, str, note="In place of `file`; xAI fetches it."),
        Field("model", Policy.PASSED, str),
        Field("language", Policy.PASSED, _Bare),
        Field("format", Policy.PASSED, bool, note="Needs `language`."),
        Field("audio_format", Policy.PASSED, str, note="Of sound without a header: `pcm`, `mulaw`, `alaw`."),
        Field("sample_rate", Policy.PASSED, Annotated[int, Meta(ge=1)]),
        Field("multichannel", Policy.PASSED, bool),
        Field("channels", Policy.PASSED, Annotated[int, Meta(ge=2, le=8)]),
        Field("diarize", Policy.PASSED, bool),
        Field(
            "keyterm",
            Policy.PASSED,
            Annotated[list[Annotated[str, Meta(max_length=50)]], Meta(max_length=100)],
        ),
        Field("filler_words", Policy.PASSED, bool),
        Field("vad_threshold", Policy.PASSED, float),
    ),
)


@dataclass(frozen=True, slots=True)
class NativeSpeech:
    """A checked request for speech."""

    text: str
    timestamps: bool
    """Whether the answer is JSON."""
    media_type: str
    """What the sound is, where upstream does not say."""


@dataclass(frozen=True, slots=True)
class NativeHearing:
    """A checked request for a transcript."""

    fields: Sequence[tuple[str, str]]
    raw: bool
    """Whether the sound has no header by which it could be told."""
    by_url: bool


def read_tts(raw: bytes, envelope: Envelope) -> Call:
    """Check a body.

    Raises:
        InvalidRequest: something is missing or malformed; `param` says where.
    """
    body = Body.parse(raw)
    values = TTS_FIELDS.check(body, strict=envelope.caller.strict).values
    text = cast(str, values["text"])
    if not text.strip():
        raise InvalidRequest("'text' is empty: there is nothing to say.", param="text")
    form = cast("OutputFormat | None", values.get("output_format")) or OutputFormat()
    timestamps = values.get("with_timestamps") is True
    return _call(TTS_MODEL, body, envelope, NativeSpeech(text, timestamps, _TYPES[form.codec]))


def read_stt(fields: Sequence[tuple[str, str]], envelope: Envelope, *, has_file: bool) -> Call:
    """Check the fields of a form.

    Raises:
        InvalidRequest: something is missing or malformed; `param` says where.
    """
    body = form_body(fields, STT_FIELDS)
    values = STT_FIELDS.check(body, strict=envelope.caller.strict).values
    by_url = "url" in values
    if by_url and has_file:
        raise InvalidRequest("Send 'file' or 'url', not both.", param="url")
    if not by_url and not has_file:
        raise missing("file")
    if "format" in values and "language" not in values:
        raise InvalidRequest(
            "'format' needs 'language'.", param="language", code="missing_required_parameter"
        )
    raw = str(values.get("audio_format", "")).lower() in _RAW
    model = cast(str, values.get("model")) or STT_MODEL
    return _call(model, body, envelope, NativeHearing(tuple(_told(fields)), raw, by_url))


def sound_type(told: str, expected: str) -> str:
    """Return the content type of an answer: upstream's own if it is a sound's, else what was asked for."""
    bare = told.partition(";")[0].strip().lower()
    return bare if bare.startswith("audio/") and bare.isascii() and len(bare) <= 64 else expected


def _told(fields: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Yield the fields that say something, under the names that xAI reads."""
    return ((name.removesuffix("[]"), text) for name, text in fields if text)


def _call(model: str, body: Body, envelope: Envelope, prepared: object) -> Call:
    return Call(
        request_id=envelope.request_id,
        dialect="audio",
        model=model,
        stream=False,
        body=body,
        caller=envelope.caller,
        received_at=envelope.received_at,
        prepared=prepared,
    )
