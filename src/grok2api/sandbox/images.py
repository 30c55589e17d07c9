"""What xAI asks of an image part: an https address or a base64 data URL of a JPEG or PNG of at most 20 MiB.

Remote images are never fetched.
"""

from __future__ import annotations

import base64
import binascii
import re

from grok2api.sandbox import refusals

MAX_BYTES = 20 * 1024 * 1024
_DATA = re.compile(r"data:(image/[a-z0-9.+-]+);base64,", re.IGNORECASE)
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def check(url: str) -> None:
    """Refuse an image that xAI could not read, with 400."""
    if url.startswith("https://"):
        return
    match = _DATA.match(url)
    if match is None:
        raise refusals.invalid("Invalid image URL: expected an https URL or a base64 data URL of an image.")
    try:
        content = base64.b64decode(url[match.end() :], validate=True)
    except binascii.Error as error:
        raise refusals.invalid("Invalid base64-encoded image.") from error
    if len(content) > MAX_BYTES:
        raise refusals.invalid(f"Image is too large: {len(content)} bytes, the limit is {MAX_BYTES}.")
    if not content.startswith(_SIGNATURES):
        raise refusals.invalid("Unsupported image format. Supported formats are JPEG and PNG.")
