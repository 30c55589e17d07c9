"""How a credential looks to an operator, as JSON fields. Must never hold a secret.

A proxy is shown without its user part. The state is the store's, read as of now: a rest that is over
shows as active. Rests of less than half a minute stay inside the server and are not seen here.
"""

from __future__ import annotations

import math
from typing import Final

from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.operations.notation import moment, usd
from grok2api.pool.health import Status, recall, recalled_status
from grok2api.pool.importing import secret_context
from grok2api.pool.proxy_seal import open_proxy
from grok2api.storage.records import Credential, UsageTotals

UNOPENED: Final = "its secret does not open with this server's secret key"
PROXY_UNOPENED: Final = "its proxy does not open with this server's secret key"


def credential_view(
    credential: Credential, *, box: SecretBox, now: float, used: UsageTotals | None = None
) -> dict[str, object]:
    """Return the fields that may be shown; times are UTC in ISO 8601.

    Args:
        credential: The record.
        box: Tells whether the secret opens, which is part of the state.
        now: Wall time in seconds.
        used: What it has served by the ledger; None if nothing.
    """
    status, reason, until = state_of(credential, box, now)
    return {
        "id": credential.id,
        "name": credential.name,
        "kind": credential.kind,
        "tier": credential.tier,
        "hint": credential.hint,
        "login": credential.login,
        "status": status,
        "reason": reason,
        "cooldown_until": moment(until),
        "enabled": credential.enabled,
        "tags": list(credential.tags),
        "priority": credential.priority,
        "weight": credential.weight,
        "max_concurrency": credential.max_concurrency,
        "proxy": _shown_proxy(credential, box),
        "models": list(credential.models),
        "note": credential.note,
        "account_id": credential.account_id,
        "team_id": credential.team_id,
        "user_id": credential.user_id,
        "acls": list(credential.acls),
        "probed_at": moment(credential.probed_at),
        "expires_at": moment(credential.expires_at or None),
        "refreshed_at": moment(credential.refreshed_at),
        "generation": credential.generation,
        "refresh_error": credential.refresh_error,
        "needs_sign_in": needs_sign_in(credential),
        "quota": quota_view(credential),
        "usage": usage_view(used),
        "created_at": moment(credential.created_at),
        "updated_at": moment(credential.updated_at),
    }


def quota_view(credential: Credential) -> dict[str, object]:
    """Return what is known of the allowance: the share that is left (0 to 1), whence, and as of when."""
    return {
        "left": credential.quota_left,
        "source": credential.quota_source,
        "at": moment(credential.quota_at),
    }


def usage_view(used: UsageTotals | None) -> dict[str, object]:
    """Return what a credential has served; money as exact decimal text and as whole ticks."""
    ticks = used.cost_ticks if used else 0
    return {
        "requests": used.requests if used else 0,
        "input_tokens": used.input_tokens if used else 0,
        "output_tokens": used.output_tokens if used else 0,
        "cost_usd": usd(ticks),
        "cost_ticks": ticks,
        "last_used_at": moment(used.last_used_at) if used else None,
    }


def needs_sign_in(credential: Credential) -> bool:
    """Tell whether only a new sign-in brings this one back."""
    return credential.kind == "oauth" and (credential.refresh_dead or credential.status == Status.EXPIRED)


def state_of(credential: Credential, box: SecretBox, now: float) -> tuple[str, str, float | None]:
    """Return state, reason and the wall time in seconds until which it lasts, None for no known end.

    Args:
        credential: The record.
        box: Tells whether secret and proxy open.
        now: Wall time in seconds.
    """
    if not credential.enabled:
        return Status.DISABLED.value, credential.reason or "switched off", None
    shut = unopened(credential, box)
    if shut:
        return Status.BLOCKED.value, shut, None
    until = credential.cooldown_until
    health = recall(credential.status, credential.reason, None if until is None else until - now, now)
    resting = health.status is not Status.ACTIVE and math.isfinite(health.until)
    return health.status.value, health.reason, health.until if resting else None


def status_of(credential: Credential, now: float, *, opens: bool) -> Status:
    """Return the state alone that `state_of` gives, for those who count many.

    Args:
        credential: The record.
        now: Wall time in seconds.
        opens: Whether secret and proxy open.
    """
    if not credential.enabled:
        return Status.DISABLED
    if not opens:
        return Status.BLOCKED
    until = credential.cooldown_until
    return recalled_status(credential.status, None if until is None else until - now)


def unopened(credential: Credential, box: SecretBox) -> str:
    """Return what does not open with this server's key, so that nothing can be sent; empty if all does."""
    if open_secret(credential, box) is None:
        return UNOPENED
    try:
        open_proxy(credential, box)
    except SealBroken:
        return PROXY_UNOPENED
    return ""


def open_secret(credential: Credential, box: SecretBox) -> str | None:
    """Return the plain secret, or None if it does not open with this server's secret key."""
    try:
        return box.open(credential.secret, secret_context(credential.id))
    except SealBroken:
        return None


def _shown_proxy(credential: Credential, box: SecretBox) -> str:
    """Return the proxy as it may be shown; stars for one that does not open."""
    try:
        return without_user(open_proxy(credential, box))
    except SealBroken:
        return "***"


def without_user(url: str) -> str:
    """Return a URL with its user part masked: it may hold a password."""
    scheme, separator, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}{separator}***@{host}" if user or at else url
