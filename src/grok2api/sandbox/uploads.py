"""Reading a multipart body as it arrives: its parts in order, never the body as a whole.

Large parts go to files. What is over the limit is read to its end and forgotten, so that it can be refused.
"""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from grok2api.sandbox.blobs import Blob
from grok2api.sandbox.wire import Json, Part

MAX_PARTS = 300
SHOWN_VALUE = 256


class Upload:
    """The parser of one multipart body; `problem` says why it is none, `oversize` that it is too large."""

    def __init__(self, content_type: str, limit: int) -> None:
        self.parts: list[Part] = []
        self.problem: str | None = None
        self.oversize = False
        self.size = 0
        self._limit = limit
        self._name = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._content = Blob()
        self._whole = False
        self._parser = self._started(content_type)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        self.size += len(data)
        if self.size > self._limit:
            self.oversize = True
            self.parts.clear()
            self._content = Blob()
        if self.oversize or self.problem is not None or self._parser is None:
            return
        try:
            self._parser.write(data)
        except FormParserError as error:
            self.problem = str(error)

    def finish(self) -> None:
        """Take notice that the body has ended."""
        if self.problem is None and not self._whole and not self.oversize:
            self.problem = "the body ends before its last boundary"

    def shown(self) -> Json:
        """Return what the journal tells of the body: names, sizes, and the values of short fields."""
        told: Json = {"bytes": self.size, "parts": [_shown(part) for part in self.parts]}
        model = next((part for part in self.parts if part.name == "model" and part.filename is None), None)
        return told if model is None else {"model": model.text()[:SHOWN_VALUE]} | told

    def _started(self, content_type: str) -> MultipartParser | None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            self.problem = "Invalid `boundary` for `multipart/form-data` request"
            return None
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._on_name,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_header,
                    "on_part_data": self._on_data,
                    "on_part_end": self._end,
                    "on_end": self._finished,
                },
            )
        except FormParserError as error:
            self.problem = str(error)
            return None

    def _begin(self) -> None:
        self._headers, self._content = {}, Blob()

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._content.add(data[start:end])

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        kind = self._headers.get(b"content-type")
        filename = options.get(b"filename")
        part = Part(
            name=options.get(b"name", b"").decode("utf-8", "replace"),
            filename=None if filename is None else filename.decode("utf-8", "replace"),
            content_type=None if kind is None else kind.decode("latin-1"),
            content=self._content,
        )
        self.parts.append(part)
        if len(self.parts) > MAX_PARTS:
            self.problem = f"more than {MAX_PARTS} parts"

    def _finished(self) -> None:
        self._whole = True


def _shown(part: Part) -> Json:
    told: Json = {"name": part.name, "size": part.content.length}
    if part.filename is None:
        return told | ({"value": part.text()} if part.content.length <= SHOWN_VALUE else {})
    return told | {"filename": part.filename, "content_type": part.content_type}
