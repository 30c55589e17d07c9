"""What the databases spell differently: to insert unless the key is there already, or in place of that row.

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


def insert_or_replace(dialect: str, table: Table) -> Insert:
    """Return an insert into `table` that takes the place of a row with the same primary key."""
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in keys]
    if dialect == "mysql":
        into = mysql.insert(table)
        return into.on_duplicate_key_update({name: into.inserted[name] for name in others})
    if dialect == "postgresql":
        upsert = postgresql.insert(table)
        new = {name: upsert.excluded[name] for name in others}
        return upsert.on_conflict_do_update(index_elements=keys, set_=new)
    insert = sqlite.insert(table)
    new = {name: insert.excluded[name] for name in others}
    return insert.on_conflict_do_update(index_elements=keys, set_=new)
