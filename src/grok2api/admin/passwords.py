"""Passwords: the owner's, which is `app.app_key` or one made at the first start, and those of operators.

Checking is slow on purpose (argon2id), so it happens in a thread of its own, one at a time, and not without
end: a flood of attempts costs neither the event loop nor the memory of the machine, and where the system
ranks threads, this one comes after all that serves. Must never log a password or keep one,
and must never bring the web framework along: commands come here too.
Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import hmac
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from grok2api.errors import LimitExceeded
from grok2api.kit.ids import legible

if TYPE_CHECKING:
    from grok2api.storage.stores import MetaStore, Records

FACT: Final = "admin password"
"""Under which name the store keeps the hash."""
MADE: Final = "admin password made"
"""Under which name the store keeps the hash of the password that the first start made."""
LONGEST: Final = 1024
"""Characters of a password that are looked at."""
SHORTEST: Final = 12
"""Characters of a password that somebody chooses. Source: ASVS 5.0, 6.2.1 asks for 8, and recommends more."""
_LAST_PLACE: Final = 19
"""The lowest priority that a thread can have."""
_MOST_WAITING: Final = 16
_WORDS: Final = 4
_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmU$IQ7UdEKs8S34ZkQ1KcWmVbCrcZlYmzxGbqJnZcEXd0o"
)
"""The hash of no password, on which the time is spent that a hash of somebody would take."""

Origin = Literal["settings", "generated", "chosen", "none"]


class HashChecks:
    """Checks passwords against slow hashes, one at a time. `close` ends its thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "passwords", initializer=_come_last)
        self._waiting = 0

    async def fits(self, hashed: str | None, password: str) -> bool:
        """Tell whether a password is the hash's; without a hash it takes as long, and is not.

        Raises:
            LimitExceeded: too many are being checked already.
        """
        if self._waiting >= _MOST_WAITING:
            raise LimitExceeded("Too many sign-ins at once; try again shortly.", retry_after=2)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            fitting = await loop.run_in_executor(self._thread, _fits, hashed or _NOBODY, password)
        finally:
            self._waiting -= 1
        return fitting and hashed is not None

    def close(self) -> None:
        """Let go of the thread; whoever waits for it is told no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class Passwords:
    """Tells whether a password is the owner's.

    Args:
        meta: Where the hash of a made password is.
        configured: The password from the settings; empty if there is none.
        checks: Checks slow hashes.
    """

    def __init__(self, meta: MetaStore, *, configured: str = "", checks: HashChecks | None = None) -> None:
        self._meta = meta
        self._configured = configured.encode()
        self._checks = checks or HashChecks()

    async def verify(self, password: str) -> bool:
        """Tell whether this is the password.

        Raises:
            LimitExceeded: too many are being checked already.
            StorageError: the store did not answer.
        """
        if self._configured:
            return hmac.compare_digest(self._configured, password.encode("utf-8", "surrogatepass"))
        return await self._checks.fits(await self._meta.get(FACT), password)

    async def proof(self) -> bytes:
        """Return what is another one under another password; empty if there is no password."""
        if self._configured:
            return b"settings " + self._configured
        return (await self._meta.get(FACT) or "").encode()

    async def origin(self) -> Origin:
        """Tell where the password comes from."""
        if self._configured:
            return "settings"
        kept = await self._meta.get(FACT)
        if kept is None:
            return "none"
        return "generated" if kept == await self._meta.get(MADE) else "chosen"

    async def choose(self, password: str) -> None:
        """Put a password that somebody has chosen in place of the kept one."""
        await self._meta.put(FACT, await hash_of(password))


async def hash_of(password: str) -> str:
    """Return the slow hash of a password."""
    return await asyncio.to_thread(_hasher().hash, password.encode("utf-8", "surrogatepass"))


async def ensure_password(records: Records, *, configured: str = "") -> str | None:
    """Make a password if there is none, and return it, this once; None if there is one.

    Args:
        records: The store.
        configured: `app.app_key`; where it is set nothing is made.
    """
    if configured or await records.meta.get(FACT) is not None:
        return None
    made = _new_password()
    hashed = await hash_of(made)
    if await records.meta.put_if_absent(FACT, hashed) != hashed:
        return None
    await records.meta.put(MADE, hashed)
    return made


async def reset_password(records: Records) -> str:
    """Put a new password in place of the kept one, and return it, this once.

    Every session ends, and failed sign-ins are forgotten: whoever guessed at the old password does not keep
    its owner waiting for the new one.
    """
    made = _new_password()
    hashed = await hash_of(made)
    await records.meta.put(FACT, hashed)
    await records.meta.put(MADE, hashed)
    await records.sessions.delete_all()
    await records.attempts.forget_all()
    return made


def _come_last() -> None:
    """Let this thread work when nothing else wants to, where that can be said of a single thread."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LAST_PLACE)


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password.encode("utf-8", "surrogatepass"))
    except (Argon2Error, InvalidHashError):
        return False


def _new_password() -> str:
    """Return about 100 random bits in groups of five."""
    return "-".join(legible(5) for _ in range(_WORDS))
