"""The library: what it keeps it gives back whole, and what it refuses leaves nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from grok2api.errors import MediaStoreError, MediaStoreFull, NotFound, StorageError, UnusableMedia
from grok2api.media.backends import BLOCK
from grok2api.media.names import name_of, new_asset_id
from support.media_bench import MEBIBYTE, MediaBench, a_clip, a_picture, a_sound


@pytest.fixture
def bench(tmp_path: Path) -> MediaBench:
    return MediaBench(tmp_path / "media")


async def in_pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_what_is_kept_is_found_and_read_again(bench: MediaBench) -> None:
    picture = a_picture()
    asset = await bench.library.keep(picture, owner="key_1", kind="image")
    assert await bench.library.find(asset.id) == asset
    assert (asset.owner, asset.kind, asset.mime, asset.size) == ("key_1", "image", "image/png", len(picture))
    assert asset.etag == hashlib.sha256(picture).hexdigest()[:32]
    assert asset.created_at == asset.last_used_at == bench.clock.now()
    assert await bench.library.content(asset) == picture


async def test_an_id_may_be_chosen_before(bench: MediaBench) -> None:
    chosen = new_asset_id()
    asset = await bench.library.keep(a_clip(300), owner="key_1", kind="video", asset_id=chosen)
    assert asset.id == chosen
    assert await bench.library.find(chosen) == asset


@pytest.mark.parametrize("size", [1, 7, 255, 257, 100_000])
async def test_pieces_of_any_size_make_one_file(bench: MediaBench, size: int) -> None:
    content = a_clip(3000)
    asset = await bench.library.keep(in_pieces(content, size), owner="key_1", kind="video")
    assert await bench.library.content(asset) == content


async def test_a_large_one_is_read_in_small_pieces_from_anywhere(bench: MediaBench) -> None:
    content = a_clip(2 * MEBIBYTE + 12_345)
    asset = await bench.library.keep(content, owner="key_1", kind="video")
    pieces = [piece async for piece in bench.library.read(asset, 1000, 2_000_001)]
    assert max(map(len, pieces)) <= BLOCK
    assert b"".join(pieces) == content[1000:2_000_001]


async def test_the_type_is_the_content_whatever_was_declared(bench: MediaBench) -> None:
    asset = await bench.library.keep(a_picture("JPEG"), owner="k", kind="image", declared="image/png")
    assert asset.mime == "image/jpeg"
    assert name_of(asset).endswith(".jpg")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<html>", "image"),
        (b"", "image"),
        (a_sound(), "image"),
        (a_picture(), "video"),
        (b"<svg/>", "image"),
    ],
)
async def test_what_is_unknown_or_of_another_kind_is_refused(
    bench: MediaBench, content: bytes, kind: str
) -> None:
    with pytest.raises(UnusableMedia):
        await bench.library.keep(content, owner="k", kind=kind, declared="image/png")  # type: ignore[arg-type]
    assert bench.files() == []
    assert bench.records.assets.rows == {}


async def test_what_is_unknown_is_refused_without_being_read_on(bench: MediaBench) -> None:
    taken = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            taken.append(1)
            yield bytes(100)

    with pytest.raises(UnusableMedia):
        await bench.library.keep(endless(), owner="k", kind="image")
    assert len(taken) == 3


async def test_what_is_too_large_is_refused_in_the_middle(bench: MediaBench) -> None:
    bench.limit(limit=10_000)
    with pytest.raises(UnusableMedia, match=r"media\.max_mb"):
        await bench.library.keep(in_pieces(a_clip(10_001), 1000), owner="k", kind="video")
    assert bench.files() == []
    asset = await bench.library.keep(in_pieces(a_clip(10_000), 1000), owner="k", kind="video")
    assert asset.size == 10_000


async def test_room_for_the_database_is_left(bench: MediaBench) -> None:
    bench.limit(spare=2**60)
    with pytest.raises(MediaStoreFull) as refused:
        await bench.library.keep(a_picture(), owner="k", kind="image")
    assert (refused.value.status, refused.value.code, refused.value.final) == (507, "media_store_full", True)
    assert bench.files() == []


async def test_a_source_that_breaks_off_leaves_nothing(bench: MediaBench) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield a_clip(5000)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await bench.library.keep(broken(), owner="k", kind="video")
    assert bench.files() == []


async def test_a_caller_that_leaves_in_the_middle_leaves_nothing(bench: MediaBench) -> None:
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield a_clip(5000)
        begun.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(bench.library.keep(slow(), owner="k", kind="video"))
        await begun.wait()
        task.cancel()
    assert bench.files() == []


async def test_a_record_that_cannot_be_kept_takes_the_file_along(bench: MediaBench) -> None:
    bench.records.revisions.away = True
    with pytest.raises(StorageError):
        await bench.library.keep(a_picture(), owner="k", kind="image")
    assert bench.files() == []


async def test_only_the_owner_of_the_process_can_look_at_files(bench: MediaBench) -> None:
    asset = await bench.library.keep(a_picture(), owner="k", kind="image")
    file = bench.root / name_of(asset)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(bench.root.stat().st_mode) == 0o700
    assert bench.files() == [f"{asset.id[:2]}/{asset.id}.png"]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "..",
        "../host.id",
        "host.id",
        "/etc/passwd",
        "a" * 31,
        "A" * 32,
        "a" * 33,
        "%2e%2e",
        "\0" * 32,
        "é" * 32,
    ],
)
async def test_what_is_no_id_finds_nothing_and_asks_nobody(bench: MediaBench, asked: str) -> None:
    calls = bench.records.revisions.calls
    assert await bench.library.find(asked) is None
    assert await bench.library.delete(asked) is False
    assert bench.records.revisions.calls == calls


async def test_what_is_deleted_is_gone_with_its_bytes(bench: MediaBench) -> None:
    asset = await bench.library.keep(a_picture(), owner="k", kind="image")
    assert await bench.library.delete(asset.id) is True
    assert await bench.library.delete(asset.id) is False
    assert await bench.library.find(asset.id) is None
    assert bench.files() == []


async def test_a_reader_reads_on_when_its_file_is_deleted(bench: MediaBench) -> None:
    content = a_clip(3 * BLOCK)
    asset = await bench.library.keep(content, owner="k", kind="video")
    async with aclosing(bench.library.read(asset)) as pieces:
        got = [await anext(pieces)]
        await bench.library.delete(asset.id)
        got += [piece async for piece in pieces]
    assert b"".join(got) == content


async def test_bytes_that_are_gone_or_cut_are_told_not_sent(bench: MediaBench) -> None:
    asset = await bench.library.keep(a_clip(5000), owner="k", kind="video")
    file = bench.root / name_of(asset)
    assert await bench.library.present(asset)
    file.write_bytes(file.read_bytes()[:100])
    assert not await bench.library.present(asset)
    with pytest.raises(MediaStoreError):
        await bench.library.content(asset)
    file.unlink()
    assert not await bench.library.present(asset)
    with pytest.raises(NotFound):
        await bench.library.content(asset)


async def test_a_symbolic_link_is_not_followed(bench: MediaBench, tmp_path: Path) -> None:
    asset = await bench.library.keep(a_picture(), owner="k", kind="image")
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(asset.size))
    (bench.root / name_of(asset)).unlink()
    (bench.root / name_of(asset)).symlink_to(secret)
    with pytest.raises(MediaStoreError):
        await bench.library.content(asset)


async def test_what_another_host_holds_is_known_but_not_read(bench: MediaBench) -> None:
    asset = await bench.library.keep(a_picture(), owner="k", kind="image")
    other = replace(asset, id="f" * 32, host="another")
    await bench.records.assets.add(other)
    found = await bench.library.find(other.id)
    assert found == other
    assert bench.library.elsewhere(other)
    assert not bench.library.elsewhere(asset)
    with pytest.raises(NotFound, match=r"media\.store_url"):
        await bench.library.content(other)


async def test_a_use_is_noted_once_a_minute(bench: MediaBench) -> None:
    asset = await bench.library.keep(a_picture(), owner="k", kind="image")
    bench.clock.advance(59)
    await bench.library.find(asset.id)
    assert bench.records.assets.rows[asset.id].last_used_at == asset.last_used_at
    bench.clock.advance(1)
    await bench.library.find(asset.id)
    assert bench.records.assets.rows[asset.id].last_used_at == bench.clock.now()


async def test_the_host_is_the_folder_wherever_it_lies(bench: MediaBench, tmp_path: Path) -> None:
    bench.root.rename(tmp_path / "moved")
    assert MediaBench(tmp_path / "moved").host == bench.host
    assert MediaBench(tmp_path / "new").host != bench.host
