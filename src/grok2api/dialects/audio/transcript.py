"""What upstream heard: its answer as a value, with its words in their order.

Must never hold what was heard any longer than its request, nor fail for what upstream leaves out.
Source: xai-api.md §2.11.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from grok2api.canonical.usage import usage_from_responses


@dataclass(frozen=True, slots=True)
class Word:
    """One word and when it was said, in seconds."""

    text: str
    start: float
    end: float
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A text that was heard."""

    text: str
    language: str = ""
    """As upstream writes it; often empty."""
    duration: float = 0.0
    """Seconds."""
    words: tuple[Word, ...] = ()
    cost_ticks: int | None = None
    """Upstream's own figure, if it gives one."""


class _Word(msgspec.Struct):
    text: str = ""
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    speaker: int | str | None = None


class _Answer(msgspec.Struct):
    text: str
    language: str | None = None
    duration: float | None = None
    words: list[_Word] | None = None
    usage: dict[str, object] | None = None


_decode = msgspec.json.Decoder(_Answer).decode


def read_transcript(content: bytes) -> Transcript:
    """Read upstream's answer.

    Raises:
        ValueError: it is none.
    """
    answer = _decode(content)
    words = tuple(_words(answer.words or ()))
    last = max((word.end for word in words), default=0.0)
    usage = usage_from_responses(answer.usage) if answer.usage else None
    return Transcript(
        text=answer.text.strip(),
        language=(answer.language or "").strip(),
        duration=max(answer.duration or last, 0.0),
        words=words,
        cost_ticks=usage.cost_ticks if usage else None,
    )


def _words(words: Iterable[_Word]) -> Iterable[Word]:
    """Yield the words that say something, in the order of their time, none of which ends before it begins."""
    for word in sorted(words, key=lambda each: each.start or 0.0):
        if text := word.text.strip():
            start = max(word.start or 0.0, 0.0)
            speaker = None if word.speaker is None else str(word.speaker)
            yield Word(text, start, max(word.end or start, start), word.confidence, speaker)
