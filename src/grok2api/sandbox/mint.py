"""Identifiers in the forms xAI uses, the same again for the same seed and starting time.

Repeatable on purpose, so a test can compare two runs; therefore never to be used as a secret.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid


def derived_uuid(*parts: str) -> str:
    """Return a UUID that depends on `parts` alone."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def pick(seed: int, text: str, count: int) -> int:
    """Return a number below `count` that depends on `seed` and `text` alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}\x00{text}".encode()).digest()[:8]) % count


class Mint:
    """Makes the identifiers of one sandbox."""

    def __init__(self, seed: int, started: float) -> None:
        self._base = f"{seed}:{started}"
        self._made = 0

    def new_uuid(self) -> str:
        """Return a fresh bare UUID."""
        self._made += 1
        return derived_uuid("id", self._base, str(self._made))

    def call_id(self) -> str:
        """Return a fresh id of a tool call: `call_` and eight digits."""
        self._made += 1
        digits = pick(0, f"{self._base}:{self._made}", 90_000_000) + 10_000_000
        return f"call_{digits}"


def seal(team_id: str, family: str, text: str) -> str:
    """Return opaque `encrypted_content` that only `opens` with the same team and model family."""
    content = hashlib.sha512(text.encode()).hexdigest()[:64]
    return f"{content}{_signature(team_id, family, content)}"


def opens(sealed: str, team_id: str, family: str) -> bool:
    """Tell whether `sealed` was made for this team and model family."""
    content, signature = sealed[:64], sealed[64:]
    return hmac.compare_digest(signature.encode(), _signature(team_id, family, content).encode())


def _signature(team_id: str, family: str, content: str) -> str:
    return hmac.new(b"grok2api-sandbox", f"{team_id}|{family}|{content}".encode(), "sha256").hexdigest()
