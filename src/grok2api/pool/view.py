"""This process's picture of the credentials in the store, advanced by what changed.

The store tells health too, because another process or an operator may have moved it. What this process
itself wrote comes back as an echo and must not undo what happened here since.
Must never fail as a whole because one secret does not open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import copy
from typing import Final

from grok2api.kit.clock import Clock
from grok2api.kit.pace import Pace
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.pool.health import CooldownRules, Health, Status, recall
from grok2api.pool.importing import secret_context
from grok2api.pool.member import Member, Triple
from grok2api.pool.proxy_seal import open_proxy
from grok2api.pool.roster import Roster
from grok2api.pool.tokens import open_tokens
from grok2api.storage.records import Changes, Credential
from grok2api.storage.stores import Records

SKEW: Final = 60.0
"""Seconds by which our wall clock may be ahead of the one that says when a token ends."""
_SETTLED: Final = 250
"""Changes that are carried into the index in one go."""
_ACL_OF_MODELS: Final = "api-key:model:"
LOST: Final = "the sign-in cannot be renewed any more: sign in again"
"""Why a sign-in is expired of which nothing else is known."""


class View:
    """Keeps a roster in step with the store.

    Args:
        roster: What is kept in step.
        box: Opens secrets.
        clock: Where time comes from.
        rules: The cool-downs in force, so that no record can make a rest longer than they allow.
        cleared: Told whose rests an operator has ended.
        workers: Processes of this host among which a limit of calls is divided.
        changed: Told after somebody was changed, so that whoever waits can look again.
    """

    __slots__ = (
        "_box",
        "_changed",
        "_cleared",
        "_clock",
        "_records",
        "_roster",
        "_rules",
        "_workers",
        "lost",
        "revision",
    )

    def __init__(
        self,
        roster: Roster,
        box: SecretBox,
        clock: Clock,
        *,
        rules: Callable[[], CooldownRules] = CooldownRules,
        changed: Callable[[], None] = lambda: None,
        workers: int = 1,
        cleared: Callable[[str], None] = lambda _identifier: None,
    ) -> None:
        self._roster = roster
        self._box = box
        self._clock = clock
        self._rules = rules
        self._changed = changed
        self._workers = workers
        self._cleared = cleared
        self._records: dict[str, Credential] = {}
        self.revision = 0
        self.lost = False
        """Whether the store did not answer when it was last asked: the picture may be old."""

    @property
    def records(self) -> Iterable[Credential]:
        """All records as last seen."""
        return self._records.values()

    def record(self, identifier: str) -> Credential | None:
        """Return one record as last seen."""
        return self._records.get(identifier)

    def opens(self, identifier: str) -> bool:
        """Tell whether a credential's secret opens here; one that was changed in the store does not."""
        member = self._roster.members.get(identifier)
        return member is None or member.token is not None

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
        self._forget(changes)
        for record in changes.credentials:
            self.take(record)
        self._taken_in(changes)

    async def absorb(self, changes: Changes) -> None:
        """Take in what changed, however much, a few at a time: requests get their turn in between."""
        self._forget(changes)
        pace = Pace()
        for record in changes.credentials:
            self.take(record)
            if self._roster.unsettled >= _SETTLED:
                self._roster.settle()
            if pace.due:
                await pace.rest()
        self._roster.settle()
        self._taken_in(changes)

    def _forget(self, changes: Changes) -> None:
        gone = set(changes.deleted_credentials)
        if changes.reset:
            gone |= self._roster.members.keys() - {record.id for record in changes.credentials}
        if gone:
            self._roster.remove(gone)
            for identifier in gone:
                self._records.pop(identifier, None)

    def _taken_in(self, changes: Changes) -> None:
        self.revision = changes.revision
        if changes.deleted_credentials or changes.credentials or changes.reset:
            self._changed()

    def take(self, record: Credential) -> None:
        """Take in one record, unless a newer one is known."""
        known = self._records.get(record.id)
        if known is not None and known.revision > record.revision:
            return
        self._records[record.id] = record
        member = self._roster.members.get(record.id)
        if member is None:
            member = Member(id=record.id, name=record.name, account_id=record.account_id)
            self._describe(member, record)
            member.stored = health_of(record)
            member.health = self._recalled(record)
            self._mark_lost(member, record)
            self._roster.put((member,))
            return
        before, expired = copy(member), member.health.status is Status.EXPIRED
        renewed = record.generation != member.generation
        self._describe(member, record)
        self._hear(member, record, known)
        if renewed and expired:
            member.health, member.rejections = self._recalled(record), 0
        self._mark_lost(member, record)
        if member.standing != before.standing:
            self._roster.moved_from(before)
        else:
            self._roster.wake(member)

    def taken(self, record: Credential) -> None:
        """Take in a record that this process has just written, and let whoever waits look again."""
        self.take(record)
        self._changed()

    def check_sign_ins(self) -> None:
        """Give up the sign-ins whose access token has ended and that cannot be renewed."""
        for identifier, record in self._records.items():
            member = self._roster.members.get(identifier)
            if member is not None and self._mark_lost(member, record):
                self._roster.changed()

    def _mark_lost(self, member: Member, record: Credential) -> bool:
        """Let a sign-in that only a new sign-in helps wait for one; tell whether it does so from now on."""
        if record.kind != "oauth" or not record.refresh_dead or not member.live:
            return False
        lost = member.awaits_token(self._clock.monotonic())
        if lost:
            member.health = Health(Status.EXPIRED, record.refresh_error or LOST, math.inf)
        return lost

    def _describe(self, member: Member, record: Credential) -> None:
        """Copy what the record says, health apart, and open the secret if it is a new one."""
        member.name, member.kind, member.hint = record.name, record.kind, record.hint
        member.tier, member.tags = record.tier, record.tags
        member.priority, member.weight = record.priority, record.weight
        member.max_concurrency = share_of(record.max_concurrency, self._workers)
        member.models = frozenset(record.models) or None
        member.acl = models_of(record.acls)
        member.enabled = record.enabled
        member.refresh_dead = record.refresh_dead
        if record.quota_left is not None:
            member.quota = record.quota_left
        if member.account_id != record.account_id:
            self._roster.moved(member.account_id, record.account_id)
        member.move(record.account_id, record.former_accounts)
        sealed = record.secret + record.proxy
        if member.sealed != sealed:
            member.sealed = sealed
            self._open(member, record)

    def _open(self, member: Member, record: Credential) -> None:
        """Open the secret and the proxy; a credential whose proxy does not open cannot be used either."""
        self._open_secret(member, record)
        try:
            member.proxy = open_proxy(record, self._box) or None
        except SealBroken:
            member.token, member.has_refresh_token = None, False

    def _open_secret(self, member: Member, record: Credential) -> None:
        if record.kind == "oauth":
            tokens = open_tokens(record, self._box)
            member.token = None if tokens is None else tokens.access_token
            member.has_refresh_token = bool(tokens and tokens.refresh_token)
            member.generation = record.generation
            member.token_at = 0.0
            member.access_until = self._ends(record)
            return
        try:
            member.token = self._box.open(record.secret, secret_context(record.id))
        except SealBroken:
            member.token = None

    def _ends(self, record: Credential) -> float:
        """Return the monotonic seconds at which the access token is over; the wall clock is asked once."""
        if record.expires_at is None:
            return math.inf
        return self._clock.monotonic() + record.expires_at - self._clock.now() + SKEW

    def _hear(self, member: Member, record: Credential, known: Credential | None) -> None:
        """Follow a change of health that was made elsewhere, and an operator who ended all rests."""
        told = health_of(record)
        cleared = known is not None and record.cleared_at != known.cleared_at
        if cleared or (told != member.stored and told != member.written):
            member.written = None
            if cleared:
                member.token_at = 0.0
                self._cleared(record.id)
            member.health = self._recalled(record)
            if told[0] == "active":
                member.rejections = 0
                member.quota = record.quota_left
                self._roster.forgive(member)
        member.stored = told

    def _recalled(self, record: Credential) -> Health:
        until = record.cooldown_until
        rest = None if until is None else until - self._clock.now()
        return recall(record.status, record.reason, rest, self._clock.monotonic(), self._rules())


def share_of(limit: int, workers: int) -> int:
    """Return how many calls one of several workers may have under way; at least one, and 0 is no limit."""
    return max(1, limit // workers) if limit else 0


def models_of(acls: Iterable[str]) -> frozenset[str] | None:
    """Return the models that an access list names; None if it allows all, or speaks of none."""
    named = {entry.removeprefix(_ACL_OF_MODELS) for entry in acls if entry.startswith(_ACL_OF_MODELS)}
    return None if not named or "*" in named else frozenset(named)


def health_of(record: Credential) -> Triple:
    """Return the health that a record holds."""
    return (record.status, record.reason, record.cooldown_until)
