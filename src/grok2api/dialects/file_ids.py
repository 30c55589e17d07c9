"""The ids of files as clients know them: sealed like all others, behind the prefix that clients expect.

Must never open another key's id.
"""

from __future__ import annotations

from typing import Final

from grok2api.canonical.call import Caller
from grok2api.kit.sealedid import SealedId, SealedIds

PREFIX: Final = "file"
_PUBLIC: Final = "file-"
_SEALED: Final = "file_"


def seal_file(ids: SealedIds, *, account: str | bytes, owner: str, upstream_id: str) -> str:
    """Return the public id of a file.

    Args:
        ids: Seals.
        account: Id of the account that holds it, or its hash.
        owner: Id of the client key that made it.
        upstream_id: As upstream wrote it.
    """
    return seal_file_on(ids, ids.route(account, owner), upstream_id)


def seal_file_on(ids: SealedIds, route: bytes, upstream_id: str) -> str:
    """Return the public id of a file for a route that `SealedIds.route` made."""
    sealed = ids.seal_on(route, PREFIX, upstream_id)
    return _PUBLIC + sealed.removeprefix(_SEALED)


def open_file(ids: SealedIds, public_id: str, caller: Caller) -> SealedId | None:
    """Return what a public id says; None if it is not ours, or not this caller's."""
    if not public_id.startswith(_PUBLIC):
        return None
    opened = ids.open(_SEALED + public_id.removeprefix(_PUBLIC))
    if opened is None or opened.owner_hash != ids.owner_hash(caller.key_id):
        return None
    return opened
