"""What a fleet makes once, when several of its hosts see an empty store for the first time together.

The first client key and the operator's password are shown by whoever made them, and by nobody else. Must
never let two hosts make them side by side: there would be two keys, or a password that does not open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from grok2api.errors import StorageError
from grok2api.kit.ids import new_id
from grok2api.storage.records import Claim
from grok2api.storage.stores import ClaimStore

CLAIM: Final = "first start"
_LIFETIME: Final = 15.0
"""Seconds after which a host that was killed meanwhile stands in nobody's way."""
_PATIENCE: Final = 2 * _LIFETIME
_PAUSE: Final = 0.1


@asynccontextmanager
async def alone_at_the_first_start(claims: ClaimStore, *, needed: bool) -> AsyncIterator[None]:
    """Run the block while no other host does; whoever comes second finds what the first one made.

    Args:
        claims: Of the store that the hosts share.
        needed: Whether there is something to make; if not, nothing is waited for.

    Raises:
        StorageError: the store did not answer, or another host takes far too long.
    """
    if not needed:
        yield
        return
    claim = await _claimed(claims, new_id("start"))
    try:
        yield
    finally:
        await claims.release(claim)


async def _claimed(claims: ClaimStore, holder: str) -> Claim:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        claim = await claims.acquire(CLAIM, holder=holder, seconds=_LIFETIME, now=time.time())
        if claim is not None:
            return claim
        await asyncio.sleep(_PAUSE)
    raise StorageError("Another host has been preparing the store for too long; start this one again.")
