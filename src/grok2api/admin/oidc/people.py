"""Keeps an account for whoever an identity provider vouches for.

Issuer and subject are who somebody is; names and addresses change hands. So an account is never taken over
because a name or an address is the same, and one that somebody else has got a number behind it.
Must never give back a role that the settings have taken away.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from grok2api.admin.accounts import OWNER, mark_of
from grok2api.admin.oidc.refusal import SignOnRefused
from grok2api.errors import StorageError
from grok2api.kit.ids import new_id
from grok2api.storage.access import Operator
from grok2api.storage.records import Conflict, Missing

if TYPE_CHECKING:
    from grok2api.admin.sessions import Sessions
    from grok2api.kit.clock import Clock
    from grok2api.storage.access import OperatorStore, Role

_TRIES: Final = 50
_LONGEST_NAME: Final = 64


class People:
    """The accounts of those who come by single sign-on.

    Args:
        store: Where they are kept.
        sessions: End when somebody has no role any more.
        clock: Where time comes from.
    """

    def __init__(self, store: OperatorStore, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._clock = clock

    async def arrive(self, *, issuer: str, subject: str, name: str, role: Role) -> Operator:
        """Return the account of somebody, with the role that he has now; make it if there is none.

        Raises:
            SignOnRefused: the account was switched off.
            StorageError: the store did not answer.
        """
        identity = identity_of(issuer, subject)
        for number in range(1, _TRIES):
            known = await self._store.identified(identity)
            try:
                if known is not None:
                    return await self._returned(known, role)
                made = self._new(identity, issuer, subject, _numbered(name, number), role)
                if made.mark != OWNER:
                    await self._store.add(made)
                    return made
            except (Conflict, Missing):  # the name is somebody's, or the account came or went meanwhile
                continue
        raise StorageError("No name was free for the account; try again.")

    async def lose_role(self, *, issuer: str, subject: str) -> None:
        """End the sessions of somebody who has no role any more. StorageError if the store did not answer."""
        known = await self._store.identified(identity_of(issuer, subject))
        if known is not None:
            await self._sessions.end_of(known.id)

    async def _returned(self, known: Operator, role: Role) -> Operator:
        if not known.enabled:
            raise SignOnRefused("disabled", "the account was switched off", subject=known.subject or "")
        if known.role == role:
            return known
        changed = replace(known, role=role, updated_at=self._clock.now())
        await self._store.put(changed)
        return changed

    def _new(self, identity: str, issuer: str, subject: str, name: str, role: Role) -> Operator:
        now = self._clock.now()
        return Operator(
            id=new_id("op"),
            name=name,
            mark=mark_of(name),
            role=role,
            password_hash="",
            created_at=now,
            updated_at=now,
            identity=identity,
            issuer=issuer,
            subject=subject,
        )


def identity_of(issuer: str, subject: str) -> str:
    """Return what tells somebody from everybody else, of this provider and of others."""
    parts = (each.encode("utf-8", "surrogatepass") for each in (issuer, subject))
    return hashlib.sha256(b"".join(len(part).to_bytes(4) + part for part in parts)).hexdigest()


def _numbered(name: str, number: int) -> str:
    if number == 1:
        return name
    tail = f" ({number})"
    return name[: _LONGEST_NAME - len(tail)] + tail
