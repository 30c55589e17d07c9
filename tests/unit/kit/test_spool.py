"""Spooled bytes come back whole, wherever they lie, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.spool import Spool


def open_files() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208


async def filled(spool: Spool, pieces: list[bytes]) -> None:
    for piece in pieces:
        spool.take(piece)
        await spool.settle()


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(0, 64), st.data())
def test_any_stretch_is_read_as_often_as_wanted(
    pieces: list[bytes], memory: int, data: st.DataObject
) -> None:
    whole = b"".join(pieces)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))

    async def scenario() -> None:
        spool = Spool(memory=memory)
        await filled(spool, pieces)
        stretch = spool.stretch(start, end)
        assert (spool.size, stretch.size) == (len(whole), end - start)
        assert [await stretch.content(), await stretch.content()] == [whole[start:end]] * 2
        spool.close()

    asyncio.run(scenario())


async def test_what_is_spooled_has_no_name_and_is_gone_with_the_spool(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "tmp"
    before = open_files()
    spool = Spool(place, memory=10)
    await filled(spool, [b"0123456789" * 3, b"more"])
    assert open_files() == before + 1
    assert place.is_dir()
    assert not list(place.iterdir())
    spool.close()
    spool.close()
    assert open_files() == before


async def test_little_needs_no_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "never")
    await filled(spool, [b"a" * 1000] * 100)
    assert not (tmp_path / "never").exists()
    assert await spool.stretch(0, 100_000).content() == b"a" * 100_000
    spool.close()


async def test_a_closed_spool_is_not_read_any_more() -> None:
    spool = Spool(memory=0)
    await filled(spool, [b"abc"])
    stretch = spool.stretch(0, 3)
    spool.close()
    with pytest.raises(OSError, match="closed"):
        await stretch.content()


def test_closing_while_a_thread_writes_leaves_no_file_open(tmp_path: Path) -> None:
    async def scenario() -> None:
        for _ in range(20):
            spool = Spool(tmp_path, memory=0)
            spool.take(b"x" * 4_000_000)
            writing = asyncio.ensure_future(spool.settle())
            await asyncio.sleep(0)
            writing.cancel()
            spool.close()

    before = open_files()
    asyncio.run(scenario())  # which waits for its threads
    assert open_files() == before


async def test_a_place_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    spool = Spool(tmp_path / "file", memory=0)
    spool.take(b"abc")
    with pytest.raises(OSError, match="file"):
        await spool.settle()
    spool.close()
