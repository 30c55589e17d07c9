"""Goes through the audit, for `db verify` and `doctor`. Must never change it."""

from __future__ import annotations

from grok2api.cli.session import Session
from grok2api.cli.store_checks import Finding, secrets_open
from grok2api.kit.clock import SystemClock
from grok2api.operations.auditing import AuditTrail


async def audit_whole(session: Session) -> list[Finding]:
    """Return whether every entry of the audit is as it was written."""
    verdict = await AuditTrail(session.records.audit, session.ring, SystemClock()).verify()
    if verdict.broken_at is None:
        return [Finding("audit", "ok", f"{verdict.entries} entries in one chain")]
    message = f"{verdict.reason}; what is behind it cannot be trusted: compare with a backup"
    return [Finding("audit", "mend", message)]


async def all_sound(session: Session) -> list[Finding]:
    """Return whether every sealed secret opens, and the audit is whole."""
    return [*await secrets_open(session), *await audit_whole(session)]
