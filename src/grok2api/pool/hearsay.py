"""What workers tell each other of rests and bars, so that one refusal is enough for all of them.

It is told at once and may be lost: what must last goes to the store as well. A word only ever keeps a
credential out for a while, never longer than this worker's own rules allow. Must never be told on by whoever
heard it.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from grok2api.pool.health import MANUAL, CooldownRules, Health, Restriction, Scope, Status
from grok2api.pool.roster import Roster

TOPIC: Final = "health"


class Rest(msgspec.Struct, frozen=True, tag="rest"):
    """A credential rests for some seconds."""

    credential_id: str
    status: Status
    reason: str
    seconds: float
    failures: int = 0
    refusals: int = 0
    signature: str = ""
    """The failure, if it may not be the credential's own: each hearer bounds how far it spreads."""


class Bar(msgspec.Struct, frozen=True, tag="bar"):
    """A credential or an account is barred from a model or a surface for some seconds."""

    scope: Scope
    what: str
    who: str
    reason: str
    seconds: float


Word = Rest | Bar


class Said(msgspec.Struct, frozen=True):
    """A word, and which worker said it."""

    by: str
    word: Word


def write(by: str, word: Word) -> bytes:
    """Return a word as it travels."""
    return msgspec.json.encode(Said(by, word))


def read(payload: bytes) -> Said | None:
    """Return what was said; None if this version does not understand it."""
    try:
        return msgspec.json.decode(payload, type=Said)
    except msgspec.MsgspecError:
        return None


def word_of_rest(credential_id: str, health: Health, now: float, signature: str = "") -> Rest | None:
    """Return what is told of a credential's new state; None if that is no rest, or one without an end.

    What only ends when somebody acts is told by the store.

    Args:
        credential_id: Which.
        health: Its new state.
        now: Monotonic seconds.
        signature: The failure behind it, if that may not be the credential's own.
    """
    left = health.until - now
    if left <= 0 or math.isinf(left) or health.status in MANUAL:
        return None
    failures, refusals = health.failures, health.refusals
    return Rest(credential_id, health.status, health.reason, left, failures, refusals, signature)


def take_in(roster: Roster, word: Word, now: float, rules: CooldownRules) -> None:
    """Believe a word: keep out whom it speaks of, if it is not kept out for longer already."""
    if not word.seconds > 0:
        return
    if isinstance(word, Bar):
        longest = max(rules.retry_after_cap, rules.denied, rules.model_missing)
        until = now + min(word.seconds, longest)
        roster.restrictions.add(word.what, word.who, Restriction(word.scope, until, word.reason), now)
        return
    member = roster.members.get(word.credential_id)
    until = now + min(word.seconds, rules.longest(word.status))
    if member is not None and member.live and word.status not in MANUAL and until > member.health.until:
        member.health = Health(word.status, word.reason, until, word.failures, word.refusals)
