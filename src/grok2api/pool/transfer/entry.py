"""What a file of credentials holds once it is read: entries, and what was rejected and why.

Must never show a secret: not in a repr, and not in a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

from msgspec import Meta

from grok2api.storage.records import CredentialKind, Tier

LONGEST_SECRET: Final = 8 * 1024
LONGEST_TEXT: Final = 8 * 1024
MOST_WORDS: Final = 1000
LARGEST_NUMBER: Final = 1_000_000

_Secret = Annotated[str, Meta(max_length=LONGEST_SECRET)]
_Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
_Words = Annotated[tuple[_Text, ...], Meta(max_length=MOST_WORDS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One credential of a file. Two are equal if they say the same, wherever they stood.

    Attributes:
        place: Where it stood, for people: `line 3`, `entry 2`, `scope https://…`.
        key: The API key; empty for a sign-in.
        refresh_token: Empty only in a file of this gateway, for a sign-in that lost it.
        expires_at: Wall time in seconds until which the access token lives, if anything says so.
        issuer: Who signed in the account, as the file or the token says; not verified.
        tier: What the file says; a token's own word is left to `grok2api.pool.claims`.
        proxy: As written, not checked; may hold a password.
        models: Upstream models it may serve; empty is all.
    """

    kind: CredentialKind
    place: str = field(compare=False)
    key: _Secret = field(default="", repr=False)
    refresh_token: _Secret = field(default="", repr=False)
    access_token: _Secret = field(default="", repr=False)
    expires_at: float | None = None
    issuer: _Text = ""
    client_id: _Text = ""
    subject: _Text = ""
    email: _Text = ""
    name: _Text = ""
    tier: Tier | None = None
    tags: _Words = ()
    priority: Annotated[int, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)] = 0
    weight: Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)] = 1
    max_concurrency: Annotated[int, Meta(ge=0, le=LARGEST_NUMBER)] = 0
    proxy: _Text = field(default="", repr=False)
    models: _Words = ()
    note: _Text = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Rejected:
    """A part of a file that gives no credential, and one sentence that says why."""

    place: str
    reason: str
    double: bool = False
    """Whether it is only there twice."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """All that a file holds, in its order.

    Attributes:
        format: txt, json, jsonl, csv, grok2api, grok-cli, cliproxyapi, token.json, cookies or sealed.
    """

    format: str
    entries: tuple[Entry, ...] = ()
    rejected: tuple[Rejected, ...] = ()


class Refused(Exception):
    """Something in a file gives no credential; the reason is a sentence for people and holds no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
