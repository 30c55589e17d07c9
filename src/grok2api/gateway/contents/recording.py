"""What is held of one request while it runs: its bytes as they pass, and nothing is decoded.

Bytes are held by reference and counted; what there is no room for is left out and noted. Must never make a
request wait or fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_MIB: Final = 1_048_576
EVENTS: Final = "text/event-stream"
_WORDS: Final = ("application/json", EVENTS, "text/", "multipart/form-data")
"""Kinds of content that may hold words; of any other only the size is known."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many bytes are held."""

    asked: int = 32 * _MIB
    """Of one request."""
    answered: int = 16 * _MIB
    """Of one answer."""
    together: int = 96 * _MIB
    """Of all requests of this worker, those that wait for the store among them."""
    waiting: int = 1000
    """Requests that may wait for the store."""


class Room:
    """The bytes that all recordings of a worker may hold together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def take(self, size: int) -> bool:
        """Take room for some bytes; tell whether there was any."""
        if self.held + size > self._limit:
            return False
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """Give room back."""
        self.held -= size


class Side:
    """What was said in one direction.

    Args:
        limit: Most bytes that are held.
        room: Shared with all others.
    """

    __slots__ = ("_limit", "_over", "_pieces", "_room", "_wordy", "held", "kind", "size")

    def __init__(self, limit: int, room: Room) -> None:
        self._limit = limit
        self._room = room
        self._pieces: list[bytes] = []
        self._over = False
        self._wordy = True
        self.kind = "application/json"
        """What the content is said to be, as the header has it."""
        self.size = 0
        """Bytes that passed."""
        self.held = 0
        """Bytes of these that are held."""

    @property
    def cut(self) -> bool:
        """Whether not all of it is held."""
        return self.held < self.size

    def is_of(self, kind: str | tuple[str, ...]) -> bool:
        """Tell whether the content is said to be of a kind, or of one of several."""
        return self.kind.lower().startswith(kind)

    def begins(self, kind: str) -> None:
        """Note what follows is said to be; of what holds no words nothing is held."""
        if not self._over:
            self.kind = kind
            self._wordy = self.is_of(_WORDS)

    def add(self, piece: bytes) -> None:
        """Hold what passes, as far as there is room; what follows a gap is not held."""
        if self._over or not piece:
            return
        size, whole = len(piece), not self.cut
        self.size += size
        if not (whole and self._wordy) or self.held + size > self._limit:
            return
        if self._room.take(size):
            self._pieces.append(piece)
            self.held += size

    def content(self) -> bytes:
        """Return what is held."""
        return b"".join(self._pieces)

    def settle(self, content: bytes, kind: str = "application/json") -> None:
        """Hold this in the place of what was held; whatever passes from now on is not noted."""
        self._empty()
        self.size = 0
        self.begins(kind)
        self.add(content)
        self._over = True

    def drop(self) -> None:
        """Hold nothing any more, now and later."""
        self._empty()
        self._over = True

    def _empty(self) -> None:
        self._room.give_back(self.held)
        self._pieces.clear()
        self.held = 0


class Recording:
    """One request of a client key whose words are kept.

    Args:
        request_id: As the ledger names it.
        key_id: Whose.
        path: Where it was sent.
        bounds: How much is held.
        room: Shared with all others.
        done: Told when everything was said.
    """

    __slots__ = (
        *("_done", "answered", "asked", "detached", "heard", "key_id", "path", "request_id", "status"),
    )

    def __init__(
        self,
        *,
        request_id: str,
        key_id: str,
        path: str,
        bounds: Bounds,
        room: Room,
        done: Callable[[Recording], None],
    ) -> None:
        self.request_id = request_id
        self.key_id = key_id
        self.path = path
        self.asked = Side(bounds.asked, room)
        self.answered = Side(bounds.answered, room)
        self.status = 0
        """The HTTP status of the answer; 0 if there was none."""
        self.detached = False
        """Whether its answer is made beside its connection, and told when it is there."""
        self.heard = False
        """Whether its connection has heard everything."""
        self._done = done

    def close(self) -> None:
        """Tell that the connection has heard everything."""
        self.heard = True
        self._done(self)

    def drop(self) -> None:
        """Forget all of it."""
        self.asked.drop()
        self.answered.drop()
