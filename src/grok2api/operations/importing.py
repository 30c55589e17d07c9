"""Entries of a file are taken into the pool, each with an outcome that a person can read.

What is there already is told and left alone, but for a sign-in that is of no use any more and that the file
brings back. Work is done in small pieces: between them the event loop is free, progress is told, and it may
be stopped; what was added by then stays. Must never spend a refresh token, and never show a secret.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from grok2api.config.sections.calling import Oauth
from grok2api.errors import InvalidRequest
from grok2api.kit.clock import Clock
from grok2api.kit.pace import UNHURRIED, Pace
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.entries import Making, record_of, revived
from grok2api.pool.transfer.entry import Entry, Parsed, Refused, Rejected
from grok2api.pool.transfer.reading import read
from grok2api.pool.transfer.sealing import is_sealed, open_sealed
from grok2api.storage.records import Conflict, Credential, Missing
from grok2api.storage.stores import CredentialStore

Result = Literal["added", "known", "updated", "rejected", "would add", "would update"]
_AT_A_TIME: Final = 100
"""Entries that are written in one go."""
_FEW: Final = 50
"""Up to so many look-ups one by one cost less than reading the pool."""
_NUMBER: Final = re.compile(r"(\d+)$")
_TWICE: Final = "it is the same as {place}"
_SEALED: Final = "This export is sealed: give its passphrase."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where entries go and what they are kept with.

    Attributes:
        pepper: Key of the fingerprints.
        oauth: Whether sign-ins are allowed here, and of which service.
    """

    store: CredentialStore
    box: SecretBox = field(repr=False)
    pepper: bytes = field(repr=False)
    oauth: Oauth
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of one entry: `id` and `name` of the credential if there is one, `reason` if it needs one."""

    place: str
    outcome: Result
    id: str = ""
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of an import.

    Attributes:
        format: What the file was taken for.
        rows: One for each entry that was looked at, in the order of the file.
        cancelled: Whether it was stopped before the end; what was added stays.
        total: Entries in the file, rejected ones too.
    """

    format: str
    rows: tuple[Row, ...]
    cancelled: bool = False
    total: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each outcome; outcomes that did not occur are left out."""
        return dict(Counter(row.outcome for row in self.rows))


async def read_file(
    content: bytes,
    *,
    file_name: str = "",
    format: str | None = None,  # noqa: A002
    passphrase: str = "",
) -> Parsed:
    """Read a file of credentials in a thread of its own; a sealed one is opened first.

    Raises:
        InvalidRequest: it cannot be read as a whole, or its passphrase is missing or wrong.
    """
    if is_sealed(content):
        if not passphrase:
            raise InvalidRequest(_SEALED, param="passphrase")
        content = await asyncio.to_thread(open_sealed, content, passphrase)
        file_name, format = "", None  # noqa: A001
    return await asyncio.to_thread(read, content, file_name=file_name, format=format)


async def import_entries(
    parsed: Parsed,
    target: Target,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Take what a file holds into the pool.

    Args:
        parsed: The file, read.
        target: Where it goes.
        dry_run: Only tell what would happen.
        progress: Told how many entries are done, and of how many.
        cancelled: Asked before each piece whether to stop.
    """
    work, total, stopped = _Import(target, dry_run), len(parsed.entries), False
    for start in range(0, total, _AT_A_TIME):
        if cancelled():
            stopped = True
            break
        await work.take(parsed.entries[start : start + _AT_A_TIME])
        progress(min(start + _AT_A_TIME, total), total)
    rejected = (_unread(each) for each in parsed.rejected)
    rows = sorted((*work.rows, *rejected), key=_order)
    return ImportReport(
        format=parsed.format, rows=tuple(rows), cancelled=stopped, total=total + len(parsed.rejected)
    )


class _Pool:
    """What is in the pool already: looked up one by one, and read as a whole once that becomes much."""

    def __init__(self, store: CredentialStore) -> None:
        self._store = store
        self._asked = 0
        self._known: dict[str, Credential] | None = None

    async def find(self, mark: str) -> Credential | None:
        """Return the credential with this fingerprint, as it was when the pool was read."""
        self._asked += 1
        if self._known is None and self._asked > _FEW:
            self._known = {each.fingerprint: each for each in await self._store.list()}
        return await self.look(mark) if self._known is None else self._known.get(mark)

    async def look(self, mark: str) -> Credential | None:
        """Return the credential with this fingerprint, as it is now."""
        return await self._store.with_fingerprint(mark)


class _Import:
    """One import under way."""

    def __init__(self, target: Target, dry_run: bool) -> None:
        self.rows: list[Row] = []
        self._target = target
        self._dry_run = dry_run
        self._pool = _Pool(target.store)
        self._pace = Pace(UNHURRIED)
        self._places: dict[str, str] = {}
        """Where each fingerprint of this file stood first."""

    async def take(self, entries: Sequence[Entry]) -> None:
        """Take in a piece of the file."""
        fresh: list[tuple[Entry, Credential]] = []
        for entry in entries:
            if self._pace.due:
                await self._pace.rest()
            try:
                record = record_of(entry, self._making())
            except Refused as refused:
                self._tell(entry, "rejected", reason=refused.reason)
                continue
            first = self._places.setdefault(record.fingerprint, entry.place)
            if first is not entry.place:
                self._tell(entry, "rejected", reason=_TWICE.format(place=first))
            elif entry.kind == "oauth" or self._dry_run:
                there = await self._pool.find(record.fingerprint)
                if there is None:
                    fresh.append((entry, record))
                else:
                    await self._meet(entry, there)
            else:
                fresh.append((entry, record))
        await self._add(fresh)

    async def _add(self, fresh: Sequence[tuple[Entry, Credential]]) -> None:
        """Keep new records; what turns out to be there already is known."""
        if self._dry_run:
            for entry, record in fresh:
                self._tell(entry, "would add", name=record.name)
            return
        kept = await self._target.store.add_many([record for _, record in fresh]) if fresh else ()
        for (entry, record), added in zip(fresh, kept, strict=True):
            if added is not None:
                self._tell(entry, "added", added)
            elif there := await self._known(record.fingerprint):
                await self._meet(entry, there)
            else:
                self._tell(entry, "rejected", reason="it was added and deleted by somebody else meanwhile")

    async def _known(self, mark: str) -> Credential | None:
        return await self._pool.find(mark) or await self._pool.look(mark)

    async def _meet(self, entry: Entry, there: Credential) -> None:
        """Decide about an entry whose credential is in the pool."""
        try:
            changes = revived(there, entry, self._making())
        except Refused as refused:
            self._tell(entry, "rejected", there, refused.reason)
            return
        if not changes:
            self._tell(entry, "known", there, "it is in the pool already")
        elif self._dry_run:
            self._tell(entry, "would update", there, "its refresh token takes the place of a dead one")
        else:
            await self._revive(entry, there, changes)

    async def _revive(self, entry: Entry, there: Credential, changes: dict[str, object]) -> None:
        try:
            await self._target.store.change(there.id, changes, generation=there.generation)
        except (Conflict, Missing):
            self._tell(entry, "known", there, "somebody else has changed it meanwhile")
        else:
            self._tell(entry, "updated", there, "its refresh token took the place of a dead one")

    def _making(self) -> Making:
        target = self._target
        return Making(box=target.box, pepper=target.pepper, oauth=target.oauth, now=target.clock.now())

    def _tell(
        self,
        entry: Entry,
        outcome: Result,
        credential: Credential | None = None,
        reason: str = "",
        name: str = "",
    ) -> None:
        known = "" if credential is None else credential.id
        name = name if credential is None else credential.name
        self.rows.append(Row(place=entry.place, outcome=outcome, id=known, name=name, reason=reason))


def _unread(part: Rejected) -> Row:
    """Return the row of a part that gave no entry; one that is there twice is not wrong."""
    return Row(place=part.place, outcome="known" if part.double else "rejected", reason=part.reason)


def _order(row: Row) -> float:
    """Return where in the file a row belongs; what has no number keeps its order, at the beginning."""
    number = _NUMBER.search(row.place)
    return float(number[1]) if number else 0.0
