"""How every table is made: byte by byte the same order of texts, and one engine, whatever the database.

Must never hold a table itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import MetaData, Table

if TYPE_CHECKING:
    from sqlalchemy.schema import SchemaItem

METADATA: Final = MetaData()


def table(name: str, *items: SchemaItem, clustered: bool = False) -> Table:
    """Return a table; a clustered one lies in the order of its key in SQLite too, as it does in MySQL."""
    return Table(
        name,
        METADATA,
        *items,
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
        sqlite_with_rowid=not clustered,
    )
