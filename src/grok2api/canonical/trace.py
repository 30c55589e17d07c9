"""How one request came to its credentials: what was decided at each attempt, and what came of it.

Kept as plain tuples, because one is made for every request. Must never hold a secret, a prompt or an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from grok2api.canonical.plan import Demand

SHOWN_CANDIDATES = 20
"""Candidates that a decision keeps, the best first."""


class Candidate(NamedTuple):
    """One credential that could have served, and the terms by which it was compared."""

    credential_id: str
    in_flight: int
    failures: int
    weight: int
    quota: float | None


class Decision(NamedTuple):
    """One choice among the credentials, or why there was none."""

    strategy: str
    members: int
    """Credentials in the pool."""
    removed: Mapping[str, int]
    """How many of them each rule took out."""
    considered: tuple[Candidate, ...]
    """The best of those that were looked at, in the order of the strategy."""
    looked_at: int
    """How many were open and compared."""
    chosen: str = ""
    """The credential, or empty if nobody could serve."""
    because: str = ""
    """What decided: the turn, the conversation's home, the pinned account."""
    waited: float = 0.0
    """Seconds in the queue."""


@dataclass(slots=True)
class AttemptTrace:
    """One choice, the call that was made on it, and how that failed; times count from the request."""

    decision: Decision
    at: float
    model: str = ""
    surface: str = ""
    sent: float | None = None
    """When the call began; None if nobody could be chosen."""
    ended: float | None = None
    """When it failed; None if it answered."""
    fault: str = ""
    detail: str = ""
    """Upstream's own words, without secrets; empty if the request is at fault, for they may quote it."""
    status: int = 0
    connected: float | None = None
    """Seconds for name, connection, tunnel and TLS; None if a connection that waited carried the call."""


CALLING: ContextVar[AttemptTrace | None] = ContextVar("calling", default=None)
"""The attempt whose call is being made here: whoever opens a connection for it notes how long that took."""


@dataclass(slots=True)
class RequestTrace:
    """All that was decided about one request."""

    demand: Demand | None = None
    attempts: list[AttemptTrace] = field(default_factory=list)
    rescued_after: int | None = None
    """How many attempts were made where the conversation lives before it was rebuilt elsewhere, if it was."""
