"""What is kept only for a while goes piece by piece: others write to the same tables meanwhile.

Must never go on for long: what is left then is for the next turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

_PAUSE: Final = 0.05
"""Seconds between two pieces."""
_MOST_ROUNDS: Final = 200


async def forget_in_pieces(forget: Callable[[int], Awaitable[int]], *, size: int) -> None:
    """Forget until a piece is not full any more.

    Args:
        forget: Forgets at most so many, and returns how many.
        size: Of a piece.
    """
    for _ in range(_MOST_ROUNDS):
        if await forget(size) < size:
            return
        await asyncio.sleep(_PAUSE)
