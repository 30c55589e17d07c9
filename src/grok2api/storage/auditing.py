"""What was done to the installation, by whom: entries that are only ever added, each sealing the one before.

The hash of an entry covers all of it and the hash of its forerunner, under a key that the store does not
hold: an entry that was changed, taken out or slipped in is found by whoever goes through the chain. Only the
oldest may be forgotten, once a later entry tells of it. Must never hold a secret, and no store may change an
entry or drop one by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

AuditOutcome = Literal["begun", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One step of one deed: that it begins, and what came of it.

    Attributes:
        sequence: 1 for the first entry that ever was, without a gap.
        of: The sequence of the entry that told of the beginning; 0 in that entry itself.
        actor_id: Id of the operator or token; empty for the owner, the command line, the server itself, and
            whoever was not let in.
        actor: Who that is, for people.
        role: The actor's role.
        way: session, token, cli or server.
        address: Where it came from, as far as is known.
        action: What is done, such as `credentials.edit`.
        target: What it is done to, mostly an id.
        status: HTTP status, or 0.
        before: Changed fields as they were, as JSON text; secrets masked.
        after: The same as they are now.
        hash: Keyed hash over the forerunner's hash and all the other fields, in hexadecimal.
    """

    sequence: int
    of: int = 0
    at: float
    actor_id: str
    actor: str
    role: str
    way: str
    address: str
    action: str
    target: str
    outcome: AuditOutcome
    status: int = 0
    request_id: str = ""
    before: str = ""
    after: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are meant; what is empty does not matter.

    Attributes:
        action: The action itself, or what it begins with before a dot, such as `credentials`.
        since: Wall time from which on.
        until: Wall time up to which, itself left out.
    """

    actor: str = ""
    action: str = ""
    target: str = ""
    way: str = ""
    outcome: str = ""
    request_id: str = ""
    since: float | None = None
    until: float | None = None

    def fits(self, entry: AuditEntry) -> bool:
        """Tell whether an entry is meant."""
        return (
            self.actor in {"", entry.actor, entry.actor_id}
            and (not self.action or entry.action == self.action or entry.action.startswith(self.action + "."))
            and self.target in {"", entry.target}
            and self.way in {"", entry.way}
            and self.outcome in {"", entry.outcome}
            and self.request_id in {"", entry.request_id}
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


class AuditStore(Protocol):
    """The chain of entries."""

    async def head(self) -> AuditEntry | None:
        """Return the last entry."""
        ...

    async def append(self, entry: AuditEntry, /) -> None:
        """Keep an entry; Conflict unless its sequence is the next one. It is on disk before this returns."""
        ...

    async def after(self, sequence: int, /, *, limit: int) -> tuple[AuditEntry, ...]:
        """Return at most `limit` entries behind a sequence, the oldest first."""
        ...

    async def page(
        self, wanted: AuditFilter, /, *, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return at most `limit` of the entries that are meant, newest first, those before a sequence."""
        ...

    async def forget(self, through: int, /, *, limit: int) -> int:
        """Forget at most `limit` of the oldest entries, up to a sequence, never the last; return how many."""
        ...
