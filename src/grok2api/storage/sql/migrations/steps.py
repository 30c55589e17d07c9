"""What migrations do to tables, so that they can be done over where a database knows no undo.

MySQL and MariaDB end the transaction at every change of the schema: a process that is killed leaves half a
step behind, and the next one must find it and go on. The other databases undo half a step by themselves, and
there anything that is in the way is an error.
Must never take a table for ours that has other columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op
from sqlalchemy import Column, column, inspect, select, table, update

from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sqlalchemy import Inspector, Select
    from sqlalchemy.schema import SchemaItem
    from sqlalchemy.types import TypeEngine


def create_table(name: str, *items: SchemaItem, clustered: bool = False) -> None:
    """Make a table, unless a step that broke off has made it.

    A clustered one lies in the order of its key in SQLite too.
    """
    seen = _look()
    if seen is None or not seen.has_table(name):
        op.create_table(
            name,
            *items,
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_bin",
            mysql_engine="InnoDB",
            sqlite_with_rowid=not clustered,
        )
        return
    wanted = {each.name for each in items if isinstance(each, Column)}
    if {each["name"] for each in seen.get_columns(name)} != wanted:
        raise ConfigError(
            f"database: it holds a table {name!r} that is not this program's; give it a database of its own"
        )


def create_index(name: str, table_name: str, columns: Sequence[str], *, unique: bool = False) -> None:
    """Make an index, unless a step that broke off has made it."""
    seen = _look()
    if seen is None or name not in {each["name"] for each in seen.get_indexes(table_name)}:
        op.create_index(name, table_name, list(columns), unique=unique)


def drop_index(name: str, table_name: str) -> None:
    """Drop an index, unless a step that broke off has dropped it."""
    seen = _look()
    if seen is None or name in {each["name"] for each in seen.get_indexes(table_name)}:
        op.drop_index(name, table_name)


def fill_table(name: str, columns: Sequence[str], rows: Select[Any]) -> None:
    """Insert what a query finds into a table that is still empty; one statement is whole or not done."""
    kept = table(name, *(column(each) for each in columns))
    if not op.get_bind().execute(select(kept.c[columns[0]]).limit(1)).first():
        op.execute(kept.insert().from_select(list(columns), rows))


def fill_part(name: str, columns: Sequence[str], rows: Select[Any], part: Mapping[str, object]) -> None:
    """Insert what a query finds into the part of a table that has these values, if it is still empty."""
    kept = table(name, *(column(each) for each in columns))
    there = select(kept.c[columns[0]]).where(*(kept.c[each] == value for each, value in part.items()))
    if not op.get_bind().execute(there.limit(1)).first():
        op.execute(kept.insert().from_select(list(columns), rows))


def add_row(name: str, row: Mapping[str, object], key: str) -> None:
    """Insert a row, unless one with this key is there."""
    rows = table(name, *(column(each) for each in row))
    if not op.get_bind().execute(select(rows.c[key]).where(rows.c[key] == row[key])).first():
        op.execute(rows.insert().values(dict(row)))


def add_columns(name: str, columns: Sequence[str], kind: TypeEngine[Any]) -> None:
    """Add columns of one type that may be empty."""
    present = _columns(name)
    for each in columns:
        if each not in present:
            op.add_column(name, Column(each, kind))


def add_filled_columns(name: str, columns: Mapping[str, tuple[TypeEngine[Any], object]]) -> None:
    """Add columns that may not be empty, with what the rows that are there have in them.

    They are filled before that is asked of them: no default that all databases allow for a long text could.
    """
    for each, (kind, _) in columns.items():
        add_columns(name, [each], kind)
    seen = _look()
    present = [] if seen is None else seen.get_columns(name)
    done = {each["name"] for each in present if not each["nullable"]}
    left = {each: told for each, told in columns.items() if each not in done}
    if not left:
        return
    rows = table(name, *(column(each, kind) for each, (kind, _) in left.items()))
    op.execute(update(rows).values({each: value for each, (_, value) in left.items()}))
    with op.batch_alter_table(name) as batch:
        for each, (kind, _) in left.items():
            batch.alter_column(each, existing_type=kind, nullable=False)


def drop_table(name: str) -> None:
    """Drop a table, unless a step that broke off has dropped it."""
    seen = _look()
    if seen is None or seen.has_table(name):
        op.drop_table(name)


def drop_columns(name: str, columns: Sequence[str]) -> None:
    """Drop columns, but those that a step that broke off has dropped."""
    seen = _look()
    present = None if seen is None else {each["name"] for each in seen.get_columns(name)}
    there = [each for each in columns if present is None or each in present]
    if there:
        with op.batch_alter_table(name) as batch:
            for each in there:
                batch.drop_column(each)


def _columns(name: str) -> set[str]:
    """Return the columns that are there already where a step may have broken off; else none."""
    seen = _look()
    return set() if seen is None else {each["name"] for each in seen.get_columns(name)}


def _look() -> Inspector | None:
    """Return what is there now, where half a step may have stayed behind."""
    bind = op.get_bind()
    return inspect(bind) if bind.dialect.name in {"mysql", "mariadb"} else None
