"""Which version is the newest: what a list of releases says, and what of it is kept for all workers.

Pure. Must never take a link over that a browser should not follow, nor a version that is none.
Source: GitHub's REST API, "Get the latest release"; versions are those of PEP 440.
"""

from __future__ import annotations

from typing import Final

import msgspec
from packaging.version import InvalidVersion, Version

FACT: Final = "release"
"""Under which name the store keeps what was learnt."""
MOST_BYTES: Final = 1_048_576
"""Of an answer; a release tells of all its files."""
_LONGEST_VERSION: Final = 64
_LONGEST_URL: Final = 500


class Release(msgspec.Struct, frozen=True):
    """A version that is out.

    Attributes:
        version: As its list writes it, without a `v` in front.
        url: Where people read about it; empty if nothing fit is told.
    """

    version: str
    url: str = ""


class Learnt(msgspec.Struct, frozen=True):
    """What came of the last question.

    Attributes:
        feed: The address that was asked.
        asked_at: Wall time in seconds.
        newest: The newest version; None as long as no question was answered.
        failure: Why the last question had no answer; empty if it had.
    """

    feed: str
    asked_at: float
    newest: Release | None = None
    failure: str = ""


class _Latest(msgspec.Struct):
    tag_name: str
    html_url: str = ""


def latest(content: bytes) -> Release:
    """Return the release that an answer tells of.

    Raises:
        ValueError: it tells of none.
    """
    try:
        told = msgspec.json.decode(content, type=_Latest)
    except msgspec.DecodeError:
        raise ValueError("the answer is not in the form of GitHub's API") from None
    version = told.tag_name.strip().removeprefix("v")
    if len(version) > _LONGEST_VERSION or _read(version) is None:
        raise ValueError("the answer names no version")
    fit = told.html_url.startswith("https://") and len(told.html_url) <= _LONGEST_URL
    return Release(version, told.html_url if fit and told.html_url.isprintable() else "")


def is_newer(release: Release, running: str) -> bool:
    """Tell whether a release comes after the version that runs."""
    theirs, ours = _read(release.version), _read(running)
    return theirs is not None and ours is not None and theirs > ours


def read(text: str) -> Learnt | None:
    """Return what the store keeps; None for nothing, and for what another version wrote otherwise."""
    try:
        return msgspec.json.decode(text, type=Learnt) if text else None
    except msgspec.DecodeError:
        return None


def write(learnt: Learnt) -> str:
    """Return it as the store keeps it."""
    return msgspec.json.encode(learnt).decode()


def _read(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None
