"""The places that media can lie in, all held to one contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grok2api.media.backends import Backend
from grok2api.media.disk import LocalDisk, host_of
from grok2api.media.objects import open_bucket
from support.tiny_s3 import Kept, tiny_s3

NAMESPACE = "0123456789abcdef"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """What a bucket of S3 keeps, to which the environment leads."""
    with tiny_s3() as (environment, kept):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield kept


@pytest.fixture(params=["disk", "file", "memory", "s3"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "disk":
        host_of(tmp_path / "media")
        return LocalDisk(tmp_path / "media")
    if request.param == "s3":
        request.getfixturevalue("bucket")
        return open_bucket("s3://bucket/some/prefix", NAMESPACE)
    return open_bucket({"file": f"file://{tmp_path}/bucket", "memory": "memory://"}[request.param], NAMESPACE)
