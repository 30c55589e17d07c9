"""Places in an index: a time and an id as one text, whose order is that of the times, then that of the ids.

Must agree with `time` in `scripts/rows.lua`.
"""

from __future__ import annotations

import struct
from typing import Final

BEYOND: Final = "\U0010ffff"
"""Greater than any text that does not begin with it."""

FIRST: Final = "-"
LAST: Final = "+"


def place(time: float, identifier: str = "") -> str:
    """Return the place of a time and an id; the time is not negative."""
    return struct.pack(">d", time).hex() + identifier


def time_of(digits: str) -> int:
    """Return the whole seconds of a time that a place begins with."""
    (time,) = struct.unpack(">d", bytes.fromhex(digits))
    return int(time)


def behind(time: float, identifier: str) -> str:
    """Return the bound that leaves out this place itself."""
    return "(" + place(time, identifier)


def up_to(time: float) -> str:
    """Return the bound behind everything of this time."""
    return "(" + place(time) + BEYOND
