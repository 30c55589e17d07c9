"""`POST /v1/stt`: what the sandbox said itself is read again, of any other sound something is made up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from grok2api.sandbox import mint, refusals
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.blobs import Blob
from grok2api.sandbox.media import mp3, mp4, sound, sources
from grok2api.sandbox.media.timing import timed
from grok2api.sandbox.phrases import SENTENCES
from grok2api.sandbox.wire import Answer, Json, Part, Request, answer_json, is_multipart
from grok2api.sandbox.world import World

MAX_BYTES = 500 * 1024 * 1024
READ_BYTES = 8 * 1024 * 1024
"""How much of a sound is looked at; the rest is taken to go on like that."""
MODEL = "grok-voice-transcribe-2.0"
RAW_FORMATS = ("pcm", "mulaw", "alaw")
MAX_TERMS, MAX_TERM = 100, 50
USUAL_BYTE_RATE = 16_000
TICKS_PER_HOUR = 1_000_000_000
SIGNATURES = (b"OggS", b"fLaC", b"\xff\xf1", b"\xff\xf9")
MATROSKA = b"\x1a\x45\xdf\xa3"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood: the text, and how many seconds it took."""

    text: str
    seconds: float


def transcribe(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer with the transcript of an upload or of an address. Raises: Refusal."""
    account = world.account(request)
    if not is_multipart(request.header("content-type")):
        raise refusals.not_multipart()
    if request.oversize:
        raise refusals.too_large()
    if request.problem is not None:
        raise refusals.invalid(f"Failed to parse the multipart body: {request.problem}")
    parts = list(request.parts or ())
    plain = {part.name: part.text().strip() for part in parts if part.filename is None}
    _check_order(parts)
    _check_fields(plain, [part.text() for part in parts if part.name == "keyterm"])
    world.media_model(account, plain.get("model") or MODEL, "stt")
    heard = _heard(world, account, request, plain, parts)
    ticks = round(heard.seconds * TICKS_PER_HOUR / 3_600)
    world.directory.charge(account, ticks)
    told = {
        "text": heard.text,
        "language": plain.get("language", ""),
        "duration": round(heard.seconds, 3),
        "words": timed(heard.text, heard.seconds),
    }
    return answer_json(told, usage={"seconds": told["duration"], "cost_in_usd_ticks": ticks})


def _check_order(parts: list[Part]) -> None:
    at = next((index for index, part in enumerate(parts) if part.name == "file"), None)
    if at is not None and at != len(parts) - 1:
        raise refusals.invalid("The file field must be the last field of the multipart form.")
    has_url = any(part.name == "url" for part in parts)
    if (at is None) != has_url:
        raise refusals.invalid("Provide exactly one of file and url.")


def _check_fields(plain: dict[str, str], terms: list[str]) -> None:
    for name in ("format", "multichannel", "diarize", "filler_words"):
        if plain.get(name, "false") not in ("true", "false"):
            raise refusals.invalid(f"{name} must be true or false.")
    if plain.get("format") == "true" and not plain.get("language"):
        raise refusals.invalid("format requires language.")
    if ("audio_format" in plain) != ("sample_rate" in plain):
        raise refusals.invalid("audio_format and sample_rate must be given together, for raw audio only.")
    if plain.get("audio_format", "pcm") not in RAW_FORMATS:
        raise refusals.invalid(f"audio_format must be one of {', '.join(RAW_FORMATS)}.")
    _check_number(plain, "sample_rate", 8_000, 48_000)
    _check_number(plain, "channels", 2, 8)
    _check_number(plain, "vad_threshold", 0, 1)
    if len(terms) > MAX_TERMS or any(len(term) > MAX_TERM for term in terms):
        raise refusals.invalid(f"keyterm may be given {MAX_TERMS} times, each of {MAX_TERM} characters.")


def _check_number(plain: dict[str, str], name: str, low: float, high: float) -> None:
    if name not in plain:
        return
    try:
        fits = low <= float(plain[name]) <= high
    except ValueError:
        fits = False
    if not fits:
        raise refusals.invalid(f"{name} must be between {low:g} and {high:g}.")


def _heard(
    world: World, account: Account, request: Request, plain: dict[str, str], parts: list[Part]
) -> Heard:
    if "url" in plain:
        source = sources.find(world, account, request, {"url": plain["url"]}, "url")
        content = Blob(source.content if source.content is not None else plain["url"].encode())
        if source.content is None:
            return Heard(_made_up(content), 3.0)
    else:
        content = parts[-1].content
    heard = _understood(content, plain)
    if heard is None:
        raise refusals.invalid(
            "Failed to decode the audio. The format is not supported or the file is damaged."
        )
    return heard


def _understood(content: Blob, plain: dict[str, str]) -> Heard | None:
    head = content.head(64)
    if "audio_format" in plain:
        raw = sound.Samples(plain["audio_format"], int(plain["sample_rate"]), content.head(READ_BYTES))
        return _of_samples(raw, content)
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        samples = sound.unwave(content.head(READ_BYTES))
        return None if samples is None else _of_samples(samples, content)
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xf2"):
        found = mp3.read(content.head(READ_BYTES))
        return None if found is None else Heard(found[0] or _made_up(content), found[1] * _share(content))
    if head[4:8] == b"ftyp":
        return Heard(_made_up(content), mp4.duration(content.head(READ_BYTES)) or _guessed(content))
    if head.startswith(SIGNATURES) or (head.startswith(MATROSKA) and b"webm" not in head):
        return Heard(_made_up(content), _guessed(content))
    return None


def _of_samples(samples: sound.Samples, content: Blob) -> Heard | None:
    if not samples.data:
        return None
    return Heard(sound.listen(samples) or _made_up(content), samples.seconds() * _share(content))


def _share(content: Blob) -> float:
    """Return how many times as long a sound is as the part of it that is looked at."""
    return content.length / min(content.length, READ_BYTES)


def _made_up(content: Blob) -> str:
    digest = hashlib.sha256(content.head(READ_BYTES)).hexdigest()
    return SENTENCES[mint.pick(0, digest, len(SENTENCES))][0]


def _guessed(content: Blob) -> float:
    return max(0.1, content.length / USUAL_BYTE_RATE)
