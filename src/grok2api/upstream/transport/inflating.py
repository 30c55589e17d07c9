"""Undoes a body's compression in pieces of a bounded size, for servers that compress although not asked to.

A few bytes can stand for gigabytes: nothing more is unpacked than one piece, until it is asked for again.
Must never decide how much is too much: who counts is the caller.
"""

from __future__ import annotations

import zlib
from typing import Final

PIECE_BYTES: Final = 64 * 1024
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_KNOWN: Final = frozenset({"gzip", "x-gzip", "deflate"})


class Inflater:
    """One compressed body, fed in pieces and taken out in others."""

    __slots__ = ("_inflater", "_waiting")

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._waiting = b""

    @staticmethod
    def of(encoding: str) -> Inflater | None:
        """Return what undoes a Content-Encoding, or None if there is nothing to undo.

        Raises:
            ValueError: It is one that is not known here, or more than one.
        """
        settled = encoding.strip().lower()
        if settled in ("", "identity"):
            return None
        if settled not in _KNOWN:
            raise ValueError("it is compressed in a way that was not asked for")
        return Inflater()

    @property
    def finished(self) -> bool:
        """Tell whether the compressed body has come to its own end."""
        return self._inflater.eof

    def feed(self, data: bytes) -> None:
        """Add what came; `take` it out before more is fed.

        Raises:
            ValueError: The compressed body had already ended.
        """
        if self.finished:
            raise ValueError("more follows after the end of its compressed body")
        self._waiting += data

    def take(self) -> bytes:
        """Return the next piece; empty means that more must be fed.

        Raises:
            ValueError: It is not compressed as it says.
        """
        if not self._waiting or self.finished:
            return b""
        try:
            piece = self._inflater.decompress(self._waiting, PIECE_BYTES)
        except zlib.error as error:
            raise ValueError("it is not compressed as it says") from error
        self._waiting = self._inflater.unconsumed_tail
        if self._inflater.unused_data:
            raise ValueError("more follows after the end of its compressed body")
        return piece
