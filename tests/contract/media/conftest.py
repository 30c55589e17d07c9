"""The places that media can lie in, all held to one contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grok2api.media.backends import Backend
from grok2api.media.disk import LocalDisk, host_of
from grok2api.media.objects import open_bucket


def local(path: Path) -> Backend:
    host_of(path / "media")
    return LocalDisk(path / "media")


BACKENDS: dict[str, Callable[[Path], Backend]] = {
    "disk": local,
    "file bucket": lambda path: open_bucket(f"file://{path}/bucket", "0123456789abcdef"),
    "memory bucket": lambda _: open_bucket("memory://", "0123456789abcdef"),
}


@pytest.fixture(params=sorted(BACKENDS))
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return BACKENDS[request.param](tmp_path)
