"""Which schema a database has, and how an empty one gets that of this version.

Must never change a database that has any table.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, MetaData, String, Table, inspect, select

from grok2api.storage.sql.tables import metadata, revision_counter

if TYPE_CHECKING:
    from sqlalchemy import Connection

NEWEST: Final = "0016"
"""The last migration, whose outcome is what `storage.sql.tables` says."""

_VERSION: Final = Table(
    "alembic_version", MetaData(), Column("version_num", String(32), primary_key=True, nullable=False)
)
"""Where Alembic notes the schema of a database."""


class Age(Enum):
    """How old a database is."""

    UNBORN = "without any table"
    PRESENT = "of this version"
    OTHER = "older, newer, or a stranger's"


def age_of(connection: Connection) -> Age:
    """Return how old the database is."""
    names = inspect(connection).get_table_names()
    if _VERSION.name not in names:
        return Age.OTHER if names else Age.UNBORN
    noted = connection.execute(select(_VERSION.c.version_num)).scalars().all()
    return Age.PRESENT if noted == [NEWEST] else Age.OTHER


def create(connection: Connection) -> None:
    """Make every table of this version in an empty database. What says so comes last."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(revision_counter.insert().values(id=1, value=0, forgotten=0))
    _VERSION.create(connection)
    connection.execute(_VERSION.insert().values(version_num=NEWEST))
