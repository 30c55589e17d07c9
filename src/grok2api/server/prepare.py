"""What happens once before the first worker serves: schema, canary, seeds, the first client key.

It runs in the starting process, so that several workers find everything in place, and so that what a
person must see (a new key) is told once. Must never give out a secret but a client key it has just made.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from grok2api.accounting.client_keys import new_client_key
from grok2api.admin.passwords import FACT as PASSWORD_FACT
from grok2api.admin.passwords import ensure_password
from grok2api.config.settings import Settings
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.media.opening import open_places
from grok2api.pool.importing import new_credential
from grok2api.server.first_start import alone_at_the_first_start
from grok2api.server.secret_key import load_key_ring
from grok2api.storage.canary import check_canary
from grok2api.storage.open import open_records
from grok2api.storage.open_redis import examine_redis_records
from grok2api.storage.records import Conflict
from grok2api.storage.root import rooted_ring
from grok2api.storage.stores import Records
from grok2api.storage.transfer.fence import check_whole, note_served

FINGERPRINT_PURPOSE = "credential fingerprint"
PEPPER_PURPOSE = "client key pepper"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the start found and made."""

    first_key: str | None = field(repr=False)
    """The client key that was made just now, in the clear; None when there was one already."""
    password: str | None = field(repr=False)
    """The operator's password that was made just now; None when there was one already."""
    has_credential: bool
    made_elsewhere: bool = False
    """Whether a host that started at the same moment made them, and shows them."""
    remarks: tuple[str, ...] = ()
    """What to know about the store's server: whether it may forget what it was given."""


async def open_store(settings: Settings, ring: KeyRing) -> Records:
    """Open the store, and refuse one that another key sealed, or into which a migration was not finished.

    Raises:
        ConfigError: it cannot be opened, belongs to another key, or is half-way through a migration.
    """
    records = await open_records(
        settings.storage.type,
        settings.storage.url,
        Path(settings.storage.data_dir),
        auto_upgrade=settings.storage.auto_upgrade,
        redis_url=settings.storage.redis_location(),
        redis_prefix=settings.storage.redis_prefix,
    )
    try:
        await check_whole(records.meta)
        await check_canary(records.meta, SecretBox(ring))
    except BaseException:
        await records.close()
        raise
    return records


async def prepare(settings: Settings) -> Prepared:
    """Make the store ready, seed the pool from the settings, and make a client key if there is none."""
    ring = load_key_ring(settings)
    records = await open_store(settings, ring)
    try:
        await note_served(records.meta)
        ring = await rooted_ring(ring, records.meta)
        await open_places(settings, records.meta)
        await _seed(records, settings, ring)
        found_key, found_password = await _has_key(records, settings), await _has_password(records, settings)
        async with alone_at_the_first_start(records.claims, needed=not (found_key and found_password)):
            first_key = await _first_key(records, settings, ring)
            password = await ensure_password(records, configured=settings.app.app_key)
        lost = (not found_key and first_key is None) or (not found_password and password is None)
        has_credential = bool(await records.credentials.list())
        return Prepared(first_key, password, has_credential, lost, await _remarks(settings))
    finally:
        await records.close()


async def _seed(records: Records, settings: Settings, ring: KeyRing) -> None:
    box, pepper = SecretBox(ring), ring.derive(FINGERPRINT_PURPOSE)
    for number, key in enumerate(settings.grok.api_keys, 1):
        name = "XAI_API_KEY" if number == 1 else f"XAI_API_KEY {number}"
        credential = new_credential(key, name=name, tags=(), box=box, pepper=pepper, now=time.time())
        try:
            await records.credentials.add(credential)
        except Conflict:
            continue


async def _remarks(settings: Settings) -> tuple[str, ...]:
    storage = settings.storage
    if storage.type != "redis":
        return ()
    condition = await examine_redis_records(storage.redis_location(), storage.redis_prefix)
    return tuple(f"Redis at {condition.address}: {each.message}" for each in condition.remarks)


async def _has_key(records: Records, settings: Settings) -> bool:
    """Tell whether no client key has to be made."""
    return bool(settings.app.api_key) or settings.app.auth == "none" or bool(await records.keys.list())


async def _has_password(records: Records, settings: Settings) -> bool:
    """Tell whether no password has to be made."""
    return bool(settings.app.app_key) or await records.meta.get(PASSWORD_FACT) is not None


async def _first_key(records: Records, settings: Settings, ring: KeyRing) -> str | None:
    if await _has_key(records, settings):
        return None
    key, plain = new_client_key("first key", pepper=ring.derive(PEPPER_PURPOSE), now=time.time())
    await records.keys.add(key)
    return plain
