"""When each word of a text is said."""

from __future__ import annotations

import re

from grok2api.sandbox.wire import Json

_WORD = re.compile(
    r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af][\u3000-\u303f\uff00-\uff0f]?|[^\s\u3400-\u9fff]+"
)


def timed(text: str, seconds: float) -> list[Json]:
    """Return the words of a text with start and end in seconds, longer words taking longer."""
    words = _WORD.findall(text)
    letters = sum(len(word) for word in words) or 1
    rows, passed = [], 0
    for word in words:
        start = seconds * passed / letters
        passed += len(word)
        rows.append({"text": word, "start": round(start, 3), "end": round(seconds * passed / letters, 3)})
    return rows
