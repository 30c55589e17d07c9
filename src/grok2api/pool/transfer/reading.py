"""A file of credentials, of whatever maker, becomes entries and reasons; its format is told by its content.

Nothing that a file holds raises: every line or object of it gives an entry or a sentence. Only a file that
is too large as a whole is refused as a whole.
Must never let a secret into a place or a reason, nor two entries with the same secret out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from itertools import islice
from typing import Final

import msgspec

from grok2api.errors import InvalidRequest
from grok2api.kit.pace import Pace
from grok2api.pool.transfer import table
from grok2api.pool.transfer.documents import items_of
from grok2api.pool.transfer.entry import Entry, Parsed, Rejected
from grok2api.pool.transfer.fields import Item, entry_of
from grok2api.pool.transfer.sealing import is_sealed

FORMATS: Final = ("txt", "json", "jsonl", "csv")
LARGEST_FILE: Final = 64 * 1024 * 1024
MOST_ENTRIES: Final = 100_000
_SEPARATORS: Final = (",", "\n", "\r")
_MOST_VALUES: Final = 4_000_000
"""Bounds time and memory for a file that is made to be dear; far more than so many entries can have."""

_PACKED: Final = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"PK\x05\x06": "an empty ZIP archive",
    b"PK\x07\x08": "a part of a ZIP archive",
    b"\x1f\x8b": "packed by gzip",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ\x00": "packed by xz",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
}
"""How files begin that hold others. None is ever unpacked: names and sizes in them are whatever they say."""
_UNPACK: Final = (
    "It is {what}. Unpack it yourself and import the file inside; save a spreadsheet as CSV first."
)
_SEALED: Final = "This export is sealed; open it with its passphrase."
_NO_JSON: Final = "It is no valid JSON."
_LINES_LOOKED_AT: Final = 50
_COOKIE_COMMENT: Final = "#HttpOnly_"
_NOT_JSON: Final = object()
_Items = tuple[str, Iterable[Item]]


def read(content: bytes, *, file_name: str = "", format: str | None = None) -> Parsed:  # noqa: A002
    """Return the credentials in a file, and a reason for each part of it that gives none.

    Args:
        content: The file: UTF-8, or UTF-16 with its mark; any line ends.
        file_name: Helps where the content leaves a doubt.
        format: One of `FORMATS`, instead of looking at the content.

    Raises:
        InvalidRequest: The file is over 64 MiB, holds over 100,000 entries, or the format is unknown.
    """
    if format is not None and format not in FORMATS:
        raise InvalidRequest(f"The format must be one of {', '.join(FORMATS)}.", param="format")
    if len(content) > LARGEST_FILE:
        raise InvalidRequest(f"The file is larger than {LARGEST_FILE // 1024**2} MiB.", param="file")
    for mark, what in _PACKED.items():
        if content.startswith(mark):
            return Parsed("packed", rejected=(Rejected("file", _UNPACK.format(what=what)),))
    if is_sealed(content):
        return Parsed("sealed", rejected=(Rejected("file", _SEALED),))
    text = _decoded(content)
    if max(map(text.count, _SEPARATORS)) > _MOST_VALUES:
        raise InvalidRequest("The file holds more lines or values than its entries can have.", param="file")
    name, items = _READERS[format or _looks_like(text, file_name.lower())](text)
    return _gathered(name, items)


def _gathered(name: str, items: Iterable[Item]) -> Parsed:
    """Return what the items give; of several with the same secret the first."""
    entries: list[Entry] = []
    rejected: list[Rejected] = []
    places: dict[str, str] = {}
    pace = Pace()
    for number, item in enumerate(items):
        if pace.due:
            pace.give_way()
        if number == MOST_ENTRIES:
            raise InvalidRequest(f"The file holds more than {MOST_ENTRIES:,} entries.", param="file")
        result = entry_of(item)
        if isinstance(result, Entry):
            secret = result.key or result.refresh_token or result.access_token
            first = places.setdefault(secret, item.place)
            if first != item.place:
                result = Rejected(item.place, f"It is the same as {first}.", double=True)
        if isinstance(result, Entry):
            entries.append(result)
        else:
            rejected.append(result)
    return Parsed(name, tuple(entries), tuple(rejected))


def _decoded(content: bytes) -> str:
    """Return the text; what cannot be decoded becomes a character that no secret has."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def _looks_like(text: str, file_name: str) -> str:
    lines = [line for _, line in islice(_filled_lines(text), _LINES_LOOKED_AT)]
    first = lines[0].strip() if lines else ""
    if file_name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if first.startswith(("{", "[")):
        return "json"
    if file_name.endswith(".csv") or table.delimiter_of(first) is not None:
        return "csv"
    return "jsonl" if any(map(_is_object, lines)) else "txt"


def _json(text: str) -> object:
    """Return the value of a JSON text, or `_NOT_JSON`."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _filled_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, with their numbers."""
    return ((number, line) for number, line in enumerate(StringIO(text, newline=None), 1) if line.strip())


def _is_object(line: str) -> bool:
    return line.lstrip().startswith("{") and isinstance(_json(line), Mapping)


def _of_text(text: str) -> _Items:
    return "txt", (
        Item(place=f"line {number}", content=line)
        for number, line in _filled_lines(text)
        if not line.lstrip().startswith("#") or line.lstrip().startswith(_COOKIE_COMMENT)
    )


def _of_json_lines(text: str) -> _Items:
    """Read one value a line; a line that does not look like JSON is taken as a secret without quotes."""
    return "jsonl", (_of_json_line(f"line {number}", line.strip()) for number, line in _filled_lines(text))


def _of_json_line(place: str, line: str) -> Item:
    if not line.startswith(("{", "[", '"')):
        return Item(place=place, content=line)
    value = _json(line)
    return Item(place=place, refusal=_NO_JSON) if value is _NOT_JSON else Item(place=place, content=value)


def _of_json(text: str) -> _Items:
    """Read one document, or one on each line if the text as a whole is none."""
    value = _json(text)
    if value is not _NOT_JSON:
        return items_of(value)
    if any(_is_object(line) for _, line in islice(_filled_lines(text), _LINES_LOOKED_AT)):
        return _of_json_lines(text)
    return "json", [Item(place="file", refusal=_NO_JSON)]


def _of_table(text: str) -> _Items:
    return "csv", table.rows(text)


_READERS: Final[Mapping[str, Callable[[str], _Items]]] = {
    "txt": _of_text,
    "json": _of_json,
    "jsonl": _of_json_lines,
    "csv": _of_table,
}
