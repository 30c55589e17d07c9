"""This process's picture of the credentials in the store, advanced by what changed.

The store tells health too, because another process or an operator may have moved it. What this process
itself wrote comes back as an echo and must not undo what happened here since.
Must never fail as a whole because one secret does not open.
"""

from __future__ import annotations

from collections.abc import Iterable

from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.pool.health import Health, recall
from grok2api.pool.importing import secret_context
from grok2api.pool.member import Member, Triple
from grok2api.pool.roster import Roster
from grok2api.storage.records import Changes, Credential, Records


class View:
    """Keeps a roster in step with the store."""

    __slots__ = ("_box", "_clock", "_roster", "revision")

    def __init__(self, roster: Roster, box: SecretBox, clock: Clock) -> None:
        self._roster = roster
        self._box = box
        self._clock = clock
        self.revision = 0

    async def refresh(self, records: Records) -> bool:
        """Ask the store what changed and apply it; tell whether anything did.

        Raises:
            StorageError: the store did not answer; the picture stays as it was.
        """
        changes = await records.changes_since(self.revision)
        moved = changes.revision != self.revision or changes.reset
        self.apply(changes)
        return moved

    def apply(self, changes: Changes) -> None:
        """Take in what changed."""
        self.revision = changes.revision
        gone = set(changes.deleted_credentials)
        if changes.reset:
            gone |= self._roster.members.keys() - {record.id for record in changes.credentials}
        if gone:
            self._roster.remove(gone)
        if changes.credentials:
            self._roster.put(self._members(changes.credentials))

    def _members(self, records: Iterable[Credential]) -> Iterable[Member]:
        for record in records:
            member = self._roster.members.get(record.id)
            if member is None:
                member = Member(id=record.id, name=record.name, account_id=record.account_id)
                self._describe(member, record)
                member.stored = health_of(record)
                member.health = self._recalled(record)
            else:
                self._describe(member, record)
                self._hear(member, record)
            yield member

    def _describe(self, member: Member, record: Credential) -> None:
        """Copy what the record says, health apart, and open the secret if it is a new one."""
        member.name, member.kind, member.hint = record.name, record.kind, record.hint
        member.tier, member.tags = record.tier, record.tags
        member.priority, member.weight = record.priority, record.weight
        member.max_concurrency = record.max_concurrency
        member.proxy = record.proxy or None
        member.models = frozenset(record.models) or None
        member.enabled = record.enabled
        member.move(record.account_id)
        if member.sealed != record.secret:
            member.sealed = record.secret
            try:
                member.token = self._box.open(record.secret, secret_context(record.id))
            except SealBroken:
                member.token = None

    def _hear(self, member: Member, record: Credential) -> None:
        """Follow a change of health that was made elsewhere."""
        told = health_of(record)
        if told != member.stored and told != member.written:
            member.written = None
            member.health = self._recalled(record)
            if told[0] == "active":
                self._roster.restrictions.lift(member.id, member.account_id)
        member.stored = told

    def _recalled(self, record: Credential) -> Health:
        until = record.cooldown_until
        rest = None if until is None else until - self._clock.now()
        return recall(record.status, record.reason, rest, self._clock.monotonic())


def health_of(record: Credential) -> Triple:
    """Return the health that a record holds."""
    return (record.status, record.reason, record.cooldown_until)
