"""Lets one migration into a store run at a time, wherever it was started.

Two copies of one source would undo each other's work record by record, and each would find the other's a
difference. Whoever copies holds a claim in the target, renews it, and lets go at the end; one that was killed
holds it for a few seconds more, for which the next one waits. Must never let a copy go on that has lost it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from grok2api.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grok2api.storage.records import Claim
    from grok2api.storage.stores import ClaimStore

NAME: Final = "migration"
LIFETIME: Final = 12.0
"""Seconds for which a claim is held without being renewed."""
_RENEWAL: Final = 3.0
_LOOK: Final = 0.5


class Occupied(Exception):
    """Somebody else copies into the store."""


@asynccontextmanager
async def alone(claims: ClaimStore, *, wait: float = LIFETIME + _RENEWAL) -> AsyncIterator[None]:
    """Hold the claim of the target for as long as the block runs.

    Args:
        claims: Those of the target.
        wait: Seconds for which a claim is waited for that may be a dead process's.

    Raises:
        Occupied: Somebody else holds it, or has taken it in the middle of the block.
        StorageError: The target does not answer.
    """
    claim = await _acquired(claims, wait)
    work = asyncio.current_task()
    lost = False

    async def renew() -> None:
        nonlocal lost
        while True:
            await asyncio.sleep(_RENEWAL)
            if await claims.renew(claim, seconds=LIFETIME, now=time.time()) is None:
                lost = True
                if work is not None:
                    work.cancel()
                return

    try:
        async with asyncio.TaskGroup() as tasks:
            renewing = tasks.create_task(renew())
            try:
                yield
            finally:
                renewing.cancel()
    except asyncio.CancelledError:
        if not lost or work is None or work.uncancel():
            raise
        raise Occupied from None
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    finally:
        if not lost:
            await _let_go(claims, claim)


async def _acquired(claims: ClaimStore, wait: float) -> Claim:
    holder, end = f"migration-{secrets.token_hex(8)}", time.monotonic() + wait
    while True:
        claim = await claims.acquire(NAME, holder=holder, seconds=LIFETIME, now=time.time())
        if claim is not None:
            return claim
        if time.monotonic() >= end:
            raise Occupied
        await asyncio.sleep(_LOOK)


async def _let_go(claims: ClaimStore, claim: Claim) -> None:
    try:
        await claims.release(claim)
    except StorageError:  # it runs out by itself
        return
