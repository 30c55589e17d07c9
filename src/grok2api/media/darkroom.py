"""Where pictures are converted: one at a time, in a thread of its own, so that memory has a bound.

A picture of a few kilobytes may take hundreds of megabytes while it is worked on. Requests wait for the
thread in turn; those that are cancelled meanwhile give their turn up.
Must never hold up the event loop, nor the threads that others use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from grok2api.media.input_images import InputImage, checked_input_image, needs_conversion
from grok2api.media.pictures import preview

_Made = TypeVar("_Made")


class Darkroom:
    """Converts pictures for a worker."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="darkroom")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def input_image(self, content: bytes, *, param: str) -> InputImage:
        """Return the picture of a request as it goes to upstream.

        Raises:
            InvalidRequest: It cannot go; `param` names the field.
        """
        if not needs_conversion(content):
            return checked_input_image(content, param=param)
        return await self.develop(partial(checked_input_image, content, param=param))

    async def preview(self, content: bytes, *, longest: int) -> bytes:
        """Return a small JPEG of a picture.

        Raises:
            BadPicture: It is none, or cannot be decoded.
        """
        return await self.develop(partial(preview, content, longest=longest))

    async def develop(self, work: Callable[[], _Made]) -> _Made:
        """Do work on a picture when its turn comes."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
