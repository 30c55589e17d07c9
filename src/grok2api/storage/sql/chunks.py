"""Long lists in pieces: a database takes only so many values in one statement.

Must never leave out or double a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Item = TypeVar("Item")

LONGEST: Final = 500
"""Few enough for every database, and for the event loop to get its turn in between."""


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield `items` in pieces of at most `LONGEST`."""
    for start in range(0, len(items), LONGEST):
        yield items[start : start + LONGEST]
