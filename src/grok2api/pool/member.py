"""One credential as this process uses it: opened, with its health and the calls it has under way.

Mutable, because it is the only thing that changes at every request. Must never be printed with its
token, and must never leave the pool: others get a `Lease`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grok2api.canonical.plan import Tier
from grok2api.kit.sealedid import SealedIds
from grok2api.pool.health import MANUAL, Health

Triple = tuple[str, str, float | None]
"""Health as a record holds it: status, reason, cooldown_until."""


@dataclass(slots=True, eq=False, kw_only=True)
class Member:
    """One credential in this process."""

    id: str
    name: str
    account_id: str
    kind: str = "api_key"
    tier: Tier = "super"
    tags: tuple[str, ...] = ()
    priority: int = 0
    weight: int = 1
    max_concurrency: int = 0
    """Calls at a time; 0 is no limit."""
    proxy: str | None = field(default=None, repr=False)
    models: frozenset[str] | None = None
    """Upstream models it may serve; None means all."""
    enabled: bool = True
    hint: str = ""
    token: str | None = field(default=None, repr=False)
    """None when its secret could not be opened."""
    sealed: str = field(default="", repr=False)
    health: Health = field(default_factory=Health)
    in_flight: int = 0
    quota: float | None = None
    """Share of its allowance that is left, 0 to 1; None while unknown."""
    stored: Triple = ("active", "", None)
    """Health in the last record seen."""
    written: Triple | None = None
    """Health that was last sent to the store, and not contradicted since."""
    account_hash: bytes = field(init=False, repr=False, default=b"")

    def __post_init__(self) -> None:
        self.account_hash = SealedIds.account_hash(self.account_id)

    def move(self, account_id: str) -> None:
        """Let it belong to this account."""
        if account_id != self.account_id:
            self.account_id = account_id
            self.account_hash = SealedIds.account_hash(account_id)

    @property
    def live(self) -> bool:
        """Whether it can serve by itself sooner or later, without anybody acting."""
        return self.enabled and self.token is not None and self.health.status not in MANUAL
