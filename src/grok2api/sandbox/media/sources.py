"""Pictures and films that come in: a data URL, a file of the team, or an address.

Only the sandbox's own addresses are ever looked behind; any other https address is taken on trust.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError

from grok2api.sandbox import fields, refusals
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.wire import Json, Request
from grok2api.sandbox.world import World

MAX_IMAGE = 20 * 1024 * 1024
MAX_READ = 64 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP")
_DATA = re.compile(r"data:([a-z0-9.+-]+/[a-z0-9.+-]+);base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """What was named as a source; `content` is None for an address that is never looked behind."""

    content: bytes | None
    named: str


def find(world: World, account: Account, request: Request, value: Any, where: str) -> Source:
    """Return what an object with `url` or `file_id` names.

    Raises: Refusal 422 for another form, 400 or 404 for a source that cannot be read.
    """
    holder = fields.item_mapping(value, where)
    url = fields.string(holder, "url", f"{where}.")
    identifier = fields.string(holder, "file_id", f"{where}.")
    if (url is None) == (identifier is None):
        raise refusals.invalid(f"{where} must have exactly one of url and file_id.")
    if identifier is not None:
        file = world.files.find(account.team_id, identifier)
        if file is None:
            raise refusals.unknown_object("File", identifier)
        return Source(file.content.whole(), identifier)
    return _behind(world, request, url or "", where)


def _behind(world: World, request: Request, url: str, where: str) -> Source:
    match = _DATA.match(url)
    if match is not None:
        try:
            return Source(base64.b64decode(url[match.end() :], validate=True), "data")
        except binascii.Error as error:
            raise refusals.invalid(f"Invalid base64 in {where}.url.") from error
    own = request.origin()
    if url.startswith(f"{own}/"):
        link = world.links.find(unquote(url.removeprefix(own)))
        if link is None:
            raise refusals.invalid(f"Failed to fetch {where}.url: status 404 Not Found.")
        return Source(b"".join(link.content.read(0, min(link.content.length, MAX_READ))), url)
    if not url.startswith("https://"):
        raise refusals.invalid(f"Invalid {where}.url: expected an https URL or a base64 data URL.")
    return Source(None, url)


def picture(source: Source, where: str) -> Image.Image | None:
    """Return the picture in a source, or None for one that is never looked behind. Raises: Refusal 400."""
    if source.content is None:
        return None
    if len(source.content) > MAX_IMAGE:
        raise refusals.invalid(f"{where} is too large: the limit is {MAX_IMAGE} bytes.")
    try:
        found = Image.open(io.BytesIO(source.content), formats=FORMATS)
        found.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise refusals.invalid(
            f"Failed to decode {where}. Supported formats are JPEG, PNG and WebP."
        ) from error
    return found


def as_holder(value: Any) -> Json:
    """Return a source given as a bare address as the object it stands for."""
    return {"url": value} if isinstance(value, str) else value
