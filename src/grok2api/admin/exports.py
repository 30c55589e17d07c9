"""Lists as files: CSV for spreadsheets, lines of JSON for programs, sent while they are read.

Must never hold a whole list in memory, and never give a spreadsheet what it would take for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from starlette.responses import StreamingResponse

from grok2api.kit.cells import shielded

ExportFormat = Literal["csv", "jsonl"]
_MEDIA: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_TEXT: Final = {"schema": {"type": "string"}}
EXPORTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": _TEXT, "application/x-ndjson": _TEXT}}
}
"""What the description of an exporting route says of its answer."""

Pages = AsyncIterator[Sequence[Mapping[str, Any]]]


def exported(
    name: str, form: ExportFormat, columns: Sequence[str], pages: Callable[[], Pages]
) -> StreamingResponse:
    """Return a file of all rows.

    Args:
        name: What the file is called, without its ending.
        form: How it is written.
        columns: The names of what a row tells, in the order of a table's columns.
        pages: Gives the rows, some at a time.
    """
    lines = _table(columns, pages()) if form == "csv" else _lines(pages())
    disposition = f'attachment; filename="grok2api-{name}.{form}"'
    headers = {"content-disposition": disposition, "cache-control": "no-store"}
    return StreamingResponse(lines, media_type=_MEDIA[form], headers=headers)


async def _lines(pages: Pages) -> AsyncIterator[bytes]:
    async for rows in pages:
        yield b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


async def _table(columns: Sequence[str], pages: Pages) -> AsyncIterator[bytes]:
    yield _csv([columns])
    async for rows in pages:
        yield _csv([_cell(row[name]) for name in columns] for row in rows)


def _cell(value: object) -> object:
    """Return a value as a cell; what has parts is written as JSON."""
    if isinstance(value, dict | list):
        value = msgspec.json.encode(value).decode()
    return shielded(value)


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
