"""One-time codes of authenticator apps: six digits that a secret and the time make. Pure.

Must never tell which digit of a code was wrong, nor by how much it was late.
Source: RFC 6238 and RFC 4226; apps agree on SHA-1, thirty seconds and six digits only.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b32decode, b32encode
from typing import Final
from urllib.parse import quote, urlencode

STEP: Final = 30.0
"""Seconds for which a code is shown."""
DIGITS: Final = 6
_WINDOW: Final = (0, -1, 1)
"""Steps around the present one whose codes are taken too: clocks differ, and typing takes time."""
_SECRET_BYTES: Final = 20


def new_code_secret() -> str:
    """Return 160 random bits in base32, as apps take them."""
    return b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def step_at(now: float) -> int:
    """Return the number of the step in which a wall time lies."""
    return int(now // STEP)


def code_of(secret: str, step: int, digits: int = DIGITS) -> str:
    """Return the code of a step.

    Args:
        secret: In base32.
        step: Its number.
        digits: How long the code is.
    """
    digest = hmac.digest(b32decode(secret), step.to_bytes(8), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: str, code: str, now: float) -> int | None:
    """Return the step whose code this is, of those that are taken now; None if it is none of theirs."""
    shown = "".join(code.split()).encode("utf-8", "replace")
    fitting = None
    for away in _WINDOW:
        step = step_at(now) + away
        if hmac.compare_digest(code_of(secret, step).encode(), shown):
            fitting = step
    return fitting


def address_of_secret(secret: str, account: str, issuer: str) -> str:
    """Return the address that an app reads off a QR code.

    Source: https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    """
    label = quote(f"{issuer}:{account}", safe=":@")
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?{query}"
