"""Cuts what was heard into pieces that can be read at a glance: by speaker, pause, sentence and length.

The pieces hold the whole text: joined, they are the transcript again. Must never cut within a word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from grok2api.dialects.audio.transcript import Transcript, Word

PAUSE: Final = 1.0
"""Seconds of silence that end a piece."""
LONGEST: Final = 7.0
"""Seconds that a piece may last, as subtitles are held to; one word may last longer."""
WIDEST: Final = 84
"""Columns of a piece: two lines of 42. A Chinese, Japanese or Korean character takes two."""
SETTLED: Final = 1.0
"""Seconds that a piece has lasted before the end of a sentence ends it."""
_SENTENCE: Final = frozenset(".!?…。！？")
_CLAUSE: Final = frozenset(",;:，、；：")
_CLOSING: Final = "\"'”’»)]}」』）】"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the transcript."""

    text: str
    """With the blanks before it, so that the texts of all pieces joined are the whole."""
    start: float
    """Seconds."""
    end: float
    words: tuple[Word, ...] = ()

    @property
    def speaker(self) -> str | None:
        """Return who says it; None where upstream did not tell speakers apart."""
        return self.words[0].speaker if self.words else None


def segments_of(transcript: Transcript) -> list[Segment]:
    """Return the pieces of a transcript; one without times where upstream told no words."""
    if not transcript.text:
        return []
    if not transcript.words:
        return [Segment(transcript.text, 0.0, transcript.duration)]
    pieces = list(_cut(transcript.words))
    texts = _texts(transcript.text, pieces)
    return [
        Segment(text, words[0].start, max(word.end for word in words), tuple(words))
        for text, words in zip(texts, pieces, strict=True)
    ]


def _cut(words: Sequence[Word]) -> Iterator[list[Word]]:
    piece: list[Word] = []
    for word in words:
        while piece and (count := _ends_at(piece, word)):
            yield piece[:count]
            piece = piece[count:]
        piece.append(word)
    if piece:
        yield piece


def _ends_at(piece: Sequence[Word], following: Word) -> int:
    """Return how many words of a piece are one of their own, given what follows; 0 if it goes on."""
    last = piece[-1]
    if following.speaker != last.speaker or _seconds(last.end, following.start) >= PAUSE:
        return len(piece)
    if _marked(last, _SENTENCE) and _seconds(piece[0].start, last.end) >= SETTLED:
        return len(piece)
    too_long = _seconds(piece[0].start, following.end) > LONGEST
    if too_long or _width(piece) + 1 + _columns(following.text) > WIDEST:
        return _last_clause(piece) or len(piece)
    return 0


def _seconds(start: float, end: float) -> float:
    """Return the time between two moments, to the millisecond."""
    return round(end - start, 3)


def _last_clause(piece: Sequence[Word]) -> int:
    """Return how many words end with the last clause of the piece's second half; 0 if none ends there."""
    for count in range(len(piece) - 1, len(piece) // 2, -1):
        if _marked(piece[count - 1], _CLAUSE | _SENTENCE):
            return count
    return 0


def _marked(word: Word, marks: frozenset[str]) -> bool:
    bare = word.text.rstrip(_CLOSING)
    return bool(bare) and bare[-1] in marks


def _width(piece: Sequence[Word]) -> int:
    return sum(_columns(word.text) + 1 for word in piece) - 1


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _texts(whole: str, pieces: Sequence[Sequence[Word]]) -> list[str]:
    """Return the texts of pieces as the transcript writes them; the words joined where it writes others."""
    ends = [0]
    place = 0
    for number, piece in enumerate(pieces):
        for word in piece:
            found = whole.find(word.text, place)
            if found < 0 or any(character.isalnum() for character in whole[place:found]):
                return _joined(pieces)
            place = found + len(word.text)
        if number + 1 < len(pieces):
            place = _after_marks(whole, place, whole.find(pieces[number + 1][0].text, place))
        ends.append(place)
    if any(character.isalnum() for character in whole[place:]):
        return _joined(pieces)
    ends[-1] = len(whole)
    return [whole[start:end] for start, end in pairwise(ends)]


def _after_marks(whole: str, place: int, following: int) -> int:
    """Return where the marks that belong to the word before are over, at the following word at the latest."""
    while place < following and not whole[place].isspace() and not whole[place].isalnum():
        if unicodedata.category(whole[place]) in {"Ps", "Pi"}:
            break
        place += 1
    return place


def _joined(pieces: Sequence[Sequence[Word]]) -> list[str]:
    texts = [" ".join(word.text for word in piece) for piece in pieces]
    return texts[:1] + [f" {text}" for text in texts[1:]]
