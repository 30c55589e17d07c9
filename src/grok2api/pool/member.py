"""One credential as this process uses it: opened, with its health and the calls it has under way.

Mutable, because it is the only thing that changes at every request. Must never be printed with its
token, and must never leave the pool: others get a `Lease`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from hashlib import blake2b

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
    """Upstream models the operator lets it serve; None means all."""
    acl: frozenset[str] | None = None
    """Upstream models xAI lets the key use; None means all, or unknown."""
    enabled: bool = True
    hint: str = ""
    token: str | None = field(default=None, repr=False)
    """None when its secret could not be opened."""
    sealed: str = field(default="", repr=False)
    access_until: float = math.inf
    """Monotonic seconds at which a sign-in's access token is over."""
    generation: int = 0
    """Which token set of the sign-in this is."""
    rejected: int = -1
    """The token set that xAI refused; while it is the present one, a new one is awaited."""
    rejections: int = 0
    """Token sets refused in a row."""
    token_at: float = 0.0
    """Monotonic seconds before which no new token is to be had, because a refresh has failed."""
    has_refresh_token: bool = False
    refresh_dead: bool = False
    """Whether its refresh token is of no use any more."""
    health: Health = field(default_factory=Health)
    in_flight: int = 0
    full_until: float = 0.0
    """Monotonic seconds until which all its places are known to be taken, here or by other workers."""
    quota: float | None = None
    """Share of its allowance that is left, 0 to 1; None while unknown."""
    stored: Triple = ("active", "", None)
    """Health in the last record seen."""
    written: Triple | None = None
    """Health that was last sent to the store, and not contradicted since."""
    former_accounts: tuple[str, ...] = ()
    """Accounts it was known under before; ids that were given out then still name it."""
    account_hashes: tuple[bytes, ...] = field(init=False, repr=False, default=())
    """Of its account, and of those it was known under before."""

    seed: int = field(init=False, repr=False, default=0)
    """Where it stands among the homes of conversations: the same in every process."""

    def __post_init__(self) -> None:
        self.seed = int.from_bytes(blake2b(self.id.encode(), digest_size=8).digest())
        self.move(self.account_id, self.former_accounts)

    def move(self, account_id: str, former: tuple[str, ...] = ()) -> None:
        """Let it belong to this account, and be found under its former ones."""
        if not self.account_hashes or (account_id, former) != (self.account_id, self.former_accounts):
            self.account_id, self.former_accounts = account_id, former
            self.account_hashes = tuple(SealedIds.account_hash(each) for each in (account_id, *former))

    @property
    def refreshable(self) -> bool:
        """Whether it is a sign-in that can be given a new token."""
        return self.has_refresh_token and not self.refresh_dead

    def awaits_token(self, now: float) -> bool:
        """Tell whether it is a sign-in whose access token is over or was refused."""
        return self.access_until <= now or self.rejected == self.generation

    @property
    def standing(self) -> tuple[object, ...]:
        """Return all that the index of a roster depends on."""
        return (
            *(self.account_hashes, self.tier, self.tags, self.priority, self.models, self.acl),
            *(self.enabled, self.token is None, self.health.status in MANUAL),
        )

    @property
    def live(self) -> bool:
        """Whether it can serve by itself sooner or later, without anybody acting."""
        return self.enabled and self.token is not None and self.health.status not in MANUAL
