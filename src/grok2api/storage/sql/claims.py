"""Who may do what alone, among all processes that share the database.

A row is made by the first who asks and stays for good: it holds the last fence, so that no two holders of
one name ever had the same. A claim that has run out is still its holder's until somebody else takes it.
Must never be told by its end alone that a write is allowed: clocks differ, fences do not (`check_held`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, select, update

from grok2api.storage.records import Claim, ClaimLost
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.tables import claims

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlalchemy import ColumnElement

    from grok2api.storage.sql.engine import Database, Unit

CLOCK_SLACK: Final = 60.0
"""Seconds by which an end may lie too far ahead and still be believed: callers read the clock before they
wait for the database, and the clocks of two hosts are never quite equal."""


@repeating
class SqlClaims:
    """Who may do what alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def acquire(self, name: str, /, *, holder: str, seconds: float, now: float) -> Claim | None:
        """Return the claim with the next fence; None while somebody else holds it."""
        async with self._database.writing() as connection:
            nobody = {"name": name, "holder": "", "fence": 0, "until": 0.0, "lifetime": 0.0}
            await connection.execute(insert_if_absent(connection.dialect.name, claims).values(nobody))
            query = select(claims).where(claims.c.name == name).with_for_update()
            row = (await connection.execute(query)).mappings().one()
            if _holder(row, now) not in {None, holder}:
                return None
            claim = Claim(name=name, holder=holder, fence=row["fence"] + 1, until=now + seconds)
            await connection.execute(
                update(claims)
                .where(claims.c.name == name)
                .values(holder=holder, fence=claim.fence, until=claim.until, lifetime=seconds)
            )
        return claim

    async def renew(self, claim: Claim, /, *, seconds: float, now: float) -> Claim | None:
        """Return the claim with a later end and the same fence; None if it is lost."""
        until = now + seconds
        change = update(claims).where(_is_held(claim)).values(until=until, lifetime=seconds)
        async with self._database.writing() as connection:
            if not (await connection.execute(change)).rowcount:
                return None
        return Claim(name=claim.name, holder=claim.holder, fence=claim.fence, until=until)

    async def release(self, claim: Claim, /) -> None:
        """Let go of a claim, if it is still held; its fence is kept."""
        async with self._database.writing() as connection:
            await connection.execute(update(claims).where(_is_held(claim)).values(holder="", until=0.0))

    async def holder(self, name: str, /, *, now: float) -> str | None:
        """Return who holds a claim now."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(claims).where(claims.c.name == name))).mappings().first()
        return None if row is None else _holder(row, now)


async def check_held(connection: Unit, claim: Claim) -> None:
    """Return if `claim` is still its holder's, and keep it so until the transaction ends.

    Raises:
        ClaimLost: It is not.
    """
    query = select(claims.c.fence).where(_is_held(claim)).with_for_update()
    if (await connection.execute(query)).first() is None:
        raise ClaimLost(f"{claim.name} is not held any more")


def _holder(row: Mapping[Any, Any], now: float) -> str | None:
    """Return who holds the claim of `row`, if anybody does."""
    holder: str = row["holder"]
    running = now < row["until"] <= now + row["lifetime"] + CLOCK_SLACK
    return holder if holder and running else None


def _is_held(claim: Claim) -> ColumnElement[bool]:
    return and_(claims.c.name == claim.name, claims.c.holder == claim.holder, claims.c.fence == claim.fence)
