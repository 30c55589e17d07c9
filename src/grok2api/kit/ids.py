"""Random identifiers, and the rule for an identifier that a stranger sends.

An id made here carries at least 128 random bits, so it can be neither guessed nor met twice.
Must never be used for a secret that is compared in a loop: secrets have their own makers.
"""

from __future__ import annotations

import hashlib
import re
import secrets

_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}\Z")


def new_id(prefix: str) -> str:
    """Return `prefix_` followed by 32 hexadecimal digits (128 random bits)."""
    return f"{prefix}_{secrets.token_hex(16)}"


def new_secret(prefix: str) -> str:
    """Return `prefix-` followed by 43 URL-safe characters (256 random bits)."""
    return f"{prefix}-{secrets.token_urlsafe(32)}"


def legible(length: int) -> str:
    """Return random small letters and digits of which none is mistaken for another: people type them."""
    return "".join(secrets.choice(_LEGIBLE) for _ in range(length))


def header_safe(key: str) -> str:
    """Return a key of a client's that fits in a header: its own, or a digest of one that does not."""
    return key if sane(key) else hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def sane(identifier: str) -> bool:
    """Tell whether an identifier that came from outside may be kept and logged."""
    return _SANE.match(identifier) is not None
