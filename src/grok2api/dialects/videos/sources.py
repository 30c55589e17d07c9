"""Pictures, clips and voices that a request names: an address, a data URL, an uploaded file.

Must never fetch one, and must never let a file id of another client key through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from grok2api.canonical.call import Caller
from grok2api.dialects.file_ids import open_file
from grok2api.dialects.videos.wish import Source
from grok2api.errors import InvalidRequest
from grok2api.kit.sealedid import SealedIds

_PICTURE_DATA: Final = re.compile(r"data:image/(?:jpeg|jpg|png|webp);base64,", re.IGNORECASE)
_CLIP_DATA: Final = re.compile(r"data:video/[a-z0-9.+-]+;base64,", re.IGNORECASE)
_LONGEST_URL: Final = 8192
_OWN: Final = "/v1/media/"
"""What the path of a link of ours holds. Whether it is one, its signature tells whoever opens it."""


class SourceReader:
    """Reads what one request names, and learns whose account must serve it.

    Args:
        ids: Opens the ids of files.
        caller: Who asks.
    """

    def __init__(self, ids: SealedIds, caller: Caller) -> None:
        self._ids = ids
        self._caller = caller
        self.pin: bytes | None = None
        self.pinned_by: str | None = None

    def picture(self, value: object, path: str) -> Source:
        """Return a picture: a URL, or an object with `url`, `image_url` or `file_id`.

        Raises:
            InvalidRequest: it is none of these.
        """
        url, file_id = self._parts(value, path, ("url", "image_url"))
        if file_id is not None:
            return self._file(file_id, path)
        if url is None or not (_is_address(url) or _PICTURE_DATA.match(url)):
            raise no_picture(path)
        return {"url": url}

    def clip(self, value: object, path: str) -> Source:
        """Return a clip: a URL, or an object with `url`, `video_url` or `file_id`.

        Raises:
            InvalidRequest: it is none of these.
        """
        url, file_id = self._parts(value, path, ("url", "video_url"))
        if file_id is not None:
            return self._file(file_id, path)
        if url is None or not (_is_address(url) or _CLIP_DATA.match(url)):
            raise no_clip(path)
        return {"url": url}

    def voice(self, value: object, path: str) -> Source:
        """Return a voice: an object with `voice_id`, or with the `url` of a recording.

        Raises:
            InvalidRequest: it is none of these.
        """
        if isinstance(value, dict):
            named = {name: value[name] for name in ("voice_id", "url") if isinstance(value.get(name), str)}
            if len(named) == 1:
                return named
        raise InvalidRequest(
            f"'{path}' must be an object with either 'voice_id' or the 'url' of a recording.", param=path
        )

    def _parts(self, value: object, path: str, names: tuple[str, ...]) -> tuple[str | None, str | None]:
        """Return the address and the file that a value names; one of them at most."""
        if isinstance(value, str):
            return (None, value) if value.startswith("file-") else (value, None)
        found: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {}
        url = next((found[name] for name in names if found.get(name) is not None), None)
        if isinstance(url, Mapping):
            url = url.get("url")
        file_id = found.get("file_id")
        if (url is None) == (file_id is None) or not isinstance(url or file_id, str):
            raise InvalidRequest(f"'{path}' must name exactly one of '{names[0]}' and 'file_id'.", param=path)
        return url, file_id

    def _file(self, file_id: str, path: str) -> Source:
        opened = open_file(self._ids, file_id, self._caller)
        param = f"{path}.file_id"
        if opened is None:
            raise InvalidRequest(f"No file found with id '{file_id[:256]}'.", param=param)
        if self.pin not in {None, opened.account_hash}:
            raise InvalidRequest(
                f"'{param}' and '{self.pinned_by}' lie in different accounts, so no account can use both. "
                "Upload them anew, one after the other.",
                param=param,
            )
        self.pin, self.pinned_by = opened.account_hash, self.pinned_by or param
        return {"file_id": opened.upstream_id}


def no_picture(path: str) -> InvalidRequest:
    """Return the error for what is no picture that xAI could see."""
    return InvalidRequest(
        f"'{path}' must be an https address or a data URL of a JPEG, PNG or WebP picture, or the "
        "'file_id' of an uploaded one.",
        param=path,
    )


def no_clip(path: str) -> InvalidRequest:
    """Return the error for what is no clip that xAI could see."""
    return InvalidRequest(
        f"'{path}' must be an https address or a data URL of an MP4 clip, the 'file_id' of an "
        "uploaded one, or the 'id' of a video that was made here.",
        param=path,
    )


def _is_address(url: str) -> bool:
    """Tell whether a text can be an address for xAI, or one under which this server gives out media."""
    known = url.startswith("https://") or (url.startswith("http://") and _OWN in url)
    return known and len(url) <= _LONGEST_URL and not any(map(str.isspace, url))
