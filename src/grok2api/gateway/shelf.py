"""Answers about stored responses, kept for a few minutes so that an agent's next turn need not ask again.

An agent that replays its history as references names the same responses in every turn. Only this worker's
memory holds them; a response that is deleted here is forgotten here. Must never hold more than its bytes, nor
anything longer than its time, however often it is used: elsewhere it may be deleted meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, NamedTuple

from grok2api.kit.clock import Clock

MOST_BYTES: Final = 32 * 1_048_576
LARGEST: Final = 4 * 1_048_576
SECONDS: Final = 300.0


class Label(NamedTuple):
    """What an answer is about."""

    account: bytes
    response_id: str
    part: str
    """Empty for the response itself, else which page of its input."""


@dataclass(frozen=True, slots=True)
class _Kept:
    content: bytes
    until: float


class Shelf:
    """Answers by what they are about, the least used first to go.

    Args:
        clock: Where time comes from.
        most_bytes: Of all answers together.
        largest: Of one answer; a larger one is not kept.
        seconds: How long an answer is good.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        most_bytes: int = MOST_BYTES,
        largest: int = LARGEST,
        seconds: float = SECONDS,
    ) -> None:
        self._clock = clock
        self._most_bytes = most_bytes
        self._largest = largest
        self._seconds = seconds
        self._kept: OrderedDict[Label, _Kept] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes of all answers."""
        return self._bytes

    def take(self, label: Label) -> bytes | None:
        """Return an answer that is still good."""
        kept = self._kept.get(label)
        if kept is None:
            return None
        if kept.until <= self._clock.monotonic():
            self._drop(label)
            return None
        self._kept.move_to_end(label)
        return kept.content

    def put(self, label: Label, content: bytes) -> None:
        """Keep an answer."""
        self._drop(label)
        if len(content) > self._largest:
            return
        self._kept[label] = _Kept(content, self._clock.monotonic() + self._seconds)
        self._bytes += len(content)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def forget(self, account: bytes, response_id: str) -> None:
        """Drop everything about a response."""
        for label in [one for one in self._kept if one[:2] == (account, response_id)]:
            self._drop(label)

    def _drop(self, label: Label) -> None:
        kept = self._kept.pop(label, None)
        if kept is not None:
            self._bytes -= len(kept.content)
