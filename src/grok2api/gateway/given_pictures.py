"""The pictures that a request builds on, as xAI takes them.

What xAI can fetch by itself it is left to fetch; what only we can reach (uploads, data URLs, plain http, our
own links) is taken in, looked at and sent along. Must never send anything that is no picture, and never open
another key's file.
Source: xai-api.md §2.5, §5.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from grok2api.canonical.call import Call, Caller
from grok2api.dialects.file_ids import open_file
from grok2api.dialects.images.sizes import Shape, nearest
from grok2api.dialects.images.wish import GivenPicture, ImageWish
from grok2api.errors import InvalidRequest
from grok2api.gateway.own_media import OwnMedia
from grok2api.kit.dataurl import BadDataUrl, is_data_url, read_data_url
from grok2api.kit.filetypes import HEAD_BYTES, sniff
from grok2api.kit.sealedid import SealedIds
from grok2api.media.darkroom import Darkroom
from grok2api.media.headers import BadPicture
from grok2api.media.input_images import CONVERTED
from grok2api.media.redrawing import Look, look
from grok2api.upstream.transport.fetching import Fetcher, FetchFailed

MOST_BYTES: Final = 20 * 1_048_576
"""Of one picture."""
_SECONDS: Final = 30.0
_KINDS: Final = "Grok takes PNG, JPEG and WebP; GIF, BMP, TIFF and AVIF are converted."
_FOREIGN: Final = CONVERTED - {"image/webp"}
"""Kinds of pictures that Grok does not edit, and that can be converted."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The pictures of a request, ready to be sent."""

    pictures: tuple[Mapping[str, str], ...]
    """`{url}` or `{file_id}`."""
    looks: tuple[Look | None, ...]
    """What we know of each; None of one that we did not see."""

    def keeps(self, shape: Shape) -> bool:
        """Tell whether the one picture has the ratio that is asked for already."""
        seen = self.looks[0] if len(self.looks) == 1 else None
        return seen is not None and nearest(seen.width, seen.height) == shape.aspect_ratio


class GivenPictures:
    """Prepares pictures.

    Args:
        ids: Open the ids of files.
        fetcher: Fetches what xAI would not.
        own: Reads what our own links lead to.
        darkroom: Converts what Grok cannot edit.
    """

    def __init__(self, *, ids: SealedIds, fetcher: Fetcher, own: OwnMedia, darkroom: Darkroom) -> None:
        self._ids = ids
        self._fetcher = fetcher
        self._own = own
        self._darkroom = darkroom

    def pinned(self, call: Call, wish: ImageWish) -> Call:
        """Return the call, held to the account where its files lie.

        Raises:
            InvalidRequest: a file is not there for this key, or they lie in several accounts.
        """
        for picture in wish.given:
            if not picture.file_id:
                continue
            opened = open_file(self._ids, picture.file_id, call.caller)
            if opened is None:
                raise InvalidRequest(
                    f"The file '{picture.file_id[:100]}' does not exist, or it belongs to another key. "
                    "Upload it with POST /v1/files.",
                    param=picture.path,
                )
            if call.account_pin not in {None, opened.account_hash}:
                raise InvalidRequest(
                    "The files lie in different upstream accounts. Send one of the pictures itself, or its "
                    "address, in place of its file id.",
                    param=picture.path,
                )
            call = replace(call, account_pin=opened.account_hash, pinned_by=picture.path)
        return call

    async def ready(self, wish: ImageWish, caller: Caller) -> Ready:
        """Return the pictures as they are sent.

        Raises:
            InvalidRequest: one of them cannot be used; `param` says which.
        """
        pictures, looks = [], []
        for given in wish.given:
            picture, seen = await self._ready(given, caller)
            pictures.append(picture)
            looks.append(seen)
        return Ready(tuple(pictures), tuple(looks))

    async def _ready(self, given: GivenPicture, caller: Caller) -> tuple[Mapping[str, str], Look | None]:
        if given.file_id:
            opened = open_file(self._ids, given.file_id, caller)
            return {"file_id": opened.upstream_id if opened is not None else given.file_id}, None
        if given.content or not given.url:
            return await self._inlined(given.content, given.path)
        if is_data_url(given.url):
            return await self._inlined(await _decoded(given.url, given.path), given.path, sent=given.url)
        scheme = given.url.partition("://")[0].lower()
        if scheme not in {"https", "http"}:
            raise InvalidRequest(
                f"'{given.path}' must be an https or http address, or a base64 data URL of a picture.",
                param=given.path,
            )
        ours = await self._own.asset(given.url, given.path)
        if ours is not None:
            content = await self._own.content(ours, kind="image", limit=MOST_BYTES, param=given.path)
            return await self._inlined(content, given.path)
        if scheme == "https":
            return {"url": given.url}, None
        try:
            content = await self._fetcher.read(given.url, limit=MOST_BYTES, seconds=_SECONDS)
        except FetchFailed as error:
            raise error.at(given.path) from error
        return await self._inlined(content, given.path)

    async def _inlined(self, content: bytes, path: str, *, sent: str = "") -> tuple[Mapping[str, str], Look]:
        """Return a picture as a data URL, and what it is.

        Args:
            content: The picture.
            path: Where it stands in the request.
            sent: The data URL that it came in, which is taken again if it says what the picture is.

        Raises:
            InvalidRequest: it is none that Grok reads, or too large.
        """
        if len(content) > MOST_BYTES:
            raise _too_large(len(content), path)
        if sniff(content[:HEAD_BYTES]) in _FOREIGN:
            content = (await self._darkroom.input_image(content, param=path)).content
        try:
            seen = look(content)
        except BadPicture as error:
            raise InvalidRequest(
                f"The picture {error}. Grok takes PNG, JPEG and WebP; GIF, BMP, TIFF and AVIF are converted.",
                param=path,
            ) from None
        head = f"data:{seen.mime};base64,"
        if sent.startswith(head):
            return {"url": sent}, seen
        text = await asyncio.to_thread(base64.b64encode, content)
        return {"url": head + text.decode("ascii")}, seen


async def _decoded(url: str, path: str) -> bytes:
    """Return what a data URL holds; what is too large is not decoded.

    Raises:
        InvalidRequest: it cannot be read, or holds too much.
    """
    try:
        held = read_data_url(url)
        if held.size > MOST_BYTES:
            raise _too_large(held.size, path)
        return await asyncio.to_thread(held.content)
    except BadDataUrl as error:
        raise InvalidRequest(f"The data URL {error}.", param=path) from None


def _too_large(size: int, path: str) -> InvalidRequest:
    return InvalidRequest(
        f"The picture has {size} bytes; Grok takes {MOST_BYTES} (20 MiB) at most.", param=path
    )
