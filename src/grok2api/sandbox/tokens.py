"""A made-up tokeniser: small pieces of text that join up to the text again.

Its counts are plausible, not xAI's; what matters is that they are the same every time and that a
stream is made of many small pieces, Chinese and emoji included.
"""

from __future__ import annotations

import re

from grok2api.sandbox.mint import pick
from grok2api.sandbox.wire import Json

_PIECE = re.compile(r" ?[A-Za-z\u00c0-\u024f]{1,6}| ?[0-9]{1,3}|\s+|.", re.DOTALL)
VOCABULARY = 131_072


def split(text: str) -> list[str]:
    """Return the pieces of `text`, in order."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Return the number of pieces in `text`."""
    return sum(1 for _ in _PIECE.finditer(text))


def describe(text: str) -> list[Json]:
    """Return the rows of `POST /v1/tokenize-text`."""
    return [
        {
            "token_id": pick(0, piece, VOCABULARY),
            "string_token": piece,
            "token_bytes": list(piece.encode("utf-8", "surrogatepass")),
        }
        for piece in split(text)
    ]
