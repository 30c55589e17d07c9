"""How a credential looks to an operator, as JSON fields and as words. Must never hold a secret.

A proxy is shown without its user part. The state is the store's, read as of now: a rest that is over
shows as active. Rests of less than half a minute stay inside the server and are not seen here.
"""

from __future__ import annotations

import math
from typing import Final

from grok2api.cli.output import moment
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.pool.health import Status, recall
from grok2api.pool.importing import secret_context
from grok2api.storage.records import Credential

COLUMNS: Final = ("id", "name", "kind", "tier", "hint", "status", "reason", "cooldown_until", "tags")

_UNOPENED: Final = "its secret does not open with this server's secret key"


def credential_view(credential: Credential, box: SecretBox, now: float) -> dict[str, object]:
    """Return the fields that may be shown; times are UTC in ISO 8601. `now` is wall time in seconds."""
    status, reason, until = state_of(credential, box, now)
    return {
        "id": credential.id,
        "name": credential.name,
        "kind": credential.kind,
        "tier": credential.tier,
        "hint": credential.hint,
        "status": status,
        "reason": reason,
        "cooldown_until": moment(until),
        "tags": credential.tags,
        "enabled": credential.enabled,
        "priority": credential.priority,
        "weight": credential.weight,
        "max_concurrency": credential.max_concurrency,
        "proxy": without_user(credential.proxy),
        "models": credential.models,
        "note": credential.note,
        "account_id": credential.account_id,
        "created_at": moment(credential.created_at),
        "updated_at": moment(credential.updated_at),
    }


def state_of(credential: Credential, box: SecretBox, now: float) -> tuple[str, str, float | None]:
    """Return state, reason and the wall time in seconds until which it lasts, None for no known end."""
    if not credential.enabled:
        return "disabled", credential.reason or "switched off", None
    if open_secret(credential, box) is None:
        return "blocked", _UNOPENED, None
    until = credential.cooldown_until
    health = recall(credential.status, credential.reason, None if until is None else until - now, now)
    resting = health.status is not Status.ACTIVE and math.isfinite(health.until)
    return health.status.value, health.reason, health.until if resting else None


def open_secret(credential: Credential, box: SecretBox) -> str | None:
    """Return the plain secret, or None if it does not open with this server's secret key."""
    try:
        return box.open(credential.secret, secret_context(credential.id))
    except SealBroken:
        return None


def without_user(url: str) -> str:
    """Return a URL with its user part masked: it may hold a password."""
    scheme, separator, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}{separator}***@{host}" if user or at else url
