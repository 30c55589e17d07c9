"""Who may sign in: the owner, whose account is the installation's own, and operators with accounts of theirs.

What an account may do is asked with every request, so that a change of it counts at once on every worker.
Must never tell a name that is not there from a password that is wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grok2api.admin.passwords import HashChecks, Passwords
from grok2api.storage.access import Role

if TYPE_CHECKING:
    from grok2api.config.live import Live
    from grok2api.storage.access import Operator, OperatorStore

OWNER: Final = "admin"
"""The owner's name; nobody else may have it."""
LIFETIME: Final = 7 * 86_400.0
"""Seconds from a sign-in to the end of its session, at most."""
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account that may be used now.

    Attributes:
        id: Empty for the owner.
        stamp: Another one under another password.
        vouched: Whether an identity provider vouches for him, so that he has no password here.
        lasts: Seconds from a sign-in to the end of its session.
    """

    id: str
    name: str
    role: Role
    stamp: str = field(repr=False)
    vouched: bool = False
    lasts: float = LIFETIME


class Accounts:
    """The accounts there are.

    Args:
        operators: Where those of operators are kept.
        passwords: The owner's password.
        checks: Checks slow hashes.
        pepper: Key of the stamps.
        live: The settings, which say whose word counts.
    """

    def __init__(
        self,
        operators: OperatorStore,
        passwords: Passwords,
        checks: HashChecks,
        *,
        pepper: bytes,
        live: Live,
    ) -> None:
        self._live = live
        self._operators = operators
        self.owner_password = passwords
        self._checks = checks
        self._pepper = pepper

    async def sign_in(self, name: str, password: str) -> Account | None:
        """Return the account of a name and a password; None if they do not fit. No name is the owner's.

        Raises:
            LimitExceeded: too many are being checked already.
            StorageError: the store did not answer.
        """
        mark = mark_of(name)
        if mark in {"", OWNER}:
            return await self.get("") if await self.owner_password.verify(password) else None
        found = await self._operators.marked(mark)
        hashed = found.password_hash if found is not None and found.enabled else None
        fitting = await self._checks.fits(hashed or None, password)
        return self._account(found) if fitting and found is not None else None

    async def get(self, identifier: str) -> Account | None:
        """Return an account as it stands; None if it is gone, switched off, or no provider's any more."""
        if not identifier:
            proof = await self.owner_password.proof()
            return Account(id="", name=OWNER, role="owner", stamp=self._stamp(proof)) if proof else None
        found = await self._operators.get(identifier)
        return self._account(found) if found is not None and found.enabled else None

    async def verify(self, account: Account, password: str) -> bool:
        """Tell whether a password is the account's. Raises as `sign_in`."""
        if not account.id:
            return await self.owner_password.verify(password)
        found = await self._operators.get(account.id)
        return await self._checks.fits((found.password_hash or None) if found else None, password)

    def _account(self, operator: Operator) -> Account | None:
        oidc = self._live.current.oidc
        vouched = operator.identity is not None
        if vouched and not (oidc.enabled and operator.issuer == oidc.issuer):
            return None
        proof = f"identity {operator.identity}" if vouched else operator.password_hash
        return Account(
            id=operator.id,
            name=operator.name,
            role=operator.role,
            stamp=self._stamp(proof.encode()),
            vouched=vouched,
            lasts=min(LIFETIME, oidc.session_hours * _HOUR) if vouched else LIFETIME,
        )

    def _stamp(self, proof: bytes) -> str:
        return hmac.digest(self._pepper, b"stamp " + proof, hashlib.sha256).hex()


def mark_of(name: str) -> str:
    """Return a name as it is compared: case, width and surrounding space do not matter."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
