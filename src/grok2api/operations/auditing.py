"""The audit: who did what, told before it is done and once more when it has come to an end.

An entry is kept before the deed begins, so that a deed of which nothing could be written does not happen.
What came of it is a second entry; where that is missing, nobody knows how far the deed went.
Each entry's hash covers the one before, under a key that only the secret key gives. Must never hold a secret:
texts are masked by their shape and by the name of their field, whoever hands them in.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal

import msgspec

from grok2api.config.schema import MASK
from grok2api.errors import StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import KeyRing
from grok2api.observability.logging import redact
from grok2api.storage.auditing import AuditEntry, AuditOutcome, AuditStore
from grok2api.storage.desk import Role
from grok2api.storage.records import Conflict

Way = Literal["session", "token", "cli"]
Fields = Mapping[str, object]

PURPOSE: Final = "audit chain"
_ATTEMPTS: Final = 20
_PAUSE: Final = 0.005
_AT_A_TIME: Final = 500
_LONGEST: Final = 255
_LARGEST: Final = 65_536
"""Characters of what is told of one side of a change."""
_SECRET_NAMES: Final = frozenset({"password", "passphrase", "secret", "token", "key", "api_key", "content"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something.

    Attributes:
        id: Of the operator or the token; empty for the owner and for the command line.
        address: Where it comes from, as far as is known.
    """

    id: str = ""
    name: str
    role: Role
    way: Way
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is done, such as `credentials.edit`, and to what, mostly an id."""

    actor: Actor
    action: str
    target: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainVerdict:
    """Whether the chain is whole.

    Attributes:
        entries: How many were looked at.
        broken_at: The sequence of the first that does not fit; None if all do.
        reason: Why it does not, for people.
    """

    entries: int
    broken_at: int | None = None
    reason: str = ""


class AuditTrail:
    """Adds to the chain, and goes through it.

    Args:
        store: Where it is kept.
        ring: What the chain's keys are derived from: its root, so that the chain outlives a sealing key; the
            others verify what they made.
        clock: Where time comes from.
    """

    def __init__(self, store: AuditStore, ring: KeyRing, clock: Clock) -> None:
        self._store = store
        self._keys = (ring.derive(PURPOSE), *ring.derive_all(PURPOSE))
        self._clock = clock
        self._turn = asyncio.Lock()

    async def begin(self, deed: Deed) -> AuditEntry:
        """Tell that a deed begins.

        Raises:
            StorageError: it could not be written, so the deed must not be done.
        """
        return await self._append(_opening(deed, self._clock.now(), "begun"))

    async def end(
        self,
        begun: AuditEntry,
        *,
        outcome: AuditOutcome,
        status: int = 0,
        target: str = "",
        before: Fields | None = None,
        after: Fields | None = None,
    ) -> AuditEntry:
        """Tell what came of a deed that `begin` told of. StorageError if it could not be written."""
        ended = replace(
            begun,
            of=begun.sequence,
            at=_rounded(self._clock.now()),
            outcome=outcome,
            status=status,
            target=_clipped(target) or begun.target,
            before=told(before),
            after=told(after),
        )
        return await self._append(ended)

    async def tell(
        self, deed: Deed, outcome: AuditOutcome, *, status: int = 0, after: Fields | None = None
    ) -> AuditEntry:
        """Tell in one entry of what is over. StorageError if it could not be written."""
        opening = _opening(deed, self._clock.now(), outcome)
        return await self._append(replace(opening, status=status, after=told(after)))

    async def verify(self) -> ChainVerdict:
        """Go through the whole chain."""
        last, forerunner = 0, ""
        while True:
            entries = await self._store.after(last, limit=_AT_A_TIME)
            for entry in entries:
                if entry.sequence != last + 1:
                    return _broken(last, last + 1, "it is missing")
                if not any(hmac.compare_digest(entry.hash, each) for each in self._hashes(entry, forerunner)):
                    return _broken(last, entry.sequence, "it was changed, or what was before it")
                last, forerunner = entry.sequence, entry.hash
            if len(entries) < _AT_A_TIME:
                return ChainVerdict(entries=last)
            await asyncio.sleep(0)

    async def _append(self, entry: AuditEntry) -> AuditEntry:
        """Put an entry behind the last one, whoever else does the same."""
        async with self._turn:
            for _ in range(_ATTEMPTS):
                head = await self._store.head()
                placed = replace(entry, sequence=head.sequence + 1 if head else 1)
                forerunner = head.hash if head else ""
                sealed = replace(placed, hash=_hash(placed, forerunner, self._keys[0]))
                try:
                    await self._store.append(sealed)
                except Conflict:
                    await asyncio.sleep(random.uniform(0, _PAUSE))  # noqa: S311  spreads the load
                    continue
                return sealed
        raise StorageError("The audit could not be written, so nothing was done; try again shortly.")

    def _hashes(self, entry: AuditEntry, forerunner: str) -> list[str]:
        return [_hash(entry, forerunner, key) for key in self._keys]


def told(fields: Fields | None) -> str:
    """Return one side of a change as JSON text, with everything masked that is or may be a secret."""
    if not fields:
        return ""
    text = msgspec.json.encode(_masked(fields)).decode()
    if len(text) > _LARGEST:
        text = msgspec.json.encode({"left_out": f"{len(text)} characters"}).decode()
    return _kept(text)


def difference(before: Fields, after: Fields) -> tuple[Fields, Fields]:
    """Return only the fields that differ, as they were and as they are."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )


def _opening(deed: Deed, now: float, outcome: AuditOutcome) -> AuditEntry:
    actor = deed.actor
    return AuditEntry(
        sequence=0,
        at=_rounded(now),
        actor_id=_clipped(actor.id, 128),
        actor=_clipped(actor.name),
        role=actor.role,
        way=actor.way,
        address=_clipped(actor.address),
        action=_clipped(deed.action, 128),
        target=_clipped(redact(deed.target)),
        outcome=outcome,
        request_id=_clipped(deed.request_id),
    )


def _masked(value: object, name: str = "") -> object:
    if isinstance(value, str):
        return MASK if value and name.lower() in _SECRET_NAMES else redact(value)
    if isinstance(value, Mapping):
        return {str(key): _masked(each, str(key)) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(each, name) for each in value]
    return value


def _hash(entry: AuditEntry, forerunner: str, key: bytes) -> str:
    fields = {**asdict(entry), "at": round(entry.at * 1000), "forerunner": forerunner}
    del fields["hash"]
    return hmac.digest(key, msgspec.json.encode(fields, order="sorted"), hashlib.sha256).hex()


def _broken(entries: int, at: int, reason: str) -> ChainVerdict:
    return ChainVerdict(entries=entries, broken_at=at, reason=f"entry {at}: {reason}")


def _rounded(seconds: float) -> float:
    """Return wall time to the millisecond, which every store gives back as it was."""
    return round(seconds, 3)


def _clipped(text: str, longest: int = _LONGEST) -> str:
    return _kept(text)[:longest]


def _kept(text: str) -> str:
    """Return a text that every store gives back as it was."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
