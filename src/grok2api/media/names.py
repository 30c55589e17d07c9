"""Ids of media, and the names of their files: random digits, and nothing that a client chose.

Must never make a name from anything but a checked id and a known type.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from grok2api.media.formats import format_of
from grok2api.storage.records import Asset

BUCKETS: Final = tuple(f"{number:02x}" for number in range(256))
"""The folders: the first two digits of an id."""

_ID: Final = re.compile(r"[0-9a-f]{32}\Z")
_NAME: Final = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{30})\.[a-z0-9]{1,8}\Z")
_UNKNOWN: Final = "bin"


def new_asset_id() -> str:
    """Return 128 random bits as hexadecimal digits, which no file system takes for another name."""
    return secrets.token_hex(16)


def is_asset_id(text: str) -> bool:
    """Tell whether a text from outside can be an id."""
    return _ID.match(text) is not None


def name_of(asset: Asset) -> str:
    """Return where the bytes of an asset lie: a folder, a slash, its id and an extension."""
    return f"{asset.id[:2]}/{file_name(asset)}"


def file_name(asset: Asset) -> str:
    """Return the name under which it may be saved."""
    found = format_of(asset.mime)
    return f"{asset.id}.{found.extension if found else _UNKNOWN}"


def id_in(name: str) -> str | None:
    """Return the id in the name of a file that was made here; None for every other file."""
    found = _NAME.match(name)
    return found[2] if found else None
