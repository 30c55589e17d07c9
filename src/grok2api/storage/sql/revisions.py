"""The revision counter: how other processes hear of a change without reading every table.

A writer takes the counter before it touches anything else. Its row is thereby the lock that puts the
writers in one order on every database, and whoever reads a revision sees all that came before it.
Must never be used outside a writing unit of work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.tables import revision_counter, tombstones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.sql.engine import Unit


TOMBSTONES_KEPT: Final = 10_000
"""A process that slept through more deletions than this reads everything anew."""


class NothingChanged(Exception):
    """There was nothing to change, so the revision that was taken goes back."""


async def next_revision(connection: Unit) -> int:
    """Take the next revision."""
    await connection.execute(update(revision_counter).values(value=revision_counter.c.value + 1))
    revision: int = (await connection.execute(select(revision_counter.c.value))).scalar_one()
    return revision


async def bury(connection: Unit, kind: str, identifiers: Sequence[str], revision: int) -> None:
    """Remember what was deleted, and forget the oldest deletions when there are too many."""
    await exhume(connection, kind, identifiers)
    rows = [{"kind": kind, "id": each, "revision": revision} for each in identifiers]
    await connection.execute(tombstones.insert(), rows)
    by_age = select(tombstones.c.revision).order_by(tombstones.c.revision.desc())
    oldest = (await connection.execute(by_age.limit(1).offset(TOMBSTONES_KEPT))).scalar_one_or_none()
    if oldest is not None:
        await connection.execute(delete(tombstones).where(tombstones.c.revision <= oldest))
        await connection.execute(update(revision_counter).values(forgotten=oldest))


async def exhume(connection: Unit, kind: str, identifiers: Sequence[str]) -> None:
    """Forget deletions, because the things are there again."""
    for chunk in chunks(identifiers):
        await connection.execute(
            delete(tombstones).where(tombstones.c.kind == kind, tombstones.c.id.in_(chunk))
        )
