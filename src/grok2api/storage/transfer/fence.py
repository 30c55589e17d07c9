"""Keeps a store that is half-way through a migration from being served, and knows which copy it is.

The mark is a fact in the target's own meta table, written before the first record is copied, and the last
thing to change when all records are there and compared. Must never be copied itself, nor hold an address with
a password.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from grok2api.storage.stores import MetaStore

FACT: Final = "migration"

CopyState = Literal["copying", "whole", "served"]
"""Being filled; filled and compared, but never served; served since, so that a copy would undo changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a store says of the migration that filled it.

    Attributes:
        origin: Where from, for people; without a password.
        seal: Tells the source from other stores: hash of its canary; empty if nothing was sealed there.
        revision: The last revision of the copy when it was whole; another one tells of changes since.
    """

    state: CopyState
    origin: str
    seal: str
    revision: int = 0


def encode_mark(mark: Mark) -> str:
    """Return a mark as its fact."""
    return msgspec.json.encode(mark).decode()


def decode_mark(fact: str | None) -> Mark | None:
    """Return the mark of a fact; None without one; ConfigError if it is damaged."""
    if not fact:
        return None
    try:
        return msgspec.json.decode(fact, type=Mark)
    except msgspec.DecodeError:
        raise ConfigError(
            "storage: the store's note of its migration is damaged; empty the store and migrate again"
        ) from None


async def check_whole(meta: MetaStore) -> None:
    """Return if the store may be opened; ConfigError if a migration into it was not finished."""
    mark = decode_mark(await meta.get(FACT))
    if mark is not None and mark.state == "copying":
        raise ConfigError(unfinished(mark))


async def note_served(meta: MetaStore) -> None:
    """Note that the store is served from now on, so that nobody copies into it again."""
    mark = decode_mark(await meta.get(FACT))
    if mark is not None and mark.state == "whole":
        await meta.put(FACT, encode_mark(replace(mark, state="served")))


def unfinished(mark: Mark) -> str:
    """Return what to do about a store that is half-way through a migration."""
    return (
        f"storage: a migration from {mark.origin} into this store was not finished, so it is not served; run "
        "`grok2api db migrate --to ...` again with the settings of the old store, or go on with the old store"
    )
