"""What keeps a credential from serving a demand right now, in one place and in one order.

A rule that passes by itself says when. Must never wait, change a credential, or build anything per
candidate: a pool may hold ten thousand.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from grok2api.pool.health import Restriction, Status
from grok2api.pool.member import Member

NEVER: Final = math.inf
"""An end that waiting alone does not bring."""
TOKEN_PATIENCE: Final = 1.0
"""Seconds after which a sign-in that awaits a token is looked at again."""


class Obstacle(NamedTuple):
    """One rule that keeps a credential out; `until` is monotonic seconds."""

    rule: str
    until: float
    lasting: bool
    """Whether it stands for a known time, so that the credential need not be looked at before."""


@dataclass(slots=True)
class Barriers:
    """What keeps candidates from serving one demand now, and whose token turned out to be over."""

    now: float
    excluded: Collection[str] = ()
    limited: Mapping[str, Restriction] = field(default_factory=dict)
    """By account id: rate limits of the model."""
    denied: Mapping[str, Restriction] = field(default_factory=dict)
    """By credential id: models it is not allowed."""
    shut: Mapping[str, Restriction] = field(default_factory=dict)
    """By credential id: the surface it is not allowed."""
    proxies: Mapping[str | None, float] = field(default_factory=dict)
    """By proxy, None for the way without one of its own: until when it is out of order."""
    tokenless: list[Member] = field(default_factory=list)
    """Sign-ins that were met without a usable token; whoever asked gets them one."""


BUSY: Final = Obstacle("busy", NEVER, lasting=False)
TRIED: Final = Obstacle("tried already", NEVER, lasting=False)


def obstacle(member: Member, barriers: Barriers) -> Obstacle | None:
    """Return what keeps this candidate from serving now; None if nothing does."""
    now = barriers.now
    if member.health.until > now:
        return _resting(member)
    if member.awaits_token(now):
        barriers.tokenless.append(member)
        if member.token_at > now:
            return Obstacle("refresh failed", member.token_at, lasting=True)
        return Obstacle("awaits a token", now + TOKEN_PATIENCE, lasting=True)
    if barriers.limited and (until := _until(barriers.limited.get(member.account_id), now)):
        return Obstacle("rate limited", until, lasting=True)
    if barriers.denied and (until := _until(barriers.denied.get(member.id), now)):
        return Obstacle("not allowed", until, lasting=True)
    if barriers.shut and (until := _until(barriers.shut.get(member.id), now)):
        return Obstacle("not allowed", until, lasting=True)
    if barriers.proxies and barriers.proxies.get(member.proxy, 0.0) > now:
        return Obstacle("proxy down", barriers.proxies[member.proxy], lasting=True)
    if member.max_concurrency and (member.max_concurrency <= member.in_flight or member.full_until > now):
        return BUSY
    return TRIED if member.id in barriers.excluded else None


def _resting(member: Member) -> Obstacle:
    health = member.health
    return Obstacle(health.status.value, health.until, lasting=True)


def _until(restriction: Restriction | None, now: float) -> float:
    return restriction.until if restriction is not None and restriction.until > now else 0.0


def passes_soon(found: Obstacle, now: float) -> float | None:
    """Return the seconds after which it may be worth another try; None when waiting helps nobody.

    A credential without credit comes back as well, but nobody should wait for that.
    """
    if found.rule == BUSY.rule:
        return 1.0
    if found.rule in _WORTH_WAITING:
        return max(0.0, found.until - now)
    return None


_WORTH_WAITING: Final = frozenset(
    {Status.COOLING.value, "rate limited", "awaits a token", "refresh failed", "proxy down"}
)
