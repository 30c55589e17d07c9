"""Inserts as each database spells them: unless the key is there, or in place of that row, or joined with it.

Must never swallow any other error than the double key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import mysql, postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement, Dialect, Insert, Table

    Join = Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[Any]]


def insert_if_absent(dialect: str, table: Table) -> Insert:
    """Return an insert into `table` that leaves a row with the same primary key as it is."""
    keys = [column.name for column in table.primary_key]
    if dialect == "mysql":
        return mysql.insert(table).on_duplicate_key_update({name: table.c[name] for name in keys})
    return _upsert(dialect, table).on_conflict_do_nothing(index_elements=keys)


def insert_or_replace(dialect: str, table: Table) -> Insert:
    """Return an insert into `table` that takes the place of a row with the same primary key."""
    keys = {column.name for column in table.primary_key}
    others = [column.name for column in table.columns if column.name not in keys]
    return insert_or_join(dialect, table, dict.fromkeys(others, lambda _held, new: new))


def insert_or_join(dialect: str, table: Table, joins: Mapping[str, Join]) -> Insert:
    """Return an insert into `table` that is joined with a row with the same primary key.

    Args:
        dialect: The database's.
        table: Where to.
        joins: What becomes of a column, of what the row holds and of what is new; others stay as they are.
    """
    if dialect == "mysql":
        into = mysql.insert(table)
        new = into.inserted
        return into.on_duplicate_key_update(
            {name: join(table.c[name], new[name]) for name, join in joins.items()}
        )
    upsert = _upsert(dialect, table)
    joined = {name: join(table.c[name], upsert.excluded[name]) for name, join in joins.items()}
    keys = [column.name for column in table.primary_key]
    return upsert.on_conflict_do_update(index_elements=keys, set_=joined)


def by_position(statement: Insert, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """Return a statement as the driver takes it, and the names of its values in their order.

    Whoever keeps both spares the parameters of every row, which cost more than the row itself.

    Raises:
        LookupError: the driver takes values by their names only.
    """
    compiled = statement.compile(dialect=dialect)
    names: list[str] | None = getattr(compiled, "positiontup", None)
    if names is None:
        raise LookupError(f"the {dialect.name} driver takes no values by position")
    return compiled.string, tuple(names)


def _upsert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
