"""A bucket of S3: where objects lie in it, under which credentials, and what its failures say."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from grok2api.errors import MediaStoreError
from grok2api.kit.clock import ManualClock
from grok2api.media.janitor import LEFT_AFTER, CleaningRules, Janitor
from grok2api.media.objects import open_bucket
from support.media_bench import MediaBench, a_clip, a_picture
from support.tiny_s3 import Kept

URL = "s3://bucket/some/prefix"


def in_bucket(bench: MediaBench, namespace: str = "0123456789abcdef") -> MediaBench:
    """Have a library keep in the bucket."""
    bench.open({bench.host: bench.library.places.backends[bench.host], "": open_bucket(URL, namespace)}, "")
    return bench


@pytest.fixture
def bench(tmp_path: Path, bucket: Kept) -> MediaBench:
    return in_bucket(MediaBench(tmp_path / "media"))


async def test_what_is_kept_lies_under_the_prefix_and_a_name_of_our_own(
    bench: MediaBench, bucket: Kept
) -> None:
    asset = await bench.library.keep(a_picture(), owner="key_1", kind="image")
    assert list(bucket.objects) == [f"some/prefix/0123456789abcdef/{asset.id[:2]}/{asset.id}.png"]
    assert bucket.signers == {"tester"}
    assert asset.host == ""
    assert bench.files() == [], "nothing stays on the disk"
    assert await bench.library.content(asset) == a_picture()
    assert await bench.library.delete(asset.id)
    assert bucket.objects == {}


async def test_a_large_clip_goes_up_in_parts_and_comes_down_in_pieces(
    bench: MediaBench, bucket: Kept
) -> None:
    content = a_clip(12 * 1024 * 1024 + 5)
    asset = await bench.library.keep(content, owner="key_1", kind="video")
    assert bucket.uploads == {}
    assert await bench.library.content(asset) == content


async def test_what_was_kept_on_the_disk_before_is_still_read(tmp_path: Path, bucket: Kept) -> None:
    bench = MediaBench(tmp_path / "media")
    before = await bench.library.keep(a_picture(), owner="key_1", kind="image")
    in_bucket(bench)
    assert await bench.library.content(before) == a_picture()
    assert bucket.objects == {}


async def test_a_bucket_that_refuses_is_told_without_its_insides(
    bench: MediaBench, bucket: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    asset = await bench.library.keep(a_picture(), owner="key_1", kind="image")
    bucket.broken = True
    for work in (bench.library.content(asset), bench.library.keep(a_picture(), owner="k", kind="image")):
        with pytest.raises(MediaStoreError) as failed:
            await work
        assert failed.value.code == "media_store_unavailable"
        assert "127.0.0.1" not in failed.value.public_message
    assert bench.files() == []
    assert "secret-of-the-tester" not in "".join(capsys.readouterr())


async def test_two_services_in_one_bucket_leave_each_other_alone(
    bench: MediaBench, bucket: Kept, tmp_path: Path
) -> None:
    await bench.library.keep(a_picture(), owner="key_1", kind="image")
    other = in_bucket(MediaBench(tmp_path / "other"), secrets.token_hex(8))
    clock = ManualClock(wall=bench.clock.now() * 2)
    rules = CleaningRules(enabled=True, capacity=1, keep=1.0)
    janitor = Janitor(other.library, other.records.claims, holder="worker", clock=clock, rules=lambda: rules)
    await janitor.clean()
    await janitor.sweep()
    assert len(bucket.objects) == 1


async def test_leftovers_in_a_bucket_are_swept(bench: MediaBench, bucket: Kept) -> None:
    lost, stray, whole = [await bench.library.keep(a_picture(), owner="k", kind="image") for _ in range(3)]
    del bench.records.assets.rows[stray.id]
    del bucket.objects[f"some/prefix/0123456789abcdef/{lost.id[:2]}/{lost.id}.png"]
    bench.clock.wall = bench.clock.wall * 2 + LEFT_AFTER
    rules = CleaningRules(enabled=True, capacity=0, keep=0.0)
    janitor = Janitor(bench.library, bench.records.claims, holder="w", clock=bench.clock, rules=lambda: rules)
    await janitor.sweep()
    assert list(bench.records.assets.rows) == [whole.id]
    assert [key.rpartition("/")[2] for key in bucket.objects] == [f"{whole.id}.png"]
