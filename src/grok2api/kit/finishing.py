"""Work that must not be left half done: it is carried through, whoever gives up waiting for it.

Must never swallow a cancellation: it goes on once the work is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


async def finished(work: Awaitable[Result]) -> Result:
    """Return what `work` returns; a cancellation waits for its end, and goes on then."""
    task = asyncio.ensure_future(work)
    interrupted: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is None:
        return task.result()
    if not task.cancelled():
        task.exception()
    raise interrupted
