"""A transcript in the forms that OpenAI's clients ask for, whole and as events.

Must never give a figure that nobody measured as if it were one: what xAI does not tell is 0, and the
documentation says so.
Source: openai-python `types/audio`; openai-compat.md §10.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from grok2api.dialects.audio.languages import language_name
from grok2api.dialects.audio.segments import Segment, segments_of
from grok2api.dialects.audio.subtitles import srt, vtt
from grok2api.dialects.audio.transcript import Transcript
from grok2api.dialects.openai_errors import error_body
from grok2api.dialects.prompt_size import estimated
from grok2api.errors import Grok2ApiError
from grok2api.kit.sse import write_data

TranscriptFormat = Literal["json", "text", "verbose_json", "srt", "vtt", "diarized_json"]
TOKENS_PER_SECOND: Final = 10
"""OpenAI's own rate for sound that is heard; the events of a stream have no room for seconds."""
_TYPES: Final = {
    "text": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
_encode = msgspec.json.Encoder().encode


def content_type(form: TranscriptFormat) -> str:
    """Return the content type of a whole answer."""
    return _TYPES.get(form, "application/json")


def written(
    transcript: Transcript,
    form: TranscriptFormat,
    *,
    words: bool = False,
    segments: bool = True,
    hint: str = "",
) -> bytes:
    """Return a whole answer.

    Args:
        transcript: What was heard.
        form: What was asked for.
        words: Whether `verbose_json` tells the words.
        segments: Whether it tells the segments.
        hint: The language that the client named.
    """
    pieces = [] if form in {"json", "text"} else segments_of(transcript)
    if form == "text":
        return f"{transcript.text}\n".encode()
    if form == "srt":
        return srt(pieces).encode()
    if form == "vtt":
        return vtt(pieces).encode()
    body: dict[str, Any] = {"text": transcript.text, "usage": _seconds(transcript)}
    if form == "verbose_json":
        body |= {
            "task": "transcribe",
            "language": language_name(transcript.language or hint),
            "duration": transcript.duration,
        }
        if words:
            body["words"] = [
                {"word": word.text, "start": word.start, "end": word.end} for word in transcript.words
            ]
        if segments:
            body["segments"] = [_verbose(number, piece) for number, piece in enumerate(pieces)]
    elif form == "diarized_json":
        body |= {"task": "transcribe", "duration": transcript.duration, "segments": _diarized(pieces)}
    return _encode(body)


def events(transcript: Transcript, form: TranscriptFormat) -> Iterator[bytes]:
    """Yield the events of a stream: a delta for each piece, its speaker where one is asked for, the end."""
    pieces = segments_of(transcript)
    told = _diarized(pieces) if form == "diarized_json" else []
    for number, piece in enumerate(pieces):
        delta: dict[str, Any] = {"type": "transcript.text.delta", "delta": piece.text}
        if told:
            yield _event(delta | {"segment_id": told[number]["id"]})
            yield _event(told[number])
        else:
            yield _event(delta)
    yield _event({"type": "transcript.text.done", "text": transcript.text, "usage": _tokens(transcript)})


def failure(error: Grok2ApiError) -> bytes:
    """Return the event that ends a stream after an error."""
    return write_data(error_body(error))


def _event(event: dict[str, Any]) -> bytes:
    return write_data(_encode(event))


def _seconds(transcript: Transcript) -> dict[str, Any]:
    return {"type": "duration", "seconds": transcript.duration}


def _tokens(transcript: Transcript) -> dict[str, Any]:
    heard, said = math.ceil(transcript.duration * TOKENS_PER_SECOND), estimated(transcript.text)
    return {
        "type": "tokens",
        "input_tokens": heard,
        "input_token_details": {"audio_tokens": heard, "text_tokens": 0},
        "output_tokens": said,
        "total_tokens": heard + said,
        "seconds": transcript.duration,
    }


def _verbose(number: int, piece: Segment) -> dict[str, Any]:
    return {
        "id": number,
        "seek": int(piece.start * 100),
        "start": piece.start,
        "end": piece.end,
        "text": piece.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": _likelihood(piece),
        "compression_ratio": _compression(piece.text),
        "no_speech_prob": 0.0,
    }


def _likelihood(piece: Segment) -> float:
    """Return the mean logarithm of the words' confidence; 0 where upstream tells none."""
    told = [word.confidence for word in piece.words if word.confidence is not None and word.confidence > 0]
    return round(sum(map(math.log, told)) / len(told), 6) if told else 0.0


def _compression(text: str) -> float:
    content = text.encode()
    return round(len(content) / len(zlib.compress(content)), 6)


def _diarized(pieces: Sequence[Segment]) -> list[dict[str, Any]]:
    """Return the pieces with their speakers, who are A, B, … in the order in which they begin to speak."""
    names: dict[str | None, str] = {}
    told = []
    for number, piece in enumerate(pieces):
        speaker = names.setdefault(piece.speaker, _letters(len(names)))
        told.append(
            {
                "type": "transcript.text.segment",
                "id": f"seg_{number:03d}",
                "start": piece.start,
                "end": piece.end,
                "text": piece.text.strip(),
                "speaker": speaker,
            }
        )
    return told


def _letters(number: int) -> str:
    """Return A to Z, then AA, AB, and so on."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
