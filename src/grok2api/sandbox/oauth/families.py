"""Grants: who signed in, and the line of refresh tokens that grew from it.

Each refresh ends the token before it. A token that comes back after its end, beyond the grace, is taken for
stolen: the whole family is revoked, its access tokens too. Old tokens are remembered for that, so a
family only grows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from grok2api.kit.clock import Clock
from grok2api.sandbox.mint import Mint
from grok2api.sandbox.oauth import errors
from grok2api.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Holder:
    """The account that signed in, and as what."""

    account: str
    team: str
    tier: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The tokens of one answer; `expires` is in wall seconds, `refresh_token` None when it stays."""

    access_token: str
    refresh_token: str | None
    expires: int
    id_token: str | None = None


@dataclass(slots=True)
class Family:
    """One grant. `refused_through` is the number of the last access token that was revoked alone."""

    identifier: str
    holder: Holder
    client_id: str
    scope: str
    refresh_token: str
    generation: int = 1
    issued: int = 0
    refresh_calls: int = 0
    reuse_detections: int = 0
    revoked: bool = False
    refused_through: int = 0
    rotated_at: float = 0.0
    last: Pair | None = None

    def row(self) -> Json:
        """Return the family as `GET /sandbox/oauth` shows it."""
        return {
            "account": self.holder.account,
            "team": self.holder.team,
            "tier": self.holder.tier,
            "client_id": self.client_id,
            "generation": self.generation,
            "refresh_calls": self.refresh_calls,
            "reuse_detections": self.reuse_detections,
            "revoked": self.revoked,
            "access_tokens": self.issued,
        }


class Families:
    """Every grant of one issuer."""

    def __init__(self, clock: Clock, mint: Mint) -> None:
        self._clock = clock
        self._mint = mint
        self._families: dict[str, Family] = {}
        self._tokens: dict[str, tuple[Family, int]] = {}

    def __iter__(self) -> Iterator[Family]:
        return iter(self._families.values())

    def start(self, holder: Holder, client_id: str, scope: str) -> Family:
        """Return a new grant with its first refresh token."""
        family = Family(self._mint.new_uuid(), holder, client_id, scope, self._new_token())
        self._families[family.identifier] = family
        self._tokens[family.refresh_token] = (family, family.generation)
        return family

    def find(self, identifier: str) -> Family | None:
        """Return the grant an access token names, or None."""
        return self._families.get(identifier)

    def of_token(self, refresh_token: str) -> Family | None:
        """Return the grant that a refresh token belongs or belonged to, or None."""
        found = self._tokens.get(refresh_token)
        return None if found is None else found[0]

    def accept(self, refresh_token: str, client_id: str, grace: float) -> tuple[Family, Pair | None]:
        """Return the grant of a refresh token, and the pair to repeat if the token ended within the grace.

        Raises: Refusal invalid_grant; a reuse beyond `grace` seconds revokes the family first.
        """
        found = self._tokens.get(refresh_token)
        if found is None or found[0].client_id != client_id:
            raise errors.invalid_grant(errors.UNKNOWN)
        family, generation = found
        family.refresh_calls += 1
        if family.revoked:
            raise errors.invalid_grant(errors.REVOKED)
        if generation == family.generation:
            return family, None
        ended = self._clock.monotonic() - family.rotated_at
        if generation == family.generation - 1 and grace > 0 and ended <= grace and family.last is not None:
            return family, family.last
        family.reuse_detections += 1
        family.revoked = True
        raise errors.invalid_grant(errors.REVOKED)

    def rotate(self, family: Family) -> str:
        """Give a family its next refresh token and return it."""
        family.generation += 1
        family.refresh_token = self._new_token()
        family.rotated_at = self._clock.monotonic()
        self._tokens[family.refresh_token] = (family, family.generation)
        return family.refresh_token

    def clear(self) -> int:
        """Forget every grant and return how many there were."""
        forgotten = len(self._families)
        self._families.clear()
        self._tokens.clear()
        return forgotten

    def _new_token(self) -> str:
        digest = hashlib.sha256(f"refresh\x00{self._mint.new_uuid()}".encode()).hexdigest()
        return f"sandbox-refresh-{digest[:48]}"
