"""Reads texts, pictures and documents of a message into parts of the Responses API.

Must never guess: what Grok cannot see is refused with its path, and what it sees without an option of the
client's is named.
Source: openai-compat.md §9; xai-api.md §2.3, §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import msgspec

from grok2api.dialects.fields import Dropped, misshapen, missing, needed
from grok2api.dialects.messages.shapes import Block, Source
from grok2api.errors import Unsupported

Part = dict[str, object]

_blocks = msgspec.json.Decoder(str | list[Block] | None)
_NULL = b"null"
_CLOSING = "</document>"
_WRITTEN = ("text", "image")
"""What a document that is written as blocks may hold; so documents hold no documents without end."""


class Parts:
    """Reads the blocks of one place, which is a message or a tool's result."""

    def __init__(self, dropped: Dropped, *, text_type: str = "input_text") -> None:
        self._dropped = dropped
        self._text_type = text_type

    def read(self, block: Block, path: str) -> list[Part] | None:
        """Return the parts of a block; None if it is of another kind.

        Raises:
            InvalidRequest: it misses what its kind needs.
            Unsupported: Grok cannot take it.
        """
        if block.type == "text":
            text = needed(block.text, f"{path}.text")
            return [self.text(text)] if text else []
        if block.type == "image":
            return [_picture(_source(block, path), f"{path}.source")]
        if block.type == "document":
            return self._document(block, path)
        if block.type == "search_result":
            return [self.text(self._search_result(block, path))]
        return None

    def text(self, text: str) -> Part:
        """Return a text as a part."""
        return {"type": self._text_type, "text": text}

    def _document(self, block: Block, path: str) -> list[Part]:
        source, path_of_source = _source(block, path), f"{path}.source"
        if wants_citations(block):
            self._dropped.note(f"{path}.citations")
        if source.type == "text":
            return [self.text(_titled(block, needed(source.data, f"{path_of_source}.data")))]
        if source.type == "content":
            return self._written(block, source, path_of_source)
        file = _file(source, block.title, path_of_source)
        return [*([self.text(block.context)] if block.context else []), file]

    def _written(self, block: Block, source: Source, path: str) -> list[Part]:
        """Return a document that the client wrote as blocks."""
        content = content_of(source.content, f"{path}.content")
        if isinstance(content, str):
            return [self.text(_titled(block, content))]
        parts = [self.text(_opening(block))]
        for index, inner in enumerate(content):
            place = f"{path}.content[{index}]"
            if inner.type not in _WRITTEN:
                raise _unknown_block(inner, place)
            parts += self.needed(inner, place)
        return [*parts, self.text(_CLOSING)]

    def needed(self, block: Block, path: str) -> list[Part]:
        """Return the parts of a block.

        Raises:
            Unsupported: it is of another kind.
        """
        parts = self.read(block, path)
        if parts is None:
            raise _unknown_block(block, path)
        return parts

    def _search_result(self, block: Block, path: str) -> str:
        address = block.source if isinstance(block.source, str) else ""
        if wants_citations(block):
            self._dropped.note(f"{path}.citations")
        content = content_of(block.content, f"{path}.content")
        texts = [content] if isinstance(content, str) else [each.text or "" for each in content]
        body = "\n".join(text for text in texts if text)
        return (
            f'<search_result source="{escape(address)}" title="{escape(block.title or "")}">\n'
            f"{body}\n</search_result>"
        )


def content_of(raw: msgspec.Raw, path: str) -> str | Sequence[Block]:
    """Return a content that may be a text, blocks, or absent.

    Raises:
        InvalidRequest: it is something else.
    """
    if not raw:
        return ""
    try:
        return _blocks.decode(raw) or ""
    except msgspec.ValidationError as error:
        raise misshapen(path, error) from None


def wants_citations(block: Block) -> bool:
    """Tell whether a document is to be cited; on other blocks the same key holds citations made before."""
    if not block.citations or block.citations == _NULL:
        return False
    wish = msgspec.json.decode(block.citations)
    return isinstance(wish, dict) and wish.get("enabled") is True


def _source(block: Block, path: str) -> Source:
    if isinstance(block.source, Source):
        return block.source
    raise missing(f"{path}.source")


def _picture(source: Source, path: str) -> Part:
    if source.type == "url":
        return {"type": "input_image", "image_url": needed(source.url or None, f"{path}.url")}
    if source.type == "file":
        return {"type": "input_image", "file_id": needed(source.file_id or None, f"{path}.file_id")}
    if source.type != "base64":
        raise _unknown_source(source, path)
    kind = needed(source.media_type or None, f"{path}.media_type")
    data = needed(source.data or None, f"{path}.data")
    return {"type": "input_image", "image_url": f"data:{kind};base64,{data}"}


def _file(source: Source, title: str | None, path: str) -> Part:
    """Return exactly one source: xAI takes no more."""
    if source.type == "url":
        return {"type": "input_file", "file_url": needed(source.url or None, f"{path}.url")}
    if source.type == "file":
        return {"type": "input_file", "file_id": needed(source.file_id or None, f"{path}.file_id")}
    if source.type != "base64":
        raise _unknown_source(source, path)
    kind = source.media_type or "application/pdf"
    data = needed(source.data or None, f"{path}.data")
    ending = ".pdf" if kind == "application/pdf" else ""
    name = title or "document"
    if not name.endswith(ending):
        name += ending
    return {"type": "input_file", "filename": name, "file_data": data, "mime_type": kind}


def _unknown_block(block: Block, path: str) -> Unsupported:
    return Unsupported(
        f"Blocks of type '{block.type[:64]}' are not supported here. Use text, image or document.",
        param=f"{path}.type",
    )


def _unknown_source(source: Source, path: str) -> Unsupported:
    return Unsupported(f"A source of type '{source.type[:64]}' is not supported here.", param=f"{path}.type")


def _titled(block: Block, text: str) -> str:
    return f"{_opening(block)}\n{text}\n{_CLOSING}"


def _opening(block: Block) -> str:
    title = f' title="{escape(block.title)}"' if block.title else ""
    context = f"{block.context}\n" if block.context else ""
    return f"{context}<document{title}>"
