"""What was left out, in a header that has room for it.

A long conversation may lose something in each of its messages, and clients refuse headers that are too long.
Must never let a kind of thing be left out without its path.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

_INDEX: Final = re.compile(r"\[\d+\]")
_MOST_OF_A_KIND: Final = 4
"""Paths of one kind that are named one by one; a header has no room for a long conversation's."""


def told_shortly(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths sorted, many of one kind as one: `messages[*].content[*].signature`."""
    known = sorted(set(paths))
    kinds = Counter(map(_kind, known))
    return tuple(sorted({_kind(path) if kinds[_kind(path)] > _MOST_OF_A_KIND else path for path in known}))


def _kind(path: str) -> str:
    return _INDEX.sub("[*]", path)
