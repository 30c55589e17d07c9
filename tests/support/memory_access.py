"""Accounts, tokens, kept answers and the audit in memory, held to the promises of `storage.access`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from grok2api.storage.access import AdminAnswer, ApiToken, Operator, SecondFactor, SignInAttempts
from grok2api.storage.auditing import AuditEntry, AuditFilter
from grok2api.storage.records import AdminSession, Conflict, Missing

Entity = TypeVar("Entity", Operator, SecondFactor, ApiToken, AdminAnswer)
Reach = Callable[[], None]


class Rows(Generic[Entity]):
    """Rows in a dict; `unique` names the fields that no two share."""

    unique: tuple[str, ...] = ()

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._rows: dict[str, Entity] = {}

    async def list(self) -> tuple[Entity, ...]:
        self._reach()
        return tuple(self._rows[each] for each in sorted(self._rows))

    async def get(self, identifier: str, /) -> Entity | None:
        self._reach()
        return self._rows.get(identifier)

    async def add(self, record: Entity, /) -> None:
        self._reach()
        if record.id in self._rows or self._clashes(record):
            raise Conflict
        self._rows[record.id] = record

    async def put(self, record: Entity, /) -> None:
        self._reach()
        if record.id not in self._rows:
            raise Missing(record.id)
        if self._clashes(record):
            raise Conflict
        self._rows[record.id] = record

    async def delete(self, identifier: str, /) -> bool:
        self._reach()
        return self._rows.pop(identifier, None) is not None

    def _clashes(self, record: Entity) -> bool:
        return any(
            getattr(each, name) == getattr(record, name) is not None and each.id != record.id
            for name in self.unique
            for each in self._rows.values()
        )

    def _found(self, name: str, value: str) -> Entity | None:
        self._reach()
        return next((each for each in self._rows.values() if getattr(each, name) == value), None)


class MemoryOperators(Rows[Operator]):
    unique = ("mark", "identity")

    async def marked(self, mark: str, /) -> Operator | None:
        return self._found("mark", mark)

    async def identified(self, identity: str, /) -> Operator | None:
        return self._found("identity", identity)


class MemorySecondFactors(Rows[SecondFactor]):
    pass


class MemoryTokens(Rows[ApiToken]):
    unique = ("hash",)

    async def hashed(self, hashed: str, /) -> ApiToken | None:
        return self._found("hash", hashed)

    async def touch(self, identifier: str, /, *, now: float) -> bool:
        self._reach()
        if identifier not in self._rows:
            return False
        self._rows[identifier] = replace(self._rows[identifier], last_used_at=now)
        return True


class MemoryAnswers(Rows[AdminAnswer]):
    async def begin(self, answer: AdminAnswer, /, *, now: float) -> AdminAnswer | None:
        self._reach()
        kept = self._rows.get(answer.id)
        if kept is not None and kept.expires_at > now:
            return kept
        self._rows[answer.id] = answer
        return None

    async def finish(self, answer: AdminAnswer, /) -> None:
        self._reach()
        if answer.id in self._rows:
            self._rows[answer.id] = answer

    async def delete_ended(self, now: float, /) -> int:
        self._reach()
        ended = [each.id for each in self._rows.values() if each.expires_at <= now]
        for identifier in ended:
            del self._rows[identifier]
        return len(ended)


class MemoryAttempts:
    """Attempts to sign in, in a dict."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.rows: dict[str, SignInAttempts] = {}

    async def get(self, identifier: str, /, *, now: float) -> SignInAttempts | None:
        self._reach()
        kept = self.rows.get(identifier)
        return kept if kept is not None and kept.expires_at > now else None

    async def swap(self, attempts: SignInAttempts, /, *, now: float) -> bool:
        self._reach()
        self.rows = {name: each for name, each in self.rows.items() if each.expires_at > now}
        kept = self.rows.get(attempts.id)
        if (0 if kept is None else kept.version) != attempts.version - 1:
            return False
        self.rows[attempts.id] = attempts
        return True

    async def forget_all(self) -> None:
        self._reach()
        self.rows.clear()


class MemoryAudit:
    """Entries in a list."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.entries: list[AuditEntry] = []

    async def head(self) -> AuditEntry | None:
        self._reach()
        return self.entries[-1] if self.entries else None

    async def append(self, entry: AuditEntry, /) -> None:
        self._reach()
        if entry.sequence != (self.entries[-1].sequence if self.entries else 0) + 1:
            raise Conflict
        self.entries.append(entry)

    async def after(self, sequence: int, /, *, limit: int) -> tuple[AuditEntry, ...]:
        self._reach()
        return tuple(each for each in self.entries if each.sequence > sequence)[:limit]

    async def page(
        self, wanted: AuditFilter, /, *, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        self._reach()
        found = [each for each in reversed(self.entries) if wanted.fits(each)]
        return tuple(each for each in found if before is None or each.sequence < before)[:limit]

    async def forget(self, through: int, /, *, limit: int) -> int:
        self._reach()
        count = min(sum(each.sequence <= through for each in self.entries[:-1]), limit)
        del self.entries[:count]
        return count


class MemorySessions:
    """Sessions in a dict."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._rows: dict[str, AdminSession] = {}

    async def put(self, session: AdminSession, /) -> None:
        self._reach()
        self._rows[session.hash] = session

    async def get(self, hashed: str, /) -> AdminSession | None:
        self._reach()
        return self._rows.get(hashed)

    async def list(self) -> tuple[AdminSession, ...]:
        self._reach()
        return tuple(self._rows[each] for each in sorted(self._rows))

    async def touch(self, hashed: str, /, *, now: float) -> bool:
        self._reach()
        if hashed not in self._rows:
            return False
        self._rows[hashed] = replace(self._rows[hashed], last_used_at=now)
        return True

    async def delete(self, hashed: str, /) -> bool:
        self._reach()
        return self._rows.pop(hashed, None) is not None

    async def delete_all(self) -> int:
        self._reach()
        return self._forget(tuple(self._rows))

    async def delete_ended(self, now: float, /) -> int:
        self._reach()
        return self._forget(tuple(row.hash for row in self._rows.values() if row.expires_at <= now))

    def _forget(self, hashes: tuple[str, ...]) -> int:
        for each in hashes:
            del self._rows[each]
        return len(hashes)
