"""Pictures, documents and sounds of a request, made into what Grok can take, before anything is sent.

What xAI can fetch by itself it is left to fetch. What only we can reach (plain http, our own links) is read
here and travels inside the request; pictures of other kinds become PNG or JPEG; sounds become the words that
are heard in them. It happens once for a request, however many attempts follow. Must never touch a request
that encloses nothing, and never have a sound heard before everything else was found to be fine: that is paid.
Source: xai-api.md §5; product promise on multimodal input.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import msgspec

from grok2api.canonical.call import Call, Caller
from grok2api.canonical.enclosures import Content, Document, Enclosure, Picture, Words
from grok2api.canonical.places import value_at
from grok2api.config.settings import Settings
from grok2api.dialects.base import Enclosing
from grok2api.errors import Grok2ApiError, InvalidRequest, TooLarge, UpstreamError
from grok2api.gateway.inline_files import (
    LARGEST_DOCUMENT,
    InlineFile,
    checked_document,
    decoded,
    document,
    read_inline,
)
from grok2api.gateway.own_media import OwnMedia
from grok2api.kit.filetypes import HEAD_BYTES, sniff
from grok2api.media.darkroom import Darkroom
from grok2api.media.input_images import LONGEST, InputImage, too_long
from grok2api.upstream.transport.fetching import Fetcher, FetchFailed

MOST_BYTES: Final = 64 * 1_048_576
"""Of all that is fetched for one request."""
_AT_ONCE: Final = 4
_THREADED: Final = 65_536
"""Characters from which on a file is decoded in a thread."""
HEARD: Final = "[Transcript of an audio recording]"
"""Stands above what was heard in a sound."""
_SILENT: Final = "[An audio recording in which nobody speaks]"

Result = TypeVar("Result")

_decode_text = msgspec.json.Decoder(str).decode


class Ear(Protocol):
    """Has sounds heard; every one is a call of its own, with a row of its own in the ledger."""

    async def text_of(
        self,
        sound: bytes,
        declared: str,
        *,
        caller: Caller,
        request_id: str,
        settings: Settings,
        param: str,
        received_at: float | None = None,
    ) -> str:
        """Return what a sound says; empty where nobody speaks.

        Raises:
            Grok2ApiError: it cannot be heard.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnclosureTools:
    """What enclosures are made ready with."""

    fetcher: Fetcher
    own: OwnMedia
    darkroom: Darkroom
    ear: Ear


class Enclosures:
    """Makes the enclosures of calls ready.

    Args:
        tools: What it takes.
        most_bytes: Of all that is fetched for one request.
    """

    def __init__(self, tools: EnclosureTools, *, most_bytes: int = MOST_BYTES) -> None:
        self._tools = tools
        self._most_bytes = most_bytes

    async def ready(self, call: Call, dialect: Enclosing, settings: Settings) -> Call:
        """Return the call as Grok can take it; it encloses nothing any more.

        Raises:
            InvalidRequest: something cannot be read; `param` says what.
            Unsupported: it is of a kind that Grok cannot take.
            Grok2ApiError: a sound could not be heard now.
        """
        work = _Work(self._tools, call, settings, self._most_bytes)
        sounds = [one for one in call.enclosures if one.kind == "sound"]
        rest = [one for one in call.enclosures if one.kind != "sound"]
        contents = {**await work.all(rest), **await work.all(sounds)}
        return dialect.enclosed(call, contents)


class _Work:
    """The work on one call."""

    def __init__(self, tools: EnclosureTools, call: Call, settings: Settings, most_bytes: int) -> None:
        self._tools = tools
        self._call = call
        self._settings = settings
        self._left = most_bytes

    async def all(self, enclosures: Sequence[Enclosure]) -> Mapping[Enclosure, Content]:
        """Return what stands for those that cannot go as they are."""
        found: dict[Enclosure, Content] = {}
        failed: list[Grok2ApiError] = []
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(enclosure: Enclosure) -> None:
            async with room:
                if failed:
                    return
                try:
                    content = await self._content(enclosure)
                except Grok2ApiError as error:
                    failed.append(error)
                else:
                    if content is not None:
                        found[enclosure] = content

        async with asyncio.TaskGroup() as group:
            for enclosure in enclosures:
                group.create_task(one(enclosure))
        if failed:
            raise failed[0]
        return found

    async def _content(self, enclosure: Enclosure) -> Content | None:
        if enclosure.form == "file_id":
            return None
        text = _decode_text(value_at(self._call.body, enclosure.source))
        kinds: Mapping[str, Callable[[Enclosure, str], Awaitable[Content | None]]] = {
            "picture": self._picture,
            "document": self._document,
            "sound": self._sound,
        }
        return await kinds[enclosure.kind](enclosure, text)

    async def _picture(self, enclosure: Enclosure, text: str) -> Content | None:
        if enclosure.form == "url":
            content = await self._behind(text, enclosure, limit=LONGEST)
            return None if content is None else await self._developed(content, enclosure)
        file = read_inline(text, enclosure)
        if file.told.size > LONGEST:
            raise too_long(enclosure.param)
        content = await _threaded(len(text), decoded, file, enclosure.param)
        image = await self._tools.darkroom.input_image(content, param=enclosure.param)
        if image.converted_from:
            return await _as_data_url(image)
        same = file.told.mime == image.mime and text.endswith(file.told.payload)
        return None if same else Picture(f"data:{image.mime};base64,{file.told.payload}")

    async def _developed(self, content: bytes, enclosure: Enclosure) -> Picture:
        return await _as_data_url(await self._tools.darkroom.input_image(content, param=enclosure.param))

    async def _document(self, enclosure: Enclosure, text: str) -> Content | None:
        if enclosure.form == "url":
            content = await self._behind(text, enclosure, limit=LARGEST_DOCUMENT)
            return None if content is None else await self._written(content, enclosure, _last_step(text))
        file = read_inline(text, enclosure)
        made = await _threaded(len(text), checked_document, file, enclosure)
        if made.media_type.startswith("audio/"):
            return await self._heard(await _threaded(len(text), decoded, file, enclosure.param), enclosure)
        told = (enclosure.name, enclosure.media_type)
        return None if file.exact and told == (made.name, made.media_type) else made

    async def _written(self, content: bytes, enclosure: Enclosure, name: str) -> Document | Words:
        head = content[:HEAD_BYTES]
        if sniff(head).startswith("audio/"):
            return await self._heard(content, enclosure)
        payload = await _threaded(len(content), base64.b64encode, content)
        return document(head, payload, enclosure, name=name)

    async def _sound(self, enclosure: Enclosure, text: str) -> Words:
        if enclosure.form == "url":
            content = await self._behind(text, enclosure, limit=LARGEST_DOCUMENT, public=True)
        else:
            file: InlineFile = read_inline(text, enclosure)
            content = await _threaded(len(text), decoded, file, enclosure.param)
        return await self._heard(content or b"", enclosure)

    async def _heard(self, sound: bytes, enclosure: Enclosure) -> Words:
        call, param = self._call, enclosure.param
        try:
            said = await self._tools.ear.text_of(
                sound,
                enclosure.media_type.rpartition("/")[2] or enclosure.name.rpartition(".")[2],
                caller=call.caller,
                request_id=call.request_id,
                settings=self._settings,
                param=param,
                received_at=call.received_at,
            )
        except UpstreamError as error:
            if error.status != InvalidRequest.status:
                raise
            raise InvalidRequest(error.public_message, param=param) from error
        return Words(f"{HEARD}\n{said.strip()}" if said.strip() else _SILENT)

    async def _behind(
        self, url: str, enclosure: Enclosure, *, limit: int, public: bool = False
    ) -> bytes | None:
        """Return what lies at an address; None where xAI is left to fetch it.

        Args:
            url: The address.
            enclosure: What it is for.
            limit: Bytes that it may have.
            public: Whether it is read here although xAI could reach it.
        """
        param, scheme = enclosure.param, url.partition("://")[0].lower()
        if scheme not in {"https", "http"}:
            raise InvalidRequest(
                f"'{param}' must be an https address, or a data URL such as data:image/png;base64,...",
                param=param,
            )
        own = await self._tools.own.asset(url, param)
        if own is not None:
            kind = "image" if enclosure.kind == "picture" else own.kind
            content = await self._tools.own.content(own, kind=kind, limit=limit, param=param)
        elif scheme == "https" and not public:
            return None
        else:
            try:
                content = await self._tools.fetcher.read(url, limit=limit)
            except FetchFailed as error:
                raise error.at(param) from error
        self._left -= len(content)
        if self._left < 0:
            raise TooLarge(
                "What the addresses of this request lead to is too large together. Send less of it."
            )
        return content


async def _as_data_url(image: InputImage) -> Picture:
    payload = await _threaded(len(image.content), base64.b64encode, image.content)
    return Picture(f"data:{image.mime};base64,{payload.decode('ascii')}")


async def _threaded(size: int, work: Callable[..., Result], *given: object) -> Result:
    """Return what work on so many bytes gives; where they are many it is done beside the event loop."""
    return work(*given) if size < _THREADED else await asyncio.to_thread(work, *given)


def _last_step(url: str) -> str:
    """Return what an address calls the file."""
    return url.partition("?")[0].rstrip("/").rpartition("/")[2][:128]
