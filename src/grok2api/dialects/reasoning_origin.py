"""Marks encrypted reasoning with the account that can read it, on its way to the client and back.

Only the team that made it can decrypt it, and clients replay it without the ids of its items. The mark is a
sealed id of nothing but the account and the client key; what follows it is upstream's own text. Must never
refuse a text without a mark: it may come from before the gateway, and upstream will say what it thinks of it.
Source: xai-api.md §8 row 18.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from grok2api.kit.sealedid import SealedIds

_PREFIX: Final = "enc"
_BORDER: Final = "."


class Origin(NamedTuple):
    """Encrypted reasoning as upstream wrote it, and who can read it."""

    account: bytes | None
    """Hash of the account that made it; None if it carries no mark."""
    content: str
    foreign: bool = False
    """Whether another client key was given it."""


def marked(ids: SealedIds, content: str, *, account: str, owner: str) -> str:
    """Return encrypted reasoning for the client."""
    return marked_on(ids, ids.route(account, owner), content)


def marked_on(ids: SealedIds, route: bytes, content: str) -> str:
    """Return encrypted content for the client, for a route that `SealedIds.route` made."""
    return f"{ids.seal_on(route, _PREFIX, '')}{_BORDER}{content}"


def origin_of(ids: SealedIds, text: str, owner: str) -> Origin:
    """Return what a client sent back, opened."""
    mark, border, content = text.partition(_BORDER)
    opened = ids.open(mark) if border and mark.startswith(_PREFIX) else None
    if opened is None:
        return Origin(None, text)
    return Origin(opened.account_hash, content, opened.owner_hash != ids.owner_hash(owner))
