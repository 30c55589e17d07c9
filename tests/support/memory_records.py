"""A store in memory that keeps the promises of `storage.records`, for tests of what stands above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from grok2api.errors import StorageError
from grok2api.storage.contents import RequestContent
from grok2api.storage.records import (
    Changes,
    Claim,
    ClaimLost,
    ClientKey,
    Conflict,
    Credential,
    JobRecord,
    Missing,
    SettingOverride,
    Transcript,
)
from grok2api.storage.versions import SettingVersion
from support.memory_access import (
    MemoryAnswers,
    MemoryAttempts,
    MemoryAudit,
    MemoryOperators,
    MemorySecondFactors,
    MemorySessions,
    MemoryTokens,
)
from support.memory_assets import MemoryAssets
from support.memory_budgets import MemoryBudgets
from support.memory_files import MemoryFiles
from support.memory_live import MemoryLive
from support.memory_models import MemoryModels
from support.memory_runs import MemoryRuns
from support.memory_sealed_rows import MemorySealedRows
from support.memory_usage import MemoryUsage
from support.memory_videos import MemoryVideos

CLOCK_SLACK = 60.0
CHANGEABLE = {each.name for each in fields(Credential)} - {"id", "revision"}
MAY_BE_NONE = {each.name for each in fields(Credential) if each.default is None}


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


@dataclass
class Seat:
    """The row of a claim, which stays with its fence when the claim is let go."""

    holder: str = ""
    fence: int = 0
    until: float = 0.0
    lifetime: float = 0.0

    def holder_at(self, now: float) -> str | None:
        running = now < self.until <= now + self.lifetime + CLOCK_SLACK
        return self.holder if self.holder and running else None


class MemoryClaims:
    """Claims in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._seats: dict[str, Seat] = {}

    async def acquire(self, name: str, *, holder: str, seconds: float, now: float) -> Claim | None:
        self._revisions.reach()
        seat = self._seats.setdefault(name, Seat())
        if seat.holder_at(now) not in {None, holder}:
            return None
        self._seats[name] = Seat(holder, seat.fence + 1, now + seconds, seconds)
        return Claim(name=name, holder=holder, fence=seat.fence + 1, until=now + seconds)

    async def renew(self, claim: Claim, *, seconds: float, now: float) -> Claim | None:
        self._revisions.reach()
        if not self.is_held(claim):
            return None
        self._seats[claim.name] = Seat(claim.holder, claim.fence, now + seconds, seconds)
        return replace(claim, until=now + seconds)

    async def release(self, claim: Claim) -> None:
        self._revisions.reach()
        if self.is_held(claim):
            self._seats[claim.name] = Seat(fence=claim.fence)

    async def holder(self, name: str, *, now: float) -> str | None:
        self._revisions.reach()
        return self._seats.get(name, Seat()).holder_at(now)

    def is_held(self, claim: Claim) -> bool:
        seat = self._seats.get(claim.name, Seat())
        return (seat.holder, seat.fence) == (claim.holder, claim.fence)


class MemoryCredentials:
    """Credentials in a dict."""

    def __init__(self, revisions: Revisions, claims: MemoryClaims) -> None:
        self._revisions = revisions
        self._claims = claims
        self._rows: dict[str, Credential] = {}

    async def list(self) -> tuple[Credential, ...]:
        self._revisions.reach()
        return tuple(self._rows[identifier] for identifier in sorted(self._rows))

    async def get(self, identifier: str) -> Credential | None:
        self._revisions.reach()
        return self._rows.get(identifier)

    async def with_fingerprint(self, fingerprint: str) -> Credential | None:
        self._revisions.reach()
        return next((row for row in self._rows.values() if row.fingerprint == fingerprint), None)

    async def add(self, credential: Credential) -> Credential:
        (kept,) = await self.add_many([credential])
        if kept is None:
            raise Conflict
        return kept

    async def add_many(self, credentials: Sequence[Credential]) -> tuple[Credential | None, ...]:
        self._revisions.reach()
        taken = {row.fingerprint for row in self._rows.values()}
        outcome: list[Credential | None] = []
        for each in credentials:
            new = each.id not in self._rows and each.fingerprint not in taken
            taken.add(each.fingerprint)
            outcome.append(self._keep(each) if new else None)
        return tuple(outcome)

    async def put(self, credential: Credential) -> Credential:
        """Replace a whole record, for a test that edits one; the protocol has no such verb."""
        self._revisions.reach()
        if credential.id not in self._rows:
            raise Missing
        return self._keep(credential)

    async def change(
        self,
        identifier: str,
        changes: Mapping[str, object],
        *,
        claim: Claim | None = None,
        generation: int | None = None,
        uncleared_since: float | None = None,
    ) -> Credential:
        _check(changes)
        self._revisions.reach()
        if claim is not None and not self._claims.is_held(claim):
            raise ClaimLost
        row = self._rows.get(identifier)
        if row is None:
            raise Missing
        if generation not in {None, row.generation}:
            raise Conflict
        if uncleared_since is not None and (row.cleared_at or 0.0) > uncleared_since:
            raise Conflict
        return self._change(row, changes)

    async def change_many(self, identifiers: Sequence[str], changes: Mapping[str, object]) -> int:
        _check(changes)
        self._revisions.reach()
        there = [self._rows[each] for each in dict.fromkeys(identifiers) if each in self._rows]
        for row in there:
            self._change(row, changes)
        return len(there)

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
        return await self.delete_many([identifier]) == 1

    async def delete_many(self, identifiers: Sequence[str]) -> int:
        self._revisions.reach()
        there = [each for each in dict.fromkeys(identifiers) if self._rows.pop(each, None) is not None]
        for each in there:
            self._revisions.deleted.append((self._revisions.advance(), "credential", each))
        return len(there)

    def _change(self, row: Credential, changes: Mapping[str, Any]) -> Credential:
        changed = replace(row, **changes)
        if any(each.id != row.id and each.fingerprint == changed.fingerprint for each in self._rows.values()):
            raise Conflict
        return self._keep(changed)

    def _keep(self, credential: Credential) -> Credential:
        kept = replace(credential, revision=self._revisions.advance())
        self._rows[kept.id] = kept
        return kept


def _check(changes: Mapping[str, object]) -> None:
    if not changes or not changes.keys() <= CHANGEABLE:
        raise ValueError("no field, or none that may be changed")
    if any(value is None and name not in MAY_BE_NONE for name, value in changes.items()):
        raise ValueError("a field that always has a value")


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
        self._versions: list[SettingVersion] = []

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

    async def apply(
        self, version: SettingVersion, overrides: Sequence[SettingOverride], removed: Sequence[str]
    ) -> None:
        self._revisions.reach()
        if version.number != len(self._versions) + 1:
            raise Conflict
        revision = self._revisions.advance()
        for each in overrides:
            self._rows[each.path] = replace(each, revision=revision)
        for path in removed:
            if self._rows.pop(path, None) is not None:
                self._revisions.deleted.append((revision, "setting", path))
        self._versions.append(version)

    async def version(self, number: int) -> SettingVersion | None:
        self._revisions.reach()
        return self._versions[number - 1] if 0 < number <= len(self._versions) else None

    async def versions(self, limit: int, *, before: int | None = None) -> tuple[SettingVersion, ...]:
        self._revisions.reach()
        found = [each for each in reversed(self._versions) if before is None or each.number < before]
        return tuple(found[:limit])


class MemoryJobs:
    """Jobs in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._rows: dict[str, JobRecord] = {}

    async def put(self, job: JobRecord) -> bool:
        self._revisions.reach()
        before = self._rows.get(job.id)
        asked = before is not None and before.cancel_requested
        self._rows[job.id] = replace(job, cancel_requested=asked)
        return asked

    async def get(self, identifier: str) -> JobRecord | None:
        self._revisions.reach()
        return self._rows.get(identifier)

    async def recent(self, limit: int) -> tuple[JobRecord, ...]:
        self._revisions.reach()
        newest = sorted(self._rows.values(), key=lambda row: (row.created_at, row.id), reverse=True)
        return tuple(newest[:limit])

    async def request_cancel(self, identifier: str) -> bool:
        self._revisions.reach()
        row = self._rows.get(identifier)
        if row is None or row.state != "running":
            return False
        self._rows[identifier] = replace(row, cancel_requested=True)
        return True

    async def forget(self, before: float) -> int:
        self._revisions.reach()
        old = [row.id for row in self._rows.values() if row.updated_at < before]
        for identifier in old:
            del self._rows[identifier]
        return len(old)


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

    async def put(self, name: str, value: str) -> None:
        self._revisions.reach()
        self._facts[name] = value


class MemoryRecords:
    """The whole store. Set `revisions.away` to make every verb fail."""

    def __init__(self) -> None:
        self.revisions = Revisions()
        self.claims = MemoryClaims(self.revisions)
        self.credentials = MemoryCredentials(self.revisions, self.claims)
        self.keys = MemoryKeys(self.revisions)
        self.settings = MemorySettings(self.revisions)
        self.models = MemoryModels(self.revisions)
        self.usage = MemoryUsage(self.revisions)
        self.live = MemoryLive(self.revisions)
        self.sessions = MemorySessions(self.revisions.reach)
        self.operators = MemoryOperators(self.revisions.reach)
        self.second_factors = MemorySecondFactors(self.revisions.reach)
        self.tokens = MemoryTokens(self.revisions.reach)
        self.answers = MemoryAnswers(self.revisions.reach)
        self.attempts = MemoryAttempts(self.revisions.reach)
        self.audit = MemoryAudit(self.revisions.reach)
        self.jobs = MemoryJobs(self.revisions)
        self.runs = MemoryRuns(self.revisions.reach)
        self.transcripts = MemorySealedRows[Transcript](self.revisions)
        self.contents = MemorySealedRows[RequestContent](self.revisions)
        self.videos = MemoryVideos(self.revisions.reach)
        self.assets = MemoryAssets(self.revisions.reach)
        self.files = MemoryFiles(self.revisions)
        self.budgets = MemoryBudgets(self.revisions)
        self.meta = MemoryMeta(self.revisions)

    async def changes_since(self, revision: int) -> Changes:
        reset = revision > self.revisions.current
        since = 0 if reset else revision
        credentials = [row for row in await self.credentials.list() if row.revision > since]
        keys = [row for row in await self.keys.list() if row.revision > since]
        settings = [row for row in await self.settings.list() if row.revision > since]
        models = [row for row in await self.models.list() if row.revision > since]
        return Changes(
            revision=self.revisions.current,
            credentials=tuple(sorted(credentials, key=lambda row: row.revision)),
            deleted_credentials=self._gone("credential", revision, {row.id for row in credentials}),
            keys=tuple(sorted(keys, key=lambda row: row.revision)),
            deleted_keys=self._gone("key", revision, {row.id for row in keys}),
            settings=tuple(sorted(settings, key=lambda row: row.revision)),
            deleted_settings=self._gone("setting", revision, {row.path for row in settings}),
            models=tuple(sorted(models, key=lambda row: row.revision)),
            deleted_models=self._gone("model", revision, {row.id for row in models}),
            reset=reset,
        )

    def _gone(self, kind: str, revision: int, present: set[str]) -> tuple[str, ...]:
        gone = [name for at, of, name in self.revisions.deleted if of == kind and at > revision]
        return tuple(name for name in dict.fromkeys(gone) if name not in present)

    async def ping(self) -> None:
        self.revisions.reach()

    async def close(self) -> None:
        self.revisions.away = True
