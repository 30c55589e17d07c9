"""The clients' keys: from the settings and from the store, found by a keyed hash.

A key is hashed once and looked up, so the time an answer takes tells nothing of the keys there are.
Must never keep a plain key: the directory holds hashes, and a new key is told exactly once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Final

from grok2api.canonical.call import Caller
from grok2api.canonical.limits import NO_LIMITS, KeyLimits, Network
from grok2api.canonical.plan import PoolScope
from grok2api.kit.clock import Clock
from grok2api.kit.ids import new_id, new_secret
from grok2api.storage.records import Changes, ClientKey

_LONGEST_KEY: Final = 1024
_SHOWN: Final = 4
_NOWHERE: Final = ip_network("255.255.255.255/32")
"""A network that no client is in."""


@dataclass(frozen=True, slots=True)
class _Entry:
    hash: str
    caller: Caller
    enabled: bool = True
    expires_at: float | None = None


def key_hash(key: str, pepper: bytes) -> str:
    """Return the keyed hash of a client key: 64 hexadecimal digits."""
    return hmac.digest(pepper, key.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


class KeyDirectory:
    """All client keys that are valid here.

    Args:
        pepper: Key of the hashes; the same for the whole fleet.
        clock: Where time comes from.
        configured: Keys from the settings.
    """

    __slots__ = ("_by_hash", "_callers", "_clock", "_configured", "_hashes_of", "_keyed", "_pepper")

    def __init__(self, *, pepper: bytes, clock: Clock, configured: Iterable[str] = ()) -> None:
        self._pepper = pepper
        self._keyed = hmac.new(pepper, digestmod=hashlib.sha256)
        self._clock = clock
        self._by_hash: dict[str, _Entry] = {}
        self._hashes_of: dict[str, tuple[str, ...]] = {}
        self._callers: dict[str, Caller] = {}
        self._configured: dict[str, _Entry] = {}
        self.configure(configured)

    @property
    def empty(self) -> bool:
        """Whether there is no key at all, so that one has to be made."""
        return not self._configured and not self._by_hash

    def configure(self, keys: Iterable[str]) -> None:
        """Take these as all the keys of the settings. Each has the same id at every start."""
        entries: dict[str, _Entry] = {}
        for key in keys:
            mark = key_hash(key, self._pepper)
            entries[mark] = _Entry(mark, Caller(f"key_{mark[:16]}", "app.api_key"))
        self._configured = entries

    def apply(self, changes: Changes) -> None:
        """Take in what changed in the store."""
        if changes.reset:
            self._by_hash.clear()
            self._hashes_of.clear()
            self._callers.clear()
        for identifier in changes.deleted_keys:
            self._forget(identifier)
        for record in changes.keys:
            self._forget(record.id)
            entries = _entries(record)
            self._by_hash |= {entry.hash: entry for entry in entries}
            self._hashes_of[record.id] = tuple(entry.hash for entry in entries)
            self._callers[record.id] = entries[0].caller

    def authenticate(self, key: str) -> Caller | None:
        """Return who shows this key; None if it is not valid now."""
        if not key or len(key) > _LONGEST_KEY:
            return None
        mark = self._mark(key)
        entry = self._configured.get(mark) or self._by_hash.get(mark)
        if entry is None or not hmac.compare_digest(entry.hash, mark) or not entry.enabled:
            return None
        if entry.expires_at is not None and entry.expires_at <= self._clock.now():
            return None
        return entry.caller

    def _mark(self, key: str) -> str:
        """Return what `key_hash` does, at a third of its cost: the hash was keyed before."""
        keyed = self._keyed.copy()
        keyed.update(key.encode("utf-8", "surrogatepass"))
        return keyed.hexdigest()

    def has_budget(self, key_id: str) -> bool:
        """Tell whether a key of the store may spend so much money only."""
        caller = self._callers.get(key_id)
        return caller is not None and caller.limits is not None and caller.limits.has_budget

    def never_logs(self, key_id: str) -> bool:
        """Tell whether nothing of a key's requests is kept but their rows in the ledger."""
        caller = self._callers.get(key_id)
        return caller is not None and caller.never_log

    def content_hours(self, key_id: str) -> int | None:
        """Return for how long the words of a key's requests are kept now, as `Caller.content_hours`."""
        caller = self._callers.get(key_id)
        return None if caller is None else caller.content_hours

    def _forget(self, identifier: str) -> None:
        self._callers.pop(identifier, None)
        for mark in self._hashes_of.pop(identifier, ()):
            self._by_hash.pop(mark, None)


def new_client_key(name: str, *, pepper: bytes, now: float) -> tuple[ClientKey, str]:
    """Return the record of a new key without limits, and the key itself: `sk-…`, to be shown this once.

    Args:
        name: What people call it.
        pepper: Key of the hash.
        now: Wall time in seconds.
    """
    key = new_secret("sk")
    record = ClientKey(
        id=new_id("key"),
        name=name,
        hash=key_hash(key, pepper),
        hint=f"sk-…{key[-_SHOWN:]}",
        created_at=now,
        updated_at=now,
    )
    return record, key


def renewed(record: ClientKey, *, pepper: bytes, now: float, overlap: float) -> tuple[ClientKey, str]:
    """Return the record with a new key in the place of its own, and that key: `sk-…`, to be shown this once.

    Args:
        record: The key that is renewed; whatever was valid before it is valid no more.
        pepper: Key of the hash.
        now: Wall time in seconds.
        overlap: Seconds for which the present key goes on to be valid as well.
    """
    key = new_secret("sk")
    changed = replace(
        record,
        hash=key_hash(key, pepper),
        hint=f"sk-…{key[-_SHOWN:]}",
        former_hash=record.hash if overlap > 0 else "",
        former_until=now + overlap if overlap > 0 else None,
        updated_at=now,
    )
    return changed, key


def content_hours_of(record: ClientKey) -> int | None:
    """Return for how long the words of a key's requests are kept, as `Caller.content_hours`."""
    return record.content_hours if record.record_content and not record.never_log else None


def limits_of(record: ClientKey) -> KeyLimits | None:
    """Return what a key is held to; None if it is not. What cannot be read keeps everybody out."""
    limits = KeyLimits(
        endpoints=frozenset(record.endpoints) or None,
        networks=tuple(_network(each) for each in record.networks),
        rpm=record.rpm,
        tpm=record.tpm,
        max_concurrency=record.max_concurrency,
        budget_day=record.budget_day_ticks,
        budget_month=record.budget_month_ticks,
    )
    return None if limits == NO_LIMITS else limits


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return _NOWHERE


def _entries(record: ClientKey) -> tuple[_Entry, ...]:
    """Return what is valid of a key: itself, and for a while the one before it."""
    scope = PoolScope(frozenset(record.pool_tags) or None, record.pool_tier or None)
    caller = Caller(
        record.id,
        record.name,
        record.strict,
        frozenset(record.models) or None,
        scope,
        record.rescue_seconds or None,
        limits_of(record),
        record.never_log,
        content_hours_of(record),
    )
    present = _Entry(record.hash, caller, record.enabled, record.expires_at)
    if not record.former_hash or record.former_until is None:
        return (present,)
    ends = record.former_until
    if record.expires_at is not None:
        ends = min(ends, record.expires_at)
    return present, _Entry(record.former_hash, caller, record.enabled, ends)
