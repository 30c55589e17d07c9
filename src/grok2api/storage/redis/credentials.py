"""The pool's credentials, which are changed field by field and often many at once.

A change names its fields, so that two writers with different fields in mind never undo each other. Must never
write under a claim or over a generation without asking for it in the same script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.records import Claim, ClaimLost, Conflict, Credential
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.revised import TAKEN, RevisedRows, check, list_of, only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grok2api.storage.redis.link import Link

_FIXED: Final = frozenset({"id", "revision"})


class RedisCredentials(RevisedRows[Credential]):
    """The pool's credentials."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, Codec(Credential), "credential")

    async def with_fingerprint(self, fingerprint: str, /) -> Credential | None:
        """Return the credential with this fingerprint."""
        owner = await self._link.get("HGET", self._link.key("credentials:fingerprint"), fingerprint)
        found = None if owner is None else await self.get(owner.decode())
        return found if found is not None and found.fingerprint == fingerprint else None

    async def add(self, credential: Credential, /) -> Credential:
        """Keep a new credential; Conflict if its id or fingerprint is there already."""
        return only((await self._add_many([(credential.id, credential)]))[0])

    async def add_many(self, credentials: Sequence[Credential], /) -> tuple[Credential | None, ...]:
        """Keep many under one revision; None in the place of one whose id or fingerprint is there."""
        return await self._add_many([(each.id, each) for each in credentials])

    async def change(
        self,
        identifier: str,
        changes: Mapping[str, object],
        /,
        *,
        claim: Claim | None = None,
        generation: int | None = None,
        uncleared_since: float | None = None,
    ) -> Credential:
        """Replace the named fields and return the record as kept."""
        given: dict[str, object] = {}
        if claim is not None:
            given["claim"] = {"name": claim.name, "holder": claim.holder, "fence": str(claim.fence)}
        if generation is not None:
            given["generation"] = str(generation)
        if uncleared_since is not None:
            given["uncleared_since"] = text_of(uncleared_since)
        change = self._codec.change(changes, fixed=_FIXED)
        outcome, *rest = await self._write("change", id=identifier, change=change, **given)
        if claim is not None and outcome == b"lost":
            raise ClaimLost(f"{claim.name} is not held any more")
        check(outcome, identifier)
        kept: Credential = self._codec.decode(rest[0])
        return kept

    async def change_many(self, identifiers: Sequence[str], changes: Mapping[str, object], /) -> int:
        """Replace the named fields of several under one revision; return how many were there."""
        change = self._codec.change(changes, fixed=_FIXED)
        named = list_of(identifiers)
        count = int(await self._write("change_many", ids=named, change=change)) if named else 0
        if count < 0:
            raise Conflict(TAKEN)
        return count

    async def set_health(
        self, identifier: str, *, status: str, reason: str, cooldown_until: float | None
    ) -> None:
        """Change only the health, and nothing at all if it is the same."""
        health = {"status": status, "reason": reason, "cooldown_until": cooldown_until}
        outcome, *_ = await self._write(
            "change", id=identifier, change=self._codec.change(health), health=True
        )
        check(outcome, identifier)
