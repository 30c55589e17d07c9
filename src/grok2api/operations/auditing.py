"""The audit: who did what, told before it is done and once more when it has come to an end.

An entry is kept before the deed begins, so that a deed of which nothing could be written does not happen.
What came of it is a second entry; where that is missing, nobody knows how far the deed went.
Each entry's hash covers the one before, under a key that only the secret key gives. Before the oldest are
forgotten, an entry tells up to which, and the hash of the last of them: so the chain begins anew in a place
that it vouches for itself. Must never hold a secret: texts are masked by their shape and by the name of their
field, whoever hands them in.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal

import msgspec

from grok2api.config.schema import MASK
from grok2api.errors import StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import KeyRing
from grok2api.observability.redaction import redact
from grok2api.storage.access import Role
from grok2api.storage.auditing import AuditEntry, AuditOutcome, AuditStore
from grok2api.storage.records import Conflict

Way = Literal["session", "token", "cli", "server"]
Fields = Mapping[str, object]

PURPOSE: Final = "audit chain"
_ATTEMPTS: Final = 20
_PAUSE: Final = 0.005
_AT_A_TIME: Final = 500
_LONGEST: Final = 255
_LARGEST: Final = 65_536
"""Characters of what is told of one side of a change."""
FORGETTING: Final = "audit.forget"
"""The action of the entry before which older ones were forgotten."""
_PIECE: Final = 1_000
_BREATH: Final = 0.05
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


THE_SERVER: Final = Actor(name="server", role="owner", way="server")
"""Who does what nobody asked for at this moment."""


class _Anchor(msgspec.Struct, frozen=True):
    """Up to which entry the chain was forgotten, and that entry's hash."""

    through: int
    hash: str


_anchor = msgspec.json.Decoder(_Anchor).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainVerdict:
    """Whether the chain is whole.

    Attributes:
        entries: How many are kept and were looked at.
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
        """Go through all that is kept of the chain."""
        first: AuditEntry | None = None
        last, forerunner, count, anchors = 0, "", 0, list[_Anchor]()
        while True:
            entries = await self._store.after(last, limit=_AT_A_TIME)
            for entry in entries:
                if not count and entry.sequence > 1:
                    first = entry  # what was before it is known only when its anchor was found
                elif entry.sequence != last + 1:
                    return _broken(count, last + 1, "it is missing")
                elif not self._follows(entry, forerunner):
                    return _broken(count, entry.sequence, "it was changed, or what was before it")
                if entry.action == FORGETTING:
                    anchors.append(_anchor(entry.after))
                last, forerunner, count = entry.sequence, entry.hash, count + 1
            if len(entries) < _AT_A_TIME:
                break
            await asyncio.sleep(0)
        if first is not None and not self._vouched_for(first, anchors):
            missing = 1 + max((each.through for each in anchors), default=0)
            return _broken(0, missing, "it is missing, and no entry tells that it was forgotten")
        return ChainVerdict(entries=count)

    async def forget(self, before: float) -> int:
        """Forget the oldest entries, from before a wall time, once an entry tells of it; return how many.

        Raises:
            StorageError: the store did not answer; what is still there is forgotten the next time.
        """
        oldest = await self._last_before(before)
        if oldest is None:
            return 0
        begun = _opening(
            Deed(actor=THE_SERVER, action=FORGETTING, target=str(oldest.sequence)), self._clock.now(), "done"
        )
        anchor = msgspec.json.encode(_Anchor(oldest.sequence, oldest.hash)).decode()
        await self._append(replace(begun, after=anchor))
        count = 0
        while found := await self._store.forget(oldest.sequence, limit=_PIECE):
            count += found
            await asyncio.sleep(_BREATH)
        return count

    async def oldest(self) -> AuditEntry | None:
        """Return the first entry that is kept."""
        return next(iter(await self._store.after(0, limit=1)), None)

    async def _last_before(self, before: float) -> AuditEntry | None:
        """Return the last of the oldest entries that all come from before a time."""
        found: AuditEntry | None = None
        while True:
            entries = await self._store.after(found.sequence if found else 0, limit=_AT_A_TIME)
            for entry in entries:
                if entry.at >= before:
                    return found
                found = entry
            if len(entries) < _AT_A_TIME:
                return found
            await asyncio.sleep(0)

    def _follows(self, entry: AuditEntry, forerunner: str) -> bool:
        return any(hmac.compare_digest(entry.hash, each) for each in self._hashes(entry, forerunner))

    def _vouched_for(self, first: AuditEntry, anchors: Sequence[_Anchor]) -> bool:
        """Whether what was before the first entry was forgotten as told.

        Where the server ended while it forgot, some of the entries that are to go are still there.
        """
        return any(
            anchor.through >= first.sequence
            or (anchor.through == first.sequence - 1 and self._follows(first, anchor.hash))
            for anchor in anchors
        )

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
    """Return only the fields that differ, as they were and as they are; when it was the entry tells."""
    names = [
        name for name in {**before, **after} if before.get(name) != after.get(name) and name != "updated_at"
    ]
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
