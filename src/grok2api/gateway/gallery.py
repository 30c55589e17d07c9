"""Gives pictures to clients in the way that they asked for: as a link of ours, or as the bytes themselves.

A picture that cannot be kept, because the media store is full or out of order, was paid for all the same: it
goes out as a `data:` URL where a link was asked for. Must never give out a link to what is not kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from grok2api.dialects.images.answer import Shown, base64_text
from grok2api.dialects.images.wish import AnswerAs, Format
from grok2api.errors import MediaStoreError, StorageError, UnusableMedia
from grok2api.gateway.images import Picture
from grok2api.kit.clock import Clock
from grok2api.media.library import MediaLibrary
from grok2api.media.links import Links
from grok2api.media.redrawing import Look, look, written_as
from grok2api.observability.logging import get_logger

_log = get_logger("grok2api.images")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How pictures are wanted, and by whom."""

    owner: str
    """The client key's id."""
    address: str
    """Where clients reach this server."""
    answer_as: AnswerAs = "url"
    format: Format | None = None
    """The file format; None leaves it as it was drawn."""
    compression: int | None = None


@dataclass(frozen=True, slots=True)
class Hung:
    """One picture, ready for a client."""

    shown: Shown
    content: bytes = field(repr=False)
    """Its bytes, also where a link is shown; empty if only upstream has it."""
    inline: bool = False
    """Whether the link holds the picture itself, since it could not be kept."""


class Gallery:
    """Keeps pictures and links to them.

    Args:
        library: Keeps them.
        links: Make the links.
        clock: Where time comes from.
    """

    def __init__(self, library: MediaLibrary, links: Links, clock: Clock) -> None:
        self._library = library
        self._links = links
        self._clock = clock

    async def hang(self, pictures: Sequence[Picture], frame: Frame) -> list[Hung]:
        """Return pictures as a client gets them, in their order."""
        return [await self._hung(picture, frame) for picture in pictures]

    async def _hung(self, picture: Picture, frame: Frame) -> Hung:
        if picture.seen is None:
            return Hung(Shown(mime="", size="", url=picture.url, revised_prompt=picture.revised_prompt), b"")
        content, seen = picture.content, picture.seen
        if frame.format is not None:
            content, seen = await _rewritten(picture.content, picture.seen, frame.format, frame.compression)
        shown = Shown(mime=seen.mime, size=seen.size, content=content, revised_prompt=picture.revised_prompt)
        if frame.answer_as == "b64_json":
            return Hung(shown, content)
        link = await self._link(content, frame)
        inline = f"data:{seen.mime};base64,{base64_text(content)}" if link is None else ""
        url = link or inline
        return Hung(
            Shown(mime=seen.mime, size=seen.size, url=url, revised_prompt=picture.revised_prompt),
            content,
            inline=bool(inline),
        )

    async def _link(self, content: bytes, frame: Frame) -> str | None:
        """Keep a picture and return the link to it; None if it cannot be kept now."""
        try:
            asset = await self._library.keep(content, owner=frame.owner, kind="image")
        except (MediaStoreError, StorageError, UnusableMedia) as error:
            _log.error("a picture is given away unkept", code=error.code)
            return None
        return self._links.link(frame.address, asset.id, now=self._clock.now())


async def _rewritten(content: bytes, seen: Look, form: Format, compression: int | None) -> tuple[bytes, Look]:
    """Return a picture in the format that is wanted; as it came if that cannot be written.

    The answer names the format that each picture has, so nobody is misled.
    """
    try:
        written = await asyncio.to_thread(written_as, content, form, compression)
        return written, look(written)
    except ValueError as error:
        _log.warning("a picture stays in the format that it came in", reason=str(error)[:200])
        return content, seen
