"""What every place promises: whole files under names, read in small pieces from anywhere."""

from __future__ import annotations

import time
from contextlib import aclosing
from pathlib import Path

import pytest

from grok2api.media.backends import BLOCK, Backend, Gone
from grok2api.media.names import id_in

NAME = f"ab/ab{'0' * 30}.png"
OTHER = f"ab/ab{'1' * 30}.mp4"


def a_file(folder: Path, content: bytes) -> Path:
    path = folder / "coming"
    path.write_bytes(content)
    return path


async def all_of(backend: Backend, name: str, start: int, end: int) -> bytes:
    async with aclosing(backend.read(name, start, end)) as pieces:
        got = [piece async for piece in pieces]
    assert all(0 < len(piece) <= BLOCK for piece in got)
    assert all(type(piece) is bytes for piece in got)
    return b"".join(got)


async def test_what_is_taken_is_there_whole(backend: Backend, tmp_path: Path) -> None:
    assert await backend.size(NAME) is None
    await backend.take(a_file(tmp_path, b"content"), NAME)
    assert await backend.size(NAME) == 7
    assert await all_of(backend, NAME, 0, 7) == b"content"


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 6 * 1024 * 1024 + 7])
async def test_any_part_can_be_read(backend: Backend, tmp_path: Path, size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    content = content[:size]
    await backend.take(a_file(tmp_path, content), NAME)
    for start, end in ((0, size), (0, 1), (size - 1, size), (size // 3, size // 2)):
        assert await all_of(backend, NAME, start, end) == content[start:end]
    assert await all_of(backend, NAME, 0, 0) == b""


async def test_a_name_without_bytes_is_told_before_anything_is_read(backend: Backend) -> None:
    with pytest.raises(Gone):
        await all_of(backend, NAME, 0, 1)


async def test_what_is_deleted_is_gone_and_can_be_deleted_again(backend: Backend, tmp_path: Path) -> None:
    await backend.take(a_file(tmp_path, b"content"), NAME)
    assert await backend.delete(NAME) is True
    await backend.delete(NAME)
    assert await backend.size(NAME) is None
    with pytest.raises(Gone):
        await all_of(backend, NAME, 0, 7)


async def test_a_folder_tells_its_names_and_when_they_came(backend: Backend, tmp_path: Path) -> None:
    before = time.time() - 60
    assert await backend.listed("ab") == ()
    for name in (NAME, OTHER, f"ac/ac{'0' * 30}.png"):
        await backend.take(a_file(tmp_path, b"content"), name)
    held = await backend.listed("ab")
    assert sorted(each.name for each in held) == [NAME, OTHER]
    assert all(before < each.changed_at < time.time() + 60 for each in held)
    assert all(id_in(each.name) for each in held)


async def test_a_read_that_is_left_lets_go(backend: Backend, tmp_path: Path) -> None:
    await backend.take(a_file(tmp_path, bytes(10 * BLOCK)), NAME)
    async with aclosing(backend.read(NAME, 0, 10 * BLOCK)) as pieces:
        await anext(pieces)
    assert await backend.delete(NAME) is True
    assert await backend.listed("ab") == ()
