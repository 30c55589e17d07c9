"""Tokens that look like the issuer's: three base64url parts, the last an HMAC of the others.

Nobody but the sandbox can check them, as nobody but xAI can check xAI's. Must never be used for a secret
of the product: the key is made from the seed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any

import msgspec

from grok2api.sandbox.wire import Json

HEADER = {"alg": "HS256", "typ": "JWT", "kid": "sandbox-1"}


def looks_like_one(token: str) -> bool:
    """Tell whether a bearer token has the three parts of a JWT."""
    return token.count(".") == 2


def encode(claims: Json, secret: bytes) -> str:
    """Return the claims as a signed token."""
    content = f"{_part(msgspec.json.encode(HEADER))}.{_part(msgspec.json.encode(claims))}"
    return f"{content}.{_signature(content, secret)}"


def decode(token: str, secret: bytes) -> Json | None:
    """Return the claims of a token signed with `secret`, or None for anything else."""
    content, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(content, secret).encode()):
        return None
    try:
        claims: Any = msgspec.json.decode(_bytes(content.partition(".")[2]))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def challenge_of(verifier: str) -> str:
    """Return the S256 code challenge of a PKCE verifier (RFC 7636)."""
    return _part(hashlib.sha256(verifier.encode()).digest())


def _signature(content: str, secret: bytes) -> str:
    return _part(hmac.digest(secret, content.encode(), "sha256"))


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
