"""Bodies of requests for videos: JSON, or a form with or without files.

A picture of a form becomes a data URL, as xAI takes it; a clip stays where the form keeps it, because it may
be large. Must never believe what a file says of itself: its first bytes tell what it is.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive

from grok2api.api.context import RequestContext
from grok2api.api.multipart import FormFile, form_rules, is_multipart, read_form
from grok2api.api.v1.turns import received
from grok2api.canonical.body import Body
from grok2api.config.settings import Settings
from grok2api.dialects.fields import FieldTable
from grok2api.dialects.videos.request import SENT_CLIP, form_body
from grok2api.errors import InvalidRequest, TooLarge
from grok2api.gateway.videos.ordering import SentClip

_CLIP: Final = "video"
_MEBIBYTE: Final = 1_048_576
_LARGEST_PICTURE: Final = 20 * _MEBIBYTE
_LARGEST_CLIP: Final = 50 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class VideoBody:
    """A body, its fields as if it were JSON, and the clip that came along."""

    body: Body
    form: bool = False
    sent: SentClip | None = None


@asynccontextmanager
async def video_body(
    context: RequestContext, receive: Receive, settings: Settings, table: FieldTable
) -> AsyncIterator[VideoBody]:
    """Read a body; its clip lasts as long as the block.

    Raises:
        Grok2ApiError: it cannot be read, or is too large or too slow.
        ClientGone: the client left.
    """
    if not is_multipart(context):
        yield VideoBody(Body.parse(await received(context, receive, settings)))
        return
    async with read_form(context, receive, form_rules(settings, file=_LARGEST_CLIP)) as form:
        files: dict[str, list[object]] = {}
        sent = None
        for file in form.files:
            name = file.name.partition("[")[0]
            if name not in table:
                continue
            if name == _CLIP:
                sent = await _clip(file, sent)
                files[name] = [SENT_CLIP]
            else:
                files.setdefault(name, []).append(await _picture(file))
        yield VideoBody(form_body(form.fields, files, table), form=True, sent=sent)


async def _picture(file: FormFile) -> str:
    """Return a picture as a data URL."""
    head = file.head
    if head.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        kind = "webp"
    else:
        raise InvalidRequest(
            f"The file of '{file.name[:80]}' is no picture that Grok reads. Send JPEG, PNG or WebP.",
            param=file.name[:80],
        )
    if file.size > _LARGEST_PICTURE:
        raise TooLarge(
            f"The picture of '{file.name[:80]}' is larger than {_LARGEST_PICTURE // _MEBIBYTE} MiB.",
            param=file.name[:80],
        )
    return f"data:image/{kind};base64,{base64.b64encode(await file.content()).decode()}"


async def _clip(file: FormFile, before: SentClip | None) -> SentClip:
    if before is not None:
        raise InvalidRequest("Send one file as 'video'.", param=_CLIP)
    if file.head[4:8] != b"ftyp":
        raise InvalidRequest("The file of 'video' is no MP4 clip.", param=_CLIP)
    digest = hashlib.sha256()
    async for chunk in file.chunks():
        digest.update(chunk)
    return SentClip(file, digest.hexdigest())
