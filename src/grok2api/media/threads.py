"""Work on a disk, done beside the event loop, with its errors as ours.

Must never let go of a file that a thread still works on: a cancellation waits for the thread's end, because a
descriptor that is closed under it may belong to another file by then.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import IOBase
from typing import Final, ParamSpec, TypeVar

from grok2api.errors import MediaStoreError, MediaStoreFull
from grok2api.observability.logging import get_logger

_log = get_logger("grok2api.media")

Given = ParamSpec("Given")
Result = TypeVar("Result")

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def full_error() -> MediaStoreFull:
    """Return the error for a disk without room."""
    return MediaStoreFull(
        "The result was made, but the server's media store has no room to keep it. Free space, or lower "
        "cache.limit_mb (see docs/media.md)."
    )


@contextmanager
def disk_faults() -> Iterator[None]:
    """Turn what a disk raises into what is raised here; what is missing stays FileNotFoundError.

    Raises:
        MediaStoreFull: there is no room.
        MediaStoreError: anything else.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise full_error() from error
        _log.error("disk of the media store failed", reason=error.strerror)
        raise MediaStoreError("The server's media store cannot be read or written at the moment.") from error


async def off_loop(work: Callable[Given, Result], *arguments: Given.args, **named: Given.kwargs) -> Result:
    """Return what `work` returns in a thread; a cancellation waits for its end, and goes on then.

    Raises:
        MediaStoreError: the disk failed. See `disk_faults`.
    """
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(None, partial(work, *arguments, **named))
    interrupted: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait({future})
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        _let_go(future)
        raise interrupted
    with disk_faults():
        return future.result()


def _let_go(future: asyncio.Future[Result]) -> None:
    """Drop what a thread made for somebody who left; a file that it opened is closed."""
    if future.exception() is None and isinstance(opened := future.result(), IOBase):
        opened.close()
