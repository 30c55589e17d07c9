"""Which credentials are meant when many are meant at once.

A filter that asks for nothing means nobody: to mean all, one has to say so. Must never choose by what a
person cannot see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

from grok2api.storage.records import Credential

_BETWEEN: Final = "\0"


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


def told_of(credential: Credential) -> str:
    """Return all of a credential that a search looks through, in one case; its parts never run together."""
    shown = (
        credential.id,
        credential.name,
        credential.login,
        credential.hint,
        credential.note,
        credential.team_id,
        *credential.tags,
    )
    return _BETWEEN.join(shown).casefold()


def matching(
    wanted: Filter,
    status: Callable[[Credential], str],
    told: Callable[[Credential], str] = told_of,
) -> Callable[[Credential], bool]:
    """Return what tells whether a credential is meant; only what the filter names is looked at.

    Args:
        wanted: Who is meant.
        status: Gives the state as shown.
        told: Gives `told_of`, perhaps from a memory of its own.
    """
    if wanted.empty:
        return lambda _credential: False
    text, checks = wanted.text.casefold(), list[Callable[[Credential], bool]]()
    if wanted.ids:
        checks.append(lambda each: each.id in wanted.ids)
    if wanted.kind:
        checks.append(lambda each: each.kind in wanted.kind)
    if wanted.tier:
        checks.append(lambda each: each.tier in wanted.tier)
    if wanted.tags:
        checks.append(lambda each: not wanted.tags.isdisjoint(each.tags))
    if wanted.account:
        checks.append(lambda each: not wanted.account.isdisjoint(_accounts(each)))
    if text:
        checks.append(lambda each: text in told(each))
    if wanted.status:
        checks.append(lambda each: status(each) in wanted.status)
    return lambda each: all(check(each) for check in checks)


def _accounts(credential: Credential) -> tuple[str, ...]:
    named = (credential.account_id, credential.team_id, credential.user_id, credential.login)
    return tuple(each for each in (*named, *credential.former_accounts) if each)
