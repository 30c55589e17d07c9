"""The operator's password: `app.app_key` where that is set, else one made at the first start and kept hashed.

Checking is slow on purpose (argon2id), so it happens in threads, two at a time, and not without end: a flood
of attempts costs neither the event loop nor the memory of the machine. Must never log a password or keep one,
and must never bring the web framework along: commands come here too.
Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from grok2api.errors import LimitExceeded

if TYPE_CHECKING:
    from grok2api.storage.stores import MetaStore, Records

FACT: Final = "admin password"
"""Under which name the store keeps the hash."""
LONGEST: Final = 1024
"""Characters of a password that are looked at."""
_AT_A_TIME: Final = 2
_MOST_WAITING: Final = 16
_WORDS: Final = 4


class Passwords:
    """Tells whether a password is the operator's.

    Args:
        meta: Where the hash of a made password is.
        configured: The password from the settings; empty if there is none.
    """

    def __init__(self, meta: MetaStore, *, configured: str = "") -> None:
        self._meta = meta
        self._configured = configured.encode()
        self._places = asyncio.Semaphore(_AT_A_TIME)
        self._waiting = 0

    async def verify(self, password: str) -> bool:
        """Tell whether this is the password.

        Raises:
            LimitExceeded: too many are being checked already.
            StorageError: the store did not answer.
        """
        if self._configured:
            return hmac.compare_digest(self._configured, password.encode("utf-8", "surrogatepass"))
        kept = await self._meta.get(FACT)
        if kept is None:
            return False
        if self._waiting >= _MOST_WAITING:
            raise LimitExceeded("Too many sign-ins at once; try again shortly.", retry_after=2)
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(_fits, kept, password)
        finally:
            self._waiting -= 1


async def ensure_password(records: Records, *, configured: str = "") -> str | None:
    """Make a password if there is none, and return it, this once; None if there is one.

    Args:
        records: The store.
        configured: `app.app_key`; where it is set nothing is made.
    """
    if configured or await records.meta.get(FACT) is not None:
        return None
    made = _new_password()
    hashed = await asyncio.to_thread(_hasher().hash, made)
    return made if await records.meta.put_if_absent(FACT, hashed) == hashed else None


async def reset_password(records: Records) -> str:
    """Put a new password in place of the kept one, end every session, and return it, this once."""
    made = _new_password()
    await records.meta.put(FACT, await asyncio.to_thread(_hasher().hash, made))
    await records.sessions.delete_all()
    return made


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password.encode("utf-8", "surrogatepass"))
    except (Argon2Error, InvalidHashError):
        return False


def _new_password() -> str:
    """Return 100 random bits as groups of letters and digits that are not mistaken for each other."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(_WORDS))
