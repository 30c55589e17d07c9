"""Makes what is kept of a request small: no media, nothing longer than it may be, and a mark where it was.

Media is known by where it stands and by what it looks like, so that it is found in a text that was cut, and
in the middle of one. Must never let the bytes of a picture, a sound or a document through.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

_DATA_URL: Final = re.compile(
    r"data:([A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100})?(?:;[^,\"'\\\s)]{0,200})?,([A-Za-z0-9+/_=%\-]*)"
)
_RUN: Final = re.compile(r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{256,}={0,2}")
"""It begins where a run begins and nowhere within, so that no text takes longer than its length."""
_PICTURED: Final = frozenset({"b64_json", "partial_image_b64", "file_data", "encrypted_content"})
"""Members that hold nothing but bytes."""
_BESIDE: Final = frozenset({"format", "media_type", "mime_type"})
"""What stands beside `data` where that holds bytes."""
_MARK: Final = "\n… [%d bytes cut] …\n"
_LONGEST_SHARE: Final = 8
"""A single text may take this part of the room when not all of it fits."""
_FAIREST: Final = 256


class Trimmer:
    """Takes media out of values, and counts what it took."""

    def __init__(self) -> None:
        self.omitted = 0
        """How many pictures, sounds and other bytes were left out."""

    def value(self, value: Any, name: str = "", beside: frozenset[str] = frozenset()) -> Any:
        """Return a value of JSON without media."""
        if isinstance(value, dict):
            names = frozenset(value)
            return {key: self.value(each, key, names) for key, each in value.items()}
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if not isinstance(value, str):
            return value
        if value and (name in _PICTURED or (name == "data" and beside & _BESIDE)):
            return self.text(value) if value.startswith("data:") else self._note("base64", len(value))
        return self.text(value)

    def text(self, text: str) -> str:
        """Return a text without media, also one that is no whole JSON."""
        if "data:" in text:
            text = _DATA_URL.sub(lambda found: self._note(found[1] or "data", len(found[2])), text)
        return _RUN.sub(lambda found: self._note("base64", len(found[0])), text)

    def _note(self, kind: str, characters: int) -> str:
        self.omitted += 1
        return f"[{kind}, about {characters * 3 // 4} bytes, not kept]"


def bounded(value: Any, limit: int) -> tuple[Any, bool]:
    """Return a value of JSON that takes about `limit` bytes at most, and whether something was cut.

    Long texts are cut in their middle first, so that the whole keeps its form; if that is not enough it
    becomes a text, cut in its middle.
    """
    written = msgspec.json.encode(value)
    if len(written) <= limit:
        return value, False
    smaller = _shortened(value, max(_FAIREST, limit // _LONGEST_SHARE))
    written = msgspec.json.encode(smaller)
    if len(written) <= limit:
        return smaller, True
    return cut_text(written.decode("utf-8", "replace"), limit)[0], True


def cut_text(text: str, limit: int) -> tuple[str, bool]:
    """Return a text of about `limit` characters at most, cut in its middle, and whether it was cut."""
    if len(text) <= limit:
        return text, False
    half = limit // 2
    return text[:half] + _MARK % (len(text) - 2 * half) + text[len(text) - half :], True


def _shortened(value: Any, longest: int) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(each, longest) for key, each in value.items()}
    if isinstance(value, list):
        return [_shortened(each, longest) for each in value]
    return cut_text(value, longest)[0] if isinstance(value, str) else value
