"""Which version wrote the keys, and how those of an older one are brought up to date.

Must never touch a store that a newer version wrote. A step may be repeated: a process that dies half-way
leaves the old number behind, and the next one begins anew.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from grok2api.errors import ConfigError, StorageError
from grok2api.storage.redis.claims import RedisClaims
from grok2api.storage.redis.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from grok2api.storage.redis.link import Link
    from grok2api.storage.redis.steps import Step

VERSION: Final = 2

_NAME: Final = "schema"
_NONE: Final = 0
_CLAIM: Final = "schema/upgrade"
_PATIENCE: Final = 300.0
_PAUSE: Final = 0.1
"""Seconds."""


async def present_version(link: Link, newest: int = VERSION) -> int:
    """Return the version of the keys, 0 if there are none; ConfigError if it is an unknown one."""
    kept = await link.get("GET", link.key(_NAME))
    present = _NONE if kept is None else int(kept)
    if present > newest:
        raise ConfigError(
            f"database: its schema {present} is unknown to this grok2api, which knows up to {newest}; "
            "start the newer version that wrote it, or restore a backup; nothing was changed"
        )
    return present


async def upgrade(link: Link, newest: int = VERSION, steps: Mapping[int, Step] = STEPS) -> None:
    """Bring the keys to the newest version; of several processes that start at once, one does it.

    Raises:
        ConfigError: a newer version wrote them.
        StorageError: another process is at it for too long.
    """
    present = await present_version(link, newest)
    if present == _NONE:
        await link.change(("SET", link.key(_NAME), newest, "NX"))
    elif present < newest:
        async with _alone(RedisClaims(link)):
            for version in range(await present_version(link, newest) + 1, newest + 1):
                await steps[version](link)
                await link.change(("SET", link.key(_NAME), version))


@asynccontextmanager
async def _alone(claims: RedisClaims) -> AsyncIterator[None]:
    """Keep the other processes from upgrading for as long as the block runs."""
    holder, deadline = secrets.token_hex(8), time.monotonic() + _PATIENCE
    while True:
        claim = await claims.acquire(_CLAIM, holder=holder, seconds=_PATIENCE, now=time.time())
        if claim is not None:
            break
        if time.monotonic() > deadline:
            raise StorageError("Another process has been upgrading the store for minutes; try again shortly.")
        await asyncio.sleep(_PAUSE)
    try:
        yield
    finally:
        await claims.release(claim)
