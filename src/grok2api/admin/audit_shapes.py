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
    """Which entries are meant; what is left out, or empty, is not asked for."""

    actor: str = Field(default="", max_length=255)
    """A name or an id."""
    action: str = Field(default="", max_length=128)
    """An action, such as `credentials.edit`, or its first word for all of them."""
    target: str = Field(default="", max_length=255)
    """What it was done to, mostly an id."""
    way: Literal["session", "token", "cli", "server", ""] = ""
    """How somebody came in; `server` is the server itself."""
    outcome: Literal["begun", "done", "failed", ""] = ""
    """`begun` is the entry before a deed, `done` or `failed` the one after it."""
    request_id: str = Field(default="", max_length=255)
    """The `x-request-id` of a call."""
    since: str = Field(default="", max_length=40)
    """From this moment on, in ISO 8601 with its zone."""
    until: str = Field(default="", max_length=40)
    """Before this moment, in ISO 8601 with its zone."""

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
    """The last page's `next_cursor`; left out for the first page."""


class AuditExportQuery(AuditWanted):
    """All entries that are meant, as a file."""

    format: ExportFormat = "csv"
    """`jsonl` is one JSON object a line."""


class AuditView(Told):
    """One step of one deed."""

    sequence: int
    """Its place in the chain, counted from 1."""
    of: int | None
    """The entry that told of its beginning; null in that one, and where one entry tells all."""
    at: str | None
    """When it happened, UTC in ISO 8601; null only for a time that no calendar holds."""
    actor_id: str
    """Id of the operator or token; empty for the owner, the command line, the server itself, and whoever was
    not let in."""
    actor: str
    """Name of who did it, as it was then; `server` is the server itself."""
    role: str
    """The actor's role then: `viewer`, `operator` or `owner`."""
    way: Way
    """How the actor came in."""
    address: str
    """Where the actor came from; empty while unknown."""
    action: str
    """What was done, such as `credentials.edit`."""
    target: str
    """What it was done to, mostly an id; may be empty."""
    target_name: str | None
    """What the target is called now, or was called then; null where nobody knows."""
    outcome: AuditOutcome
    """`begun` before it is done, `done` or `failed` when it has ended."""
    status: int
    """HTTP status of the answer; 0 while there is none."""
    request_id: str
    """The `x-request-id` of the call; empty where there was none."""
    before: dict[str, Any] | None
    """The fields that changed, as they were; secrets are masked."""
    after: dict[str, Any] | None
    """The same fields as they are now."""
    hash: str
    """Covers this entry and the hash of the one before it."""


AUDITED: Final = tuple(AuditView.model_fields)
"""The columns of an export, in their order."""
_KEPT: Final = tuple(name for name in AUDITED if name != "target_name")


class AuditPage(Told):
    """A page of the audit, newest first."""

    data: list[AuditView]
    """The entries of this page, newest first."""
    next_cursor: int | None
    """Where the next page begins; null on the last one."""


class ChainView(Told):
    """Whether the audit is whole."""

    ok: bool
    """Whether all entries fit."""
    entries: int
    """How many fit, counted up to the first that does not."""
    broken_at: int | None
    """The first entry that does not fit; null if all do."""
    reason: str
    """Why it does not fit; empty if all do."""


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
