"""The real server cleans its media by itself: what is too much, and what processes that died have left."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from grok2api.config.settings import Settings
from grok2api.media.names import name_of
from grok2api.server.secret_key import load_key_ring
from grok2api.storage.records import Asset
from support.media_bench import a_clip, a_picture
from support.media_shelf import MediaShelf
from support.observing import eventually
from support.processes import Gateway, Sandbox

HOUR = 3600.0


class Before:
    """What lies in a data directory before the server starts."""

    def __init__(self, data: Path) -> None:
        storage = msgspec.structs.replace(Settings().storage, data_dir=str(data))
        load_key_ring(msgspec.structs.replace(Settings(), storage=storage))
        self.shelf = MediaShelf(data, "")
        self.clips = [self.unused_for(hours) for hours in (30, 20, 10)]
        self.fresh = self.shelf.keep(a_clip(600_000), kind="video")
        self.stray = self._old(self.shelf.file(replace(self.fresh, id="ab" + "0" * 30)))
        self.half = self._old(data / "media" / "incoming" / "half")
        self.lost = replace(self.fresh, id="c" * 32, created_at=time.time() - 9 * HOUR, size=1)
        self.shelf.add(self.lost)

    def unused_for(self, hours: float) -> Asset:
        """Keep a clip that nobody has asked for in a while."""
        kept = self.shelf.keep(a_picture())
        then = time.time() - hours * HOUR
        content = a_clip(400_000)
        clip = replace(
            kept,
            id=f"{int(hours):032x}",
            kind="video",
            mime="video/mp4",
            size=len(content),
            created_at=then,
            last_used_at=then,
        )
        self.shelf.file(clip).parent.mkdir(mode=0o700, exist_ok=True)
        self.shelf.file(clip).write_bytes(content)
        self.shelf.add(clip)
        return clip

    def _old(self, path: Path) -> Path:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(b"left")
        os.utime(path, (time.time() - 9 * HOUR,) * 2)
        return path


@pytest.fixture(scope="module")
def before(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    directory = tmp_path_factory.mktemp("cleaning")
    made = Before(directory / "data")
    gateway = Gateway.start(
        directory,
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment={"GROK2API_CACHE__LIMIT_MB": "1"},
    )
    yield made
    gateway.stop()


def test_the_longest_unused_go_until_there_is_room(before: Before) -> None:
    oldest, middle, newest = before.clips
    eventually(lambda: before.shelf.known(oldest) is None, "the oldest to go")
    eventually(lambda: before.shelf.known(middle) is None, "the next one to go")
    eventually(lambda: not before.shelf.file(newest).exists(), "the last one to go")
    assert not before.shelf.file(oldest).exists()
    assert before.shelf.known(before.fresh) == before.fresh
    assert (before.shelf.data / "media" / name_of(before.fresh)).exists()


def test_what_has_no_counterpart_is_cleared_away(before: Before) -> None:
    eventually(lambda: not before.stray.exists(), "the file without a record to go")
    eventually(lambda: not before.half.exists(), "the half file to go")
    eventually(lambda: before.shelf.known(before.lost) is None, "the record without a file to go")
    assert (before.shelf.data / "media" / "host.id").exists()
