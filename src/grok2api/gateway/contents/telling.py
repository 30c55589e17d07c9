"""What is kept of a recording: the words of both sides as one document, small and without media.

The document is `{"path", "status", "request": {...}, "answer": {...}}`. Each side has `kind`, `size` (bytes
as they passed), `cut`, `omitted` (how many pictures, sounds and the like were left out), and `body`: JSON, a
text, or null where it held no words. An answer that was streamed has `said` and `error` in its place. Runs
in a thread of its own. Must never let media through, and must never fail for what was said.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import msgspec

from grok2api.dialects.words.forms import form_texts
from grok2api.dialects.words.streams import said_in
from grok2api.dialects.words.trimming import Trimmer, bounded
from grok2api.gateway.contents.recording import EVENTS, Recording, Side

_UNREADABLE: Final = (ValueError, TypeError, AttributeError, KeyError, RecursionError)
JsonObject = dict[str, Any]


def told(recording: Recording, limit: int) -> bytes:
    """Return the document of a recording; each side takes about `limit` bytes at most."""
    document = {
        "path": recording.path,
        "status": recording.status,
        "request": _side(recording.asked, limit),
        "answer": _side(recording.answered, limit),
    }
    return msgspec.json.encode(document)


def _side(side: Side, limit: int) -> JsonObject:
    trimmer, content = Trimmer(), side.content()
    common: JsonObject = {"kind": side.kind.partition(";")[0].strip().lower(), "size": side.size}
    try:
        more = _streamed(content) if side.is_of(EVENTS) else {"body": _body(side, content, trimmer)}
        more = {name: trimmer.value(value) for name, value in more.items()}
    except _UNREADABLE:
        more = {"body": trimmer.text(content.decode("utf-8", "replace"))}
    kept: JsonObject = {}
    cut = side.cut
    for name, value in more.items():
        kept[name], shortened = bounded(value, limit)
        cut = cut or shortened
    return {**common, "cut": cut, "omitted": trimmer.omitted, **kept}


def _streamed(content: bytes) -> JsonObject:
    said, error = said_in(content)
    return {"said": [asdict(each) for each in said], "error": error}


def _body(side: Side, content: bytes, trimmer: Trimmer) -> Any:
    if not content:
        return None
    if side.is_of("multipart/"):
        fields, files = form_texts(side.kind, content)
        trimmer.omitted += files
        return fields
    if side.is_of("application/json"):
        return msgspec.json.decode(content)
    return content.decode("utf-8", "replace")
