"""The one statement that the databases spell differently: insert, unless the key is there already.

Must never swallow any other error than the double key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import mysql, postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Insert, Table


def insert_if_absent(dialect: str, table: Table) -> Insert:
    """Return an insert into `table` that leaves a row with the same primary key as it is."""
    keys = [column.name for column in table.primary_key]
    if dialect == "mysql":
        statement = mysql.insert(table)
        return statement.on_duplicate_key_update({name: table.c[name] for name in keys})
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=keys)
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=keys)
