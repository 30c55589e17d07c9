"""A store in memory that keeps the promises of `storage.records`, for tests of what stands above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from grok2api.errors import StorageError
from grok2api.storage.records import (
    Changes,
    ClientKey,
    Conflict,
    Credential,
    Missing,
    SettingOverride,
    UsageCursor,
    UsageRecord,
)


@dataclass
class Revisions:
    """One counter for every change, and the switch that makes the store fail."""

    current: int = 0
    deleted: list[tuple[int, str, str]] = field(default_factory=list)
    away: bool = False
    calls: int = 0

    def advance(self) -> int:
        self.current += 1
        return self.current

    def reach(self) -> None:
        self.calls += 1
        if self.away:
            raise StorageError("The store does not answer.")


class MemoryCredentials:
    """Credentials in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._rows: dict[str, Credential] = {}

    async def list(self) -> tuple[Credential, ...]:
        self._revisions.reach()
        return tuple(self._rows[identifier] for identifier in sorted(self._rows))

    async def get(self, identifier: str) -> Credential | None:
        self._revisions.reach()
        return self._rows.get(identifier)

    async def add(self, credential: Credential) -> Credential:
        self._revisions.reach()
        taken = {row.fingerprint for row in self._rows.values()}
        if credential.id in self._rows or credential.fingerprint in taken:
            raise Conflict
        return self._keep(credential)

    async def put(self, credential: Credential) -> Credential:
        self._revisions.reach()
        if credential.id not in self._rows:
            raise Missing
        return self._keep(credential)

    async def set_health(
        self, identifier: str, *, status: str, reason: str, cooldown_until: float | None
    ) -> None:
        self._revisions.reach()
        row = self._rows.get(identifier)
        if row is None:
            raise Missing
        changed = replace(row, status=status, reason=reason, cooldown_until=cooldown_until)
        if changed != row:
            self._keep(changed)

    async def delete(self, identifier: str) -> bool:
        self._revisions.reach()
        if self._rows.pop(identifier, None) is None:
            return False
        self._revisions.deleted.append((self._revisions.advance(), "credential", identifier))
        return True

    def _keep(self, credential: Credential) -> Credential:
        kept = replace(credential, revision=self._revisions.advance())
        self._rows[kept.id] = kept
        return kept


class MemoryKeys:
    """Client keys in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._rows: dict[str, ClientKey] = {}

    async def list(self) -> tuple[ClientKey, ...]:
        self._revisions.reach()
        return tuple(self._rows[identifier] for identifier in sorted(self._rows))

    async def get(self, identifier: str) -> ClientKey | None:
        self._revisions.reach()
        return self._rows.get(identifier)

    async def add(self, key: ClientKey) -> ClientKey:
        self._revisions.reach()
        if key.id in self._rows or key.hash in {row.hash for row in self._rows.values()}:
            raise Conflict
        return self._keep(key)

    async def put(self, key: ClientKey) -> ClientKey:
        self._revisions.reach()
        if key.id not in self._rows:
            raise Missing
        return self._keep(key)

    async def delete(self, identifier: str) -> bool:
        self._revisions.reach()
        if self._rows.pop(identifier, None) is None:
            return False
        self._revisions.deleted.append((self._revisions.advance(), "key", identifier))
        return True

    def _keep(self, key: ClientKey) -> ClientKey:
        kept = replace(key, revision=self._revisions.advance())
        self._rows[kept.id] = kept
        return kept


class MemorySettings:
    """Settings in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._rows: dict[str, SettingOverride] = {}

    async def list(self) -> tuple[SettingOverride, ...]:
        self._revisions.reach()
        return tuple(self._rows[path] for path in sorted(self._rows))

    async def put(self, setting: SettingOverride) -> SettingOverride:
        self._revisions.reach()
        kept = replace(setting, revision=self._revisions.advance())
        self._rows[kept.path] = kept
        return kept

    async def delete(self, path: str) -> bool:
        self._revisions.reach()
        if self._rows.pop(path, None) is None:
            return False
        self._revisions.deleted.append((self._revisions.advance(), "setting", path))
        return True


class MemoryUsage:
    """Usage rows in a dict, the first of a request id kept."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self.rows: dict[str, UsageRecord] = {}
        self.batches: list[int] = []

    async def append(self, rows: Sequence[UsageRecord]) -> None:
        self._revisions.reach()
        self.batches.append(len(rows))
        for row in rows:
            self.rows.setdefault(row.request_id, row)

    async def get(self, request_id: str) -> UsageRecord | None:
        self._revisions.reach()
        return self.rows.get(request_id)

    async def recent(self, limit: int, before: UsageCursor | None = None) -> tuple[UsageRecord, ...]:
        self._revisions.reach()
        ordered = sorted(self.rows.values(), key=lambda row: row.cursor, reverse=True)
        return tuple(row for row in ordered if before is None or row.cursor < before)[:limit]


class MemoryMeta:
    """Facts in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._facts: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        self._revisions.reach()
        return self._facts.get(name)

    async def put_if_absent(self, name: str, value: str) -> str:
        self._revisions.reach()
        return self._facts.setdefault(name, value)


class MemoryRecords:
    """The whole store. Set `revisions.away` to make every verb fail."""

    def __init__(self) -> None:
        self.revisions = Revisions()
        self.credentials = MemoryCredentials(self.revisions)
        self.keys = MemoryKeys(self.revisions)
        self.settings = MemorySettings(self.revisions)
        self.usage = MemoryUsage(self.revisions)
        self.meta = MemoryMeta(self.revisions)

    async def changes_since(self, revision: int) -> Changes:
        credentials = [row for row in await self.credentials.list() if row.revision > revision]
        keys = [row for row in await self.keys.list() if row.revision > revision]
        settings = [row for row in await self.settings.list() if row.revision > revision]
        gone = [(kind, name) for at, kind, name in self.revisions.deleted if at > revision]
        return Changes(
            revision=self.revisions.current,
            credentials=tuple(credentials),
            deleted_credentials=tuple(name for kind, name in gone if kind == "credential"),
            keys=tuple(keys),
            deleted_keys=tuple(name for kind, name in gone if kind == "key"),
            settings=tuple(settings),
            deleted_settings=tuple(name for kind, name in gone if kind == "setting"),
        )

    async def ping(self) -> None:
        self.revisions.reach()

    async def close(self) -> None:
        self.revisions.away = True
