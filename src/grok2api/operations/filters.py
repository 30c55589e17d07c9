"""Which credentials are meant when many are meant at once.

A filter that asks for nothing means nobody: to mean all, one has to say so. Must never choose by what a
person cannot see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from grok2api.storage.records import Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Every field that is given has to fit; of several values in one field, one has to.

    Attributes:
        ids: Ids, in full.
        status: States as they are shown, so that a rest that is over counts as active.
        kind: `api_key` or `oauth`.
        tier: `basic` or `super`.
        tags: Tags, one of which it has.
        account: Account, team or user ids, or e-mail addresses.
        text: Part of its id, name, address, hint, note, tag or team; case does not matter.
        everything: All there are, as far as the other fields let them.
    """

    ids: frozenset[str] = frozenset()
    status: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    tier: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    account: frozenset[str] = frozenset()
    text: str = ""
    everything: bool = False

    @property
    def empty(self) -> bool:
        """Whether it asks for nothing, and so means nobody."""
        return not any(getattr(self, field.name) for field in fields(self))


def matches(wanted: Filter, credential: Credential, status: Callable[[Credential], str]) -> bool:
    """Tell whether a credential is meant.

    Args:
        wanted: Who is meant.
        credential: The record.
        status: Gives the state as shown; asked only if the filter names a state.
    """
    if wanted.empty or not _described(wanted, credential):
        return False
    if wanted.account and wanted.account.isdisjoint(_accounts(credential)):
        return False
    if wanted.text and not _mentions(credential, wanted.text.casefold()):
        return False
    return not wanted.status or status(credential) in wanted.status


def _described(wanted: Filter, credential: Credential) -> bool:
    return (
        (not wanted.ids or credential.id in wanted.ids)
        and (not wanted.kind or credential.kind in wanted.kind)
        and (not wanted.tier or credential.tier in wanted.tier)
        and (not wanted.tags or not wanted.tags.isdisjoint(credential.tags))
    )


def _accounts(credential: Credential) -> tuple[str, ...]:
    named = (credential.account_id, credential.team_id, credential.user_id, credential.login)
    return tuple(each for each in (*named, *credential.former_accounts) if each)


def _mentions(credential: Credential, text: str) -> bool:
    shown = (
        credential.id,
        credential.name,
        credential.login,
        credential.hint,
        credential.note,
        credential.team_id,
        *credential.tags,
    )
    return any(text in each.casefold() for each in shown)
