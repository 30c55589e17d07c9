"""How the content of a file is offered to its owner: as a download, of a type that its bytes show.

What a client declared is not believed, and nothing is ever called a type that a browser runs.
Must never read more than the beginning.
Sources: RFC 6266, RFC 8187.
"""

from __future__ import annotations

import codecs
from typing import Final
from urllib.parse import quote

from grok2api.kit.filetypes import sniff
from grok2api.kit.multipart import UNKNOWN_TYPE

_RUN_BY_BROWSERS: Final = frozenset({"image/svg+xml", "text/html"})
_OF_TEXT: Final = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
"""Types of texts, by the ending of the file's name; none that a browser runs."""
_TEXT: Final = "text/plain; charset=utf-8"


def content_type(head: bytes, filename: str) -> str:
    """Return the type of content that begins with `head`."""
    seen = sniff(head)
    if seen and seen not in _RUN_BY_BROWSERS:
        return seen
    if not _is_text(head):
        return UNKNOWN_TYPE
    return _OF_TEXT.get(filename.rpartition(".")[2].lower(), _TEXT)


def disposition(filename: str) -> bytes:
    """Return the header that makes a browser keep a file under its name."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_"
        for letter in filename
    )
    header = f'attachment; filename="{plain}"'
    if plain != filename:
        header += f"; filename*=UTF-8''{quote(filename, safe='')}"
    return header.encode("ascii")


def _is_text(head: bytes) -> bool:
    """Whether a beginning is UTF-8 without control characters; its last letter may be cut."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter in "\t\n\r\f" for letter in text)
