"""`POST /v1/tts` and the list of voices. Every refusal here is in shape (c)."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from grok2api.sandbox import fields, quotas, refusals
from grok2api.sandbox.media import mp3, sound, voices
from grok2api.sandbox.media.timing import timed
from grok2api.sandbox.wire import Answer, Json, Request, answer_json
from grok2api.sandbox.world import World

MAX_TEXT = 60_000
RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
BIT_RATES = (32_000, 64_000, 96_000, 128_000, 192_000)
TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mulaw": "audio/basic",
    "alaw": "audio/x-alaw-basic",
}
LETTERS_PER_SECOND = 15
LONGEST = 120.0
TICKS_PER_LETTER = 150_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*|auto")

Handler = Callable[[World, Request, Json], Answer]


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What is to be said and how; `rate` in Hz, `bit_rate` in bits a second."""

    text: str
    codec: str
    rate: int
    bit_rate: int
    speed: float
    timestamps: bool

    def seconds(self) -> float:
        """Return how long the voice speaks."""
        return min(LONGEST, max(0.4, len(self.text) / LETTERS_PER_SECOND / self.speed))


def bare(handler: Handler) -> Handler:
    """Return a handler whose refusals are in shape (c)."""

    @functools.wraps(handler)
    def answer(world: World, request: Request, parameters: Json) -> Answer:
        try:
            return handler(world, request, parameters)
        except refusals.Refusal as refusal:
            raise refusals.in_shape_c(refusal) from refusal

    return answer


@bare
def speak(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer with a voice as bytes, or as JSON when its timestamps are wanted. Raises: Refusal."""
    account = world.account(request)
    asked = read(request.mapping())
    world.media_model(account, "tts", "tts")
    ticks = len(asked.text) * TICKS_PER_LETTER
    world.directory.charge(account, ticks)
    content, seconds = _said(asked)
    usage = {"characters": len(asked.text), "cost_in_usd_ticks": ticks}
    if asked.timestamps:
        told = {
            "audio": base64.b64encode(content).decode(),
            "content_type": TYPES[asked.codec],
            "duration": seconds,
            "timestamps": timed(asked.text, seconds),
        }
        answer = answer_json(told, usage=usage)
    else:
        answer = Answer(200, content, TYPES[asked.codec], usage=usage)
    return replace(answer, headers={"x-trace-id": world.mint.new_uuid()})


@bare
def list_voices(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer `GET /v1/tts/voices`."""
    quotas.refuse_blocked(world.account(request))
    return answer_json({"voices": [voices.describe(voice) for voice in voices.VOICES]})


@bare
def show_voice(world: World, request: Request, parameters: Json) -> Answer:
    """Answer `GET /v1/tts/voices/{id}`, or 404."""
    quotas.refuse_blocked(world.account(request))
    voice = voices.find(parameters["id"])
    if voice is None:
        raise refusals.unknown_object("Voice", parameters["id"])
    return answer_json(voices.describe(voice))


def read(body: Json) -> SpeechRequest:
    """Return what is to be said. Raises: Refusal 400 or 422."""
    text = fields.required_string(body, "text")
    if not text.strip():
        raise refusals.invalid("text must not be empty.")
    if len(text) > MAX_TEXT:
        raise refusals.invalid(f"text is too long: {len(text)} characters, the limit is {MAX_TEXT}.")
    language = fields.required_string(body, "language")
    if _LANGUAGE.fullmatch(language) is None:
        raise refusals.invalid(f"Invalid language: {language}. Use a BCP-47 code or auto.")
    voice = fields.string(body, "voice_id") or voices.USUAL
    if voices.find(voice) is None:
        raise refusals.invalid(f"Voice not found: {voice}.")
    fields.integer(body, "optimize_streaming_latency", 0, 2)
    fields.boolean(body, "text_normalization", default=False)
    if not isinstance(body.get("replace"), dict | list | None):
        raise refusals.malformed("replace", "expected a map")
    form = fields.mapping(body, "output_format") or {}
    codec = form.get("codec")
    return SpeechRequest(
        text=text,
        codec="mp3" if codec is None else fields.variant(codec, "output_format.codec", tuple(TYPES)),
        rate=_one_of(form, "sample_rate", RATES, 24_000),
        bit_rate=_one_of(form, "bit_rate", BIT_RATES, 128_000),
        speed=fields.number(body, "speed", 0.7, 1.5) or 1.0,
        timestamps=fields.boolean(body, "with_timestamps", default=False),
    )


def _one_of(form: Json, name: str, known: tuple[int, ...], usual: int) -> int:
    value = fields.integer(form, name, 0, max(known))
    if value is None:
        return usual
    if value not in known:
        listed = ", ".join(str(each) for each in known)
        raise refusals.invalid(f"Invalid {name}: {value}. Supported values: {listed}.")
    return value


def _said(asked: SpeechRequest) -> tuple[bytes, float]:
    if asked.codec == "mp3":
        return mp3.write(asked.text, asked.rate, asked.bit_rate, asked.seconds()), asked.seconds()
    form = "pcm" if asked.codec == "wav" else asked.codec
    samples = sound.speak(asked.text, form, asked.rate, asked.seconds())
    return sound.wave(samples) if asked.codec == "wav" else samples.data, samples.seconds()
