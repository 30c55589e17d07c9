"""Base64 as it is written in URLs, without padding, in exactly one spelling per value.

The standard decoder skips characters it does not know and ignores spare bits, so that many texts
mean the same bytes. Here a text that its own encoder would not have written is refused.
Must never be used where another party chooses the spelling.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from binascii import b2a_base64


def encode(content: bytes) -> str:
    """Return `content` in the URL alphabet, without padding."""
    text = b2a_base64(content, newline=False).rstrip(b"=").decode("ascii")
    return text.replace("+", "-").replace("/", "_")


def decode(text: str) -> bytes:
    """Return the bytes that `encode` wrote as `text`; raise ValueError for any other text."""
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(content) != text:
        raise ValueError("this is not unpadded base64 in its one spelling")
    return content
