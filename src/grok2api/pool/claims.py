"""What a token of xAI says about itself: who, which tier, until when. Read for hints, never verified.

The gateway is no party that could verify these tokens: upstream does that. The claims choose a label, a
tier and a time to refresh, all of which upstream's answers correct.
Must never be the ground on which access is granted, and must never raise on what a stranger wrote.
Source: RFC 7519; claims and tiers as in section 6.3 of xai-api.md.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Final

import msgspec

from grok2api.storage.records import Tier

_LONGEST_TOKEN: Final = 16 * 1024
_LONGEST_CLAIM: Final = 512
_LAST_MOMENT: Final = 253_402_300_800
"""The beginning of the year 10000; a later expiry was not written in seconds."""

_SUPER_NUMBERS: Final = frozenset((1, 4, 5))
"""supergrok, x_premium_plus, supergrok_heavy; 0, 2, 3 and 6 are free, x_basic, x_premium, supergrok_lite."""

_SUPER_WORDS: Final = frozenset(
    (
        "grokpro",
        "heavy",
        "premiumplus",
        "supergrok",
        "supergrokheavy",
        "supergrokplus",
        "supergrokpro",
        "xpremiumplus",
    )
)
_WORD_BEFORE_TIER: Final = "subscriptiontier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The claims that are of use here; empty or None where the token does not say.

    Attributes:
        subject: The user, or what stands for one.
        principal_id: The user or team that the token acts for.
        expires_at: Wall time in seconds after which the token is refused.
        issuer: Who made the token, without a slash at the end.
    """

    subject: str = ""
    principal_id: str = ""
    team_id: str = ""
    tier: Tier | None = None
    expires_at: float | None = None
    email: str = ""
    issuer: str = ""
    client_id: str = ""


_SILENT: Final = Claims()


def claims_of(token: str) -> Claims:
    """Return what a token says about itself: empty claims if it is opaque, damaged or too long."""
    payload = payload_of(token)
    if not payload:
        return _SILENT
    return Claims(
        subject=_text(payload, "sub"),
        principal_id=_text(payload, "principal_id"),
        team_id=_text(payload, "team_id"),
        tier=tier_of(payload.get("tier")),
        expires_at=_moment(payload.get("exp")),
        email=_text(payload, "email"),
        issuer=_text(payload, "iss").rstrip("/"),
        client_id=_text(payload, "client_id") or _text(payload, "azp"),
    )


def payload_of(token: str) -> dict[str, object]:
    """Return all claims of a token as they are written: none if it is opaque, damaged or too long."""
    if token.count(".") != 2 or len(token) > _LONGEST_TOKEN:
        return {}
    claims = token.split(".")[1]
    try:
        payload = msgspec.json.decode(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def tier_of(said: object) -> Tier | None:
    """Return the tier that xAI's own name or number for a subscription means; None if nothing is said."""
    if isinstance(said, str):
        spelt = said[:_LONGEST_CLAIM].lower().replace("+", "plus")
        word = "".join(filter(str.isalnum, spelt)).removeprefix(_WORD_BEFORE_TIER)
        if not word:
            return None
        return "super" if word in _SUPER_WORDS or word in map(str, _SUPER_NUMBERS) else "basic"
    if isinstance(said, int) and not isinstance(said, bool):
        return "super" if said in _SUPER_NUMBERS else "basic"
    return None


def _text(payload: dict[str, object], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) and len(value) <= _LONGEST_CLAIM else ""


def _moment(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < _LAST_MOMENT else None
