"""Texts as cells of a table for spreadsheets: one that they would take for a formula gets an apostrophe.

The way back gives exactly the text that went in. Must never shield what is no text: -1 is a number.
"""

from __future__ import annotations

from typing import Final

SIGNS: Final = tuple("=+-@\t\r\n|%\uff0b\uff0d\uff1d\uff20'")
"""What a formula may begin with, in full width too; and the apostrophe, so that the way back is exact."""
_SHIELD: Final = "'"


def shielded(value: object) -> object:
    """Return a value as a cell that no spreadsheet takes for a formula; spaces before a sign help nobody."""
    return f"{_SHIELD}{value}" if isinstance(value, str) and value.lstrip(" ").startswith(SIGNS) else value


def unshielded(cell: str) -> str:
    """Return the text that a cell was made of; one that was typed by hand stays as it is."""
    bare = cell[1:]
    return bare if cell.startswith(_SHIELD) and bare.lstrip(" ").startswith(SIGNS) else cell
