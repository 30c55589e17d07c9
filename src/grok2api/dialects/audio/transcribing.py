"""POST /v1/audio/transcriptions: a form in, the fields of xAI's own form out.

The sound itself is none of this module's business: it goes behind the fields, as its last part.
Source: xai-api.md §2.11; openai-compat.md §10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from grok2api.canonical.call import Call
from grok2api.dialects.audio.answers import TranscriptFormat
from grok2api.dialects.audio.fields import TRANSCRIPTION_FIELDS
from grok2api.dialects.base import Envelope
from grok2api.dialects.fields import Dropped
from grok2api.dialects.forms import form_body
from grok2api.errors import InvalidRequest, Unsupported

PATH: Final = "/stt"
LARGEST: Final = 500 * 1024 * 1024
"""Bytes of sound that xAI takes at most."""
_PASSED: Final = ("language", "filler_words", "format", "vad_threshold")
_FORMATS: Final = frozenset(get_args(TranscriptFormat))
_STREAMED: Final = frozenset({"json", "text", "diarized_json"})
_OWN_MODELS: Final = "grok-voice-transcribe"
"""How the names begin that mean a model upstream; all others are served by upstream's own choice."""


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """A checked request."""

    form: TranscriptFormat
    words: bool
    segments: bool
    language: str
    """As the client named it; empty if it did not."""
    fields: Sequence[tuple[str, str]]
    """What goes upstream before the sound."""


def read_transcription(fields: Iterable[tuple[str, str]], envelope: Envelope) -> Call:
    """Check the fields of a form.

    Raises:
        InvalidRequest: something is missing or malformed; `param` says where.
        Unsupported: something that xAI cannot do.
    """
    body = form_body(fields, TRANSCRIPTION_FIELDS)
    checked = TRANSCRIPTION_FIELDS.check(body, strict=envelope.caller.strict)
    values, dropped = checked.values, Dropped(strict=envelope.caller.strict)
    form = _format(cast(str, values.get("response_format", "json")))
    stream = "stream" in values
    if stream and form not in _STREAMED:
        raise Unsupported(
            f"A stream carries no '{form}'. Ask for 'json' or 'diarized_json', or leave 'stream' out.",
            param="response_format",
        )
    granularities = cast("Sequence[str]", values.get("timestamp_granularities", ()))
    if granularities and form != "verbose_json":
        dropped.note("timestamp_granularities")
    model, language = cast(str, values["model"]), _language(values, dropped)
    return Call(
        request_id=envelope.request_id,
        dialect="audio",
        model=model,
        stream=stream,
        body=body,
        caller=envelope.caller,
        received_at=envelope.received_at,
        dropped=tuple(sorted({*checked.dropped, *dropped.paths})),
        prepared=TranscriptionRequest(
            form=form,
            words="word" in granularities,
            segments=not granularities or "segment" in granularities,
            language=language,
            fields=tuple(_upstream_fields(values, model, language, diarize=form == "diarized_json")),
        ),
    )


def _format(wanted: str) -> TranscriptFormat:
    if wanted not in _FORMATS:
        raise InvalidRequest(
            f"'response_format' is '{wanted[:64]}'; it must be one of {', '.join(sorted(_FORMATS))}.",
            param="response_format",
        )
    return cast(TranscriptFormat, wanted)


def _language(values: Mapping[str, object], dropped: Dropped) -> str:
    """Return the one language that is named; several of them are left out."""
    language = cast(str, values.get("language", ""))
    languages = cast("Sequence[str]", values.get("languages", ()))
    if language or len(languages) == 1:
        return language or languages[0]
    if languages:
        dropped.note("languages")
    return ""


def _upstream_fields(
    values: Mapping[str, object], model: str, language: str, *, diarize: bool
) -> Iterable[tuple[str, str]]:
    if model.startswith(_OWN_MODELS):
        yield "model", model
    passed = {name: values[name] for name in _PASSED if name in values}
    if language:
        passed["language"] = language
    for name, value in passed.items():
        yield name, _text(value)
    for name in ("keyterm", "keywords"):
        for term in cast("Sequence[str]", values.get(name, ())):
            yield "keyterm", term
    if diarize:
        yield "diarize", "true"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
