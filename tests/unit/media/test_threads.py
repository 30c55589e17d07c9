"""Work in threads: whoever leaves in the middle leaves no file open and no thread behind."""

from __future__ import annotations

import asyncio
import errno
import threading
from io import FileIO
from pathlib import Path

import pytest

from grok2api.errors import MediaStoreError, MediaStoreFull
from grok2api.media.threads import off_loop


async def test_a_caller_that_leaves_waits_for_the_thread_and_its_file_is_closed(tmp_path: Path) -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop, opened = asyncio.get_running_loop(), list[FileIO]()

    def work() -> FileIO:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        opened.append(FileIO(tmp_path / "file", "w"))
        return opened[0]

    async with asyncio.TaskGroup() as group:
        task = group.create_task(off_loop(work))
        await begun.wait()
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
    assert task.cancelled()
    assert opened[0].closed


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
async def test_a_disk_without_room_is_told_as_that(number: int) -> None:
    with pytest.raises(MediaStoreFull):
        await off_loop(_fail, number)


async def test_a_disk_that_fails_is_told_without_its_words() -> None:
    with pytest.raises(MediaStoreError) as failed:
        await off_loop(_fail, errno.EIO)
    assert "secret/path" not in failed.value.public_message
    with pytest.raises(FileNotFoundError):
        await off_loop(_fail, errno.ENOENT)


def _fail(number: int) -> None:
    raise OSError(number, "words", "secret/path")
