"""Where media lies is settled at the start: on the disk, or in a bucket; or it is told why not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.processes import ROOT, clean_environment


def start(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start a server that must not start; return what it said."""
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "serve"],
        capture_output=True,
        text=True,
        cwd=directory,
        timeout=60,
        check=False,
        env=clean_environment(DATA_DIR=str(directory / "data"), SERVER_PORT="0", **environment),
    )


def test_a_bucket_without_the_package_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "obstore.py").write_text("raise ImportError\n")
    ran = start(tmp_path, GROK2API_MEDIA__STORE_URL="s3://bucket/media", PYTHONPATH=str(tmp_path))
    assert ran.returncode == 2
    (line,) = ran.stderr.strip().splitlines()
    assert "media.store_url" in line
    assert "pip install '.[s3]'" in line


def test_a_bucket_that_cannot_be_is_refused_at_the_start(tmp_path: Path) -> None:
    ran = start(tmp_path, GROK2API_MEDIA__STORE_URL="az://container")
    assert ran.returncode == 2
    (line,) = ran.stderr.strip().splitlines()
    assert "media.store_url = 'az://container'" in line
    assert "Account must be specified" in line


def test_a_data_directory_without_room_for_media_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "media").write_text("in the way")
    ran = start(tmp_path)
    assert ran.returncode == 2
    assert "storage.data_dir" in ran.stderr
