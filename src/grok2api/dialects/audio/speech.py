"""POST /v1/audio/speech: a text in, xAI's request for its sound out, and the sound as a client wants it told.

Must never change a sound: bytes travel as they came, or as base64 in events.
Source: xai-api.md §2.10; openai-compat.md §10.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch
from grok2api.dialects.audio.fields import SPEECH_FIELDS
from grok2api.dialects.audio.voices import XAI_VOICES, VoiceReference, voice_of
from grok2api.dialects.base import Envelope
from grok2api.dialects.openai_errors import error_body
from grok2api.dialects.prompt_size import estimated
from grok2api.errors import Grok2ApiError, InvalidRequest, Unsupported
from grok2api.kit.sse import write_data

PATH: Final = "/tts"
SLOWEST: Final = 0.7
FASTEST: Final = 1.5
SAMPLE_RATE: Final = 24_000
"""Hertz, as OpenAI's `wav` and `pcm` have."""
TOKENS_PER_SECOND: Final = 20
"""OpenAI's own rate for sound that is spoken; xAI bills by characters, and counts none."""
_PASSED: Final = ("speed", "text_normalization", "optimize_streaming_latency")
_KNOBS: Final = frozenset(_PASSED)
"""What an attempt can do without if upstream does not take it."""


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """A form in which xAI gives sound."""

    codec: str
    media_type: str
    bytes_per_second: int
    bit_rate: int | None = None

    @property
    def asked(self) -> dict[str, object]:
        """Return it in xAI's words."""
        rate = {} if self.bit_rate is None else {"bit_rate": self.bit_rate}
        return {"codec": self.codec, "sample_rate": SAMPLE_RATE} | rate


FORMATS: Final[Mapping[str, SoundFormat]] = MappingProxyType(
    {
        "mp3": SoundFormat("mp3", "audio/mpeg", 16_000, 128_000),
        "wav": SoundFormat("wav", "audio/wav", 2 * SAMPLE_RATE),
        "pcm": SoundFormat("pcm", "audio/pcm", 2 * SAMPLE_RATE),
    }
)
LACKING: Final = frozenset({"opus", "aac", "flac"})
"""What OpenAI has and xAI has not."""
_HAS: Final = "Use 'mp3', 'wav' or 'pcm' (24 kHz, 16 bit, mono)."
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """A checked request."""

    text: str
    form: SoundFormat
    as_events: bool
    """Whether the sound is told in events."""
    body: Mapping[str, object]
    """What upstream is asked for."""
    custom_voice: str = ""
    """A voice that is none of xAI's, if one is asked for by its id."""


def read_speech(raw: bytes, envelope: Envelope) -> Call:
    """Check a body.

    Raises:
        InvalidRequest: something is missing or malformed; `param` says where.
        Unsupported: something that xAI cannot do.
    """
    body = Body.parse(raw)
    checked = SPEECH_FIELDS.check(body, strict=envelope.caller.strict)
    values = checked.values
    text = cast(str, values["input"])
    if not text.strip():
        raise InvalidRequest("'input' is empty: there is nothing to say.", param="input")
    form = _format(cast(str, values.get("response_format", "mp3")))
    _check_speed(cast("float | None", values.get("speed")))
    voice = voice_of(cast("str | VoiceReference", values["voice"]))
    asked: dict[str, object] = {
        "text": text,
        "language": values.get("language", "auto"),
        "voice_id": voice,
        "output_format": form.asked,
    }
    asked |= {name: values[name] for name in _PASSED if name in values}
    as_events = values.get("stream_format") == "sse"
    return Call(
        request_id=envelope.request_id,
        dialect="audio",
        model=cast(str, values["model"]),
        stream=as_events,
        body=body,
        caller=envelope.caller,
        received_at=envelope.received_at,
        dropped=checked.dropped,
        prepared=SpeechRequest(text, form, as_events, asked, "" if voice in XAI_VOICES else voice),
    )


def speech_dispatch(request: SpeechRequest, amendments: Amendments) -> Dispatch:
    """Write the request for one attempt."""
    gone = _KNOBS & amendments.arguments & request.body.keys()
    content = _encode({name: value for name, value in request.body.items() if name not in gone})
    return Dispatch(method="POST", path=PATH, content=content, dropped=tuple(sorted(gone)))


class SpeechEvents:
    """Tells a sound in events. The base64 of all deltas joined is the base64 of the sound, too."""

    def __init__(self, request: SpeechRequest) -> None:
        self._request = request
        self._held = b""
        self._size = 0

    def feed(self, chunk: bytes) -> bytes:
        """Return the event for some more of the sound; empty while it is too little for one."""
        self._size += len(chunk)
        content = self._held + chunk
        whole = len(content) - len(content) % 3
        self._held = content[whole:]
        return _delta(content[:whole])

    def finish(self) -> bytes:
        """Return what is left, and the event that ends it all."""
        rest, self._held = _delta(self._held), b""
        read = estimated(self._request.text)
        spoken = math.ceil(self._size / self._request.form.bytes_per_second * TOKENS_PER_SECOND)
        usage = {"input_tokens": read, "output_tokens": spoken, "total_tokens": read + spoken}
        return rest + write_data(_encode({"type": "speech.audio.done", "usage": usage}))

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return the event that ends it after an error."""
        return write_data(error_body(error))


def _delta(content: bytes) -> bytes:
    if not content:
        return b""
    event: dict[str, Any] = {
        "type": "speech.audio.delta",
        "audio": base64.b64encode(content).decode("ascii"),
    }
    return write_data(_encode(event))


def _format(wanted: str) -> SoundFormat:
    form = FORMATS.get(wanted.lower())
    if form is not None:
        return form
    if wanted.lower() in LACKING:
        raise Unsupported(f"xAI does not speak '{wanted}'. {_HAS}", param="response_format")
    raise InvalidRequest(f"There is no sound format '{wanted[:64]}'. {_HAS}", param="response_format")


def _check_speed(speed: float | None) -> None:
    if speed is not None and not SLOWEST <= speed <= FASTEST:
        raise InvalidRequest(
            f"'speed' is {speed:g}; xAI speaks at {SLOWEST:g} to {FASTEST:g} times its usual speed.",
            param="speed",
        )
