"""Tables of credentials: CSV with a header, as spreadsheets and this gateway write it.

Our own tables put an apostrophe before a cell that a spreadsheet would take for a formula; it is taken
off again here. Must never guess columns: without a header that names a secret there is no table.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from grok2api.kit.cells import unshielded
from grok2api.pool.transfer.fields import Item, names_a_secret

_DELIMITERS: Final = (",", ";", "\t")
_LONGEST_HEADER: Final = 4096
_NO_HEADER: Final = "The first line names no column with a secret, such as api_key or refresh_token."
_TOO_MANY: Final = "It has more cells than the header has columns; put a cell that holds a comma in quotes."
_BROKEN: Final = "It is no valid CSV; is a quotation mark left open?"


def delimiter_of(header: str) -> str | None:
    """Return what separates the columns of a header; None if the line is no header of credentials."""
    if len(header) > _LONGEST_HEADER:
        return None
    for delimiter in _DELIMITERS:
        if any(names_a_secret(name.strip("\"' ")) for name in header.split(delimiter)):
            return delimiter
    return None


def rows(text: str) -> Iterator[Item]:
    """Yield the rows of a table under its header, empty ones left out."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    header: list[str] | None = None
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            cells = [unshielded(cell.strip()) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            yield Item(place=place, refusal=_BROKEN)
            continue
        if not any(cells):
            continue
        if header is None:
            header = cells
            if not any(map(names_a_secret, header)):
                yield Item(place=place, refusal=_NO_HEADER)
                return
        elif any(cells[len(header) :]):
            yield Item(place=place, refusal=_TOO_MANY)
        else:
            yield Item(place=place, content=dict(zip(header, cells, strict=False)))


def _delimiter(text: str) -> str:
    header = next((line for line in StringIO(text, newline=None) if line.strip()), "")
    return delimiter_of(header.strip()) or ","
