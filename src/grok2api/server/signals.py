"""The signals that end a server: heard where it matters, and by whoever handled them before.

Must never keep a signal from whoever handled it, unless what hears it decides so, and must always give the
handlers back.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGTERM, signal.SIGINT)

Hear = Callable[[int, Callable[[], None]], None]
"""Told which signal came, and what hands it on to whoever handled it before; in the middle of anything."""
_Handler = Callable[[int, FrameType | None], object] | int | None


@contextmanager
def heard(hear: Hear) -> Iterator[None]:
    """Have the signals that end a server heard for as long as the block runs.

    Args:
        hear: Told of each; it decides when the former handler is.
    """
    former: dict[int, _Handler] = {which: signal.getsignal(which) for which in ENDING}

    def handler(number: int, frame: FrameType | None) -> None:
        def hand_on() -> None:
            before = former[number]
            if callable(before):
                before(number, frame)

        hear(number, hand_on)

    for which in ENDING:
        signal.signal(which, handler)
    try:
        yield
    finally:
        for which in ENDING:
            signal.signal(which, former[which])
