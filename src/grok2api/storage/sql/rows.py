"""Between a record and its row: equal names, and lists as JSON text.

A NUL in a text becomes U+FFFD: PostgreSQL keeps none, and clients may write one into the name of a file.
Must never drop or default a field: a record read back is the record that was kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from grok2api.storage.sql.chunks import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance
    from sqlalchemy import Select

    from grok2api.storage.sql.engine import Unit

Record = TypeVar("Record")

_LISTS: Final = frozenset(
    {"tags", "models", "former_accounts", "acls", "pool_tags", "endpoints", "networks", "recovery_codes"}
)
_EMPTY: Final = "[]"
_NUL_WRITTEN: Final = rb"\u0000"


def to_row(record: DataclassInstance) -> dict[str, object]:
    """Return the columns of `record`."""
    return to_columns({each.name: getattr(record, each.name) for each in fields(record)})


def to_columns(values: Mapping[str, object]) -> dict[str, object]:
    """Return the columns of some fields of a record."""
    row = {name: without_nul(value) for name, value in values.items()}
    for name in _LISTS & row.keys():
        row[name] = msgspec.json.encode(row[name]).decode()
    return row


def without_nul(value: object) -> object:
    """Return a text without NUL, and any other value as it is."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value


def without_nuls(values: tuple[object, ...]) -> tuple[object, ...]:
    """Return values, their texts without NUL; one look at all of them tells that there is none."""
    if _NUL_WRITTEN not in msgspec.json.encode(values):
        return values
    return tuple(map(without_nul, values))


async def fetch_all(connection: Unit, query: Select[Any], record_type: type[Record]) -> tuple[Record, ...]:
    """Return a record for every row of `query`; the event loop gets its turn while it reads many."""
    result = await connection.execute(query)
    names = tuple(result.keys())
    records: list[Record] = []
    for rows in result.partitions(LONGEST):
        records.extend(from_row(record_type, dict(zip(names, row, strict=True))) for row in rows)
        await asyncio.sleep(0)
    return tuple(records)


def from_row(record_type: type[Record], row: Mapping[Any, Any]) -> Record:
    """Return the record that `row` keeps; the row has exactly the record's columns."""
    values = dict(row)
    for name in _LISTS & values.keys():
        text = values[name]
        values[name] = () if text == _EMPTY else msgspec.json.decode(text, type=tuple[str, ...])
    return record_type(**values)
