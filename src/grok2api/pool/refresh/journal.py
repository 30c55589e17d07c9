"""What is written down before a refresh begins, so that one that never ended can be told.

A refresh token is used up the moment the service sees it. If the process ends between the service's answer
and the store's, the new token is gone, and the only witness is the intent that was stored before. Whoever
comes next finds it, tries the old token all the same, and says what happened if that one is refused.
Must never hold a token.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import msgspec

from grok2api.storage.records import Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Somebody began to refresh a generation of tokens.

    Attributes:
        generation: Of the tokens that the refresh started from.
        holder: Which process.
        at: Wall time in seconds.
        unanswered_at: When the first refresh of this generation began whose answer nobody stored.
        unanswered_by: Which process that was.
    """

    generation: int
    holder: str
    at: float
    unanswered_at: float | None = None
    unanswered_by: str = ""


def open_intent(record: Credential) -> Intent | None:
    """Return the refresh of the stored generation that was begun and not ended, if there is one."""
    if not record.refresh_intent:
        return None
    try:
        intent = msgspec.json.decode(record.refresh_intent, type=Intent)
    except (msgspec.DecodeError, RecursionError):
        return None
    return intent if intent.generation == record.generation else None


def begin(record: Credential, holder: str, now: float) -> Intent:
    """Return the intent to refresh a record, which remembers an earlier one that was never ended."""
    former = open_intent(record)
    if former is None:
        return Intent(generation=record.generation, holder=holder, at=now)
    return Intent(
        generation=record.generation,
        holder=holder,
        at=now,
        unanswered_at=former.at if former.unanswered_at is None else former.unanswered_at,
        unanswered_by=former.unanswered_by or former.holder,
    )


def unanswered(intent: Intent) -> Intent:
    """Return the intent of a refresh to which no usable answer came."""
    if intent.unanswered_at is not None:
        return intent
    return replace(intent, unanswered_at=intent.at, unanswered_by=intent.holder)


def written(intent: Intent) -> str:
    """Return an intent as the record holds it."""
    return msgspec.json.encode(asdict(intent)).decode()


def why_dead(intent: Intent, detail: str) -> str:
    """Return, for people, why a sign-in cannot be refreshed any more.

    Args:
        intent: The refresh that was refused.
        detail: What the service said.
    """
    if intent.unanswered_at is None:
        return (
            "the refresh token was revoked, or another program that holds it has used it: "
            f"sign in again (the service said {detail})"
        )
    begun = f"{intent.unanswered_by} began at {_moment(intent.unanswered_at)}"
    return (
        f"the refresh that {begun} was interrupted and its new token was lost: "
        f"sign in again (the service said {detail})"
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
