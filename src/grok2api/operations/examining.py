"""What an answer about its identity means for a credential: which fields of its record change.

Pure. The account follows xAI's team, so that the keys of one team share what belongs to it; the former
account is kept, for clients hold ids that name it. Must never block a credential for less than an
unmistakable flag, and never end a block that something else imposed.
"""

from __future__ import annotations

from typing import Final

from grok2api.canonical.identity import Identity
from grok2api.kit.ids import sane
from grok2api.pool.health import HEALTHY, Status
from grok2api.storage.records import Credential

_FLAGGED: Final = "on being asked: "
"""How the reason of a block begins that a flag imposed; only such a block is lifted when the flag is gone."""
_MOST_FORMER: Final = 20


def examine(record: Credential, identity: Identity, now: float) -> dict[str, object]:
    """Return the changes for `CredentialStore.change`: fields that get another value, and `probed_at`.

    `updated_at` is left alone on purpose: it tells a running server that an operator acted.

    Args:
        record: As the store has it.
        identity: What xAI answered; may be empty.
        now: Wall time in seconds.
    """
    told = _names(record, identity) | _health(record, identity)
    changed = {name: value for name, value in told.items() if value != getattr(record, name)}
    return {**changed, "probed_at": now}


def _names(record: Credential, identity: Identity) -> dict[str, object]:
    """Return who it is; what xAI does not tell stays as it was."""
    told: dict[str, object] = {}
    if identity.team_id and sane(identity.team_id):
        account = f"team_{identity.team_id}"
        told |= {"team_id": identity.team_id, "account_id": account}
        if account != record.account_id:
            told["former_accounts"] = _former(record, account)
    if identity.user_id:
        told["user_id"] = identity.user_id
    if identity.acls:
        told["acls"] = identity.acls
    return told


def _former(record: Credential, account: str) -> tuple[str, ...]:
    """Return the accounts it was known under, the latest last."""
    earlier = dict.fromkeys((*record.former_accounts, record.account_id))
    return tuple(each for each in earlier if each != account)[-_MOST_FORMER:]


def _health(record: Credential, identity: Identity) -> dict[str, object]:
    if identity.blocked:
        reason = _FLAGGED + identity.blocked
        return {"status": Status.BLOCKED.value, "reason": reason, "cooldown_until": None}
    flagged = record.status == Status.BLOCKED and record.reason.startswith(_FLAGGED)
    return dict(HEALTHY) if flagged and identity.known else {}
