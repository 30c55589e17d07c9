"""Names what is left out inside a field of a request, or refuses it for a key in strict mode.

Must never let anything be left out without its path: the header `x-grok2api-dropped-params` is made of these.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from grok2api.dialects.fields import refusal

_INDEX: Final = re.compile(r"\[\d+\]")
_MOST_OF_A_KIND: Final = 4
"""Paths of one kind that are named one by one; a header has no room for a long conversation's."""


class Dropped:
    """Takes down what is left out; in strict mode refuses it instead."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self.paths: list[str] = []

    def note(self, path: str) -> None:
        """Take down one dotted path.

        Raises:
            Unsupported: the key is in strict mode.
        """
        if self._strict:
            raise refusal(path)
        self.paths.append(path)


def told_shortly(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths sorted, many of one kind as one: `messages[*].content[*].signature`."""
    known = sorted(set(paths))
    kinds = Counter(map(_kind, known))
    return tuple(sorted({_kind(path) if kinds[_kind(path)] > _MOST_OF_A_KIND else path for path in known}))


def _kind(path: str) -> str:
    return _INDEX.sub("[*]", path)
