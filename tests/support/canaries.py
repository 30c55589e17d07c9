"""Words that may be found nowhere, and every way in which somebody may have written them down."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus


def forms(word: str) -> set[bytes]:
    """Return how a word may be written: plain, escaped, for addresses, in base64, in hexadecimal."""
    raw = word.encode()
    texts = {
        word,
        json.dumps(word)[1:-1],
        json.dumps(json.dumps(word))[3:-3],
        repr(word)[1:-1],
        quote(word, safe=""),
        quote_plus(word),
        "".join(f"%{each:02x}" for each in raw),
        "".join(f"%{each:02X}" for each in raw),
        raw.hex(),
        raw.hex().upper(),
    }
    return {each.encode() for each in texts} | set(_base64(raw))


def _base64(raw: bytes) -> Iterator[bytes]:
    """Yield what stands in base64 wherever the word begins, without the digits that its neighbours share."""
    for ahead in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * ahead + raw)
            whole = (ahead + len(raw)) // 3 * 4
            yield encoded[-(-ahead * 4 // 3) : whole]


def leaks(words: Iterable[str], places: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Return which words are where."""
    return [
        (word, place)
        for word in words
        for place, content in places.items()
        if any(form in content for form in forms(word))
    ]


def files_below(directory: Path) -> dict[str, bytes]:
    """Return all that lies on disk there, by name."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }
