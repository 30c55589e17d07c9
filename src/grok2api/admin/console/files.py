"""The console's built files in memory, each with what its answers need.

They are read by the first request for the console, not at the start: most workers never show it. What is read
once stays, for a process serves one version. Must never read anything but what the build has put there.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DIST: Final = Path(__file__).parent / "dist"
"""Where the build puts the files: one folder without folders."""
PAGE: Final = "index.html"
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_VERSION_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    content: bytes
    compressed: bytes
    """The same with gzip."""
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Built:
    """All files of one build."""

    version: str
    """Hash of all of them, which is part of their addresses: a browser may keep them for ever."""
    page: str
    assets: Mapping[str, Asset]


def read_built(directory: Path) -> Built | None:
    """Return the files of a build; None if there is none. Blocks for some ten milliseconds.

    Args:
        directory: Where they are.
    """
    page = directory / PAGE
    if not page.is_file():
        return None
    assets = {
        path.name: _asset(path)
        for path in sorted(directory.iterdir())
        if path.suffix in _TYPES and path.name != PAGE
    }
    text = page.read_text(encoding="utf-8")
    whole = hashlib.sha256(text.encode())
    for name, asset in assets.items():
        whole.update(f"{name} {asset.etag}\n".encode())
    return Built(whole.hexdigest()[:_VERSION_LENGTH], text, assets)


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return Asset(content, gzip.compress(content, 6, mtime=0), _TYPES[path.suffix], f'"{digest[:24]}"')
