"""Server-sent events: cutting a byte stream into frames, and writing one.

The reader follows the WHATWG rules for what can occur on this wire: LF, CR or CRLF line ends, cut
anywhere by the network; comments; several data lines; a missing space after the colon; a byte order
mark. It is bounded: a frame over the limit is an error, not a memory leak.
Must never decode what it carries.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from typing import NamedTuple

MAX_FRAME_BYTES = 64 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"


class Frame(NamedTuple):
    """One event: its name (empty when there is no `event:` line) and its data, lines joined by LF."""

    event: bytes
    data: bytes


class FrameTooLong(ValueError):
    """A frame grew over the limit without ending."""


class FrameReader:
    """Cuts chunks of bytes into frames, keeping what is unfinished for the next chunk."""

    __slots__ = ("_first", "_limit", "_pieces", "_size")

    def __init__(self, limit: int = MAX_FRAME_BYTES) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._first = True

    @property
    def unfinished(self) -> bool:
        """Whether bytes of a frame without its blank line are held."""
        return any(piece.strip() for piece in self._pieces)

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that `chunk` completes.

        Raises:
            FrameTooLong: when an unfinished frame is over the limit.
        """
        if self._first:
            held = b"".join(self._pieces) + chunk
            self._pieces, self._size = [], 0
            if len(held) < len(_MARK) and _MARK.startswith(held):
                self._keep(held)
                return []
            chunk, self._first = held.removeprefix(_MARK), False
        elif self._pieces and not self._may_end(chunk):
            self._keep(chunk)
            return []
        text = b"".join((*self._pieces, chunk)) if self._pieces else chunk
        self._pieces, self._size = [], 0
        held = b""
        if b"\r" in text:
            text, held = _with_line_feeds(text)
        blocks = text.split(b"\n\n")
        self._keep(blocks.pop() + held)
        return [frame for block in blocks if (frame := _parse(block)) is not None]

    def rest(self) -> bytes:
        """Return what is held of a frame that has not ended, and forget it."""
        held = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return held

    def _may_end(self, chunk: bytes) -> bool:
        """Whether a line can end here; if not, a long frame is gathered without being searched again."""
        return b"\n" in chunk or b"\r" in chunk or self._pieces[-1].endswith(b"\r")

    def _keep(self, piece: bytes) -> None:
        if not piece:
            return
        self._size += len(piece)
        if self._size > self._limit:
            raise FrameTooLong(f"an event of more than {self._limit} bytes")
        self._pieces.append(piece)


def _with_line_feeds(text: bytes) -> tuple[bytes, bytes]:
    """Return `text` with LF ends only, and a CR at the very end apart: it may be half of a CRLF."""
    held = b"\r" if text.endswith(b"\r") else b""
    body = text[: len(text) - len(held)]
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), held


def _parse(block: bytes) -> Frame | None:
    event, data = b"", None
    for line in block.split(b"\n"):
        if line.startswith(b"data:"):
            value = line[6:] if line[5:6] == b" " else line[5:]
            data = value if data is None else data + b"\n" + value
        elif line.startswith(b"event:"):
            event = line[7:] if line[6:7] == b" " else line[6:]
        elif line == b"data":
            data = b"" if data is None else data + b"\n"
    return None if data is None else Frame(event, data)


def write_frame(event: bytes, data: bytes) -> bytes:
    """Return one frame with its event line, LF ends. `data` must be a single line."""
    return b"event: " + event + b"\ndata: " + data + b"\n\n"


def write_data(data: bytes) -> bytes:
    """Return one frame without an event line. `data` must be a single line."""
    return b"data: " + data + b"\n\n"


KEEP_ALIVE = b": keep-alive\n\n"
