"""What the admin API takes and gives about the audit. Must never offer a way to change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from pydantic import Field

from grok2api.admin.exports import ExportFormat
from grok2api.admin.moments import span_of
from grok2api.admin.shapes import Asked, Told
from grok2api.operations.auditing import Way
from grok2api.operations.notation import moment
from grok2api.storage.auditing import AuditEntry, AuditFilter, AuditOutcome


class AuditWanted(Asked):
    """Which entries are meant. `since` and `until` are moments in ISO 8601."""

    actor: str = Field(default="", max_length=255)
    action: str = Field(default="", max_length=128)
    target: str = Field(default="", max_length=255)
    way: Literal["session", "token", "cli", "server", ""] = ""
    outcome: Literal["begun", "done", "failed", ""] = ""
    request_id: str = Field(default="", max_length=255)
    since: str = Field(default="", max_length=40)
    until: str = Field(default="", max_length=40)

    def filter(self) -> AuditFilter:
        """Return it as the store takes it; InvalidRequest for what is no span of time."""
        since, until = span_of(self.since, self.until, ("since", "until"))
        return AuditFilter(
            actor=self.actor,
            action=self.action,
            target=self.target,
            way=self.way,
            outcome=self.outcome,
            request_id=self.request_id,
            since=since,
            until=until,
        )


class AuditQuery(AuditWanted):
    """A page of entries."""

    limit: int = Field(default=100, ge=1, le=500)
    cursor: int | None = Field(default=None, ge=1)


class AuditExportQuery(AuditWanted):
    """All entries that are meant, as a file."""

    format: ExportFormat = "csv"


class AuditView(Told):
    """One step of one deed: `begun` before it is done, `done` or `failed` when it has ended."""

    sequence: int
    of: int | None
    """The entry that told of its beginning; null in that one, and where one entry tells all."""
    at: str | None
    actor_id: str
    actor: str
    role: str
    way: Way
    address: str
    action: str
    target: str
    target_name: str | None
    """What the target is called now, or was called then; null where nobody knows."""
    outcome: AuditOutcome
    status: int
    request_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


AUDITED: Final = tuple(AuditView.model_fields)
"""The columns of an export, in their order."""
_KEPT: Final = tuple(name for name in AUDITED if name != "target_name")


class AuditPage(Told):
    """A page of the audit, newest first."""

    data: list[AuditView]
    next_cursor: int | None


class ChainView(Told):
    """Whether the audit is whole; `broken_at` is the first entry that does not fit."""

    ok: bool
    entries: int
    broken_at: int | None
    reason: str


def audit_view(entry: AuditEntry, names: Mapping[str, str]) -> AuditView:
    """Return how an entry looks; `names` tells what targets are called now, by their ids."""
    told = {name: getattr(entry, name) for name in _KEPT}
    for side in ("before", "after"):
        told[side] = msgspec.json.decode(told[side]) if told[side] else None
    told["target_name"] = names.get(entry.target) or _named(told["after"]) or _named(told["before"])
    return AuditView.model_validate({**told, "of": entry.of or None, "at": moment(entry.at)})


def _named(side: object) -> str | None:
    """Return the name that one side of a change tells."""
    name = side.get("name") if isinstance(side, dict) else None
    return name if isinstance(name, str) and name else None
