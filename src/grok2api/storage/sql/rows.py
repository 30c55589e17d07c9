"""Between a record and its row: equal names, and lists as JSON text.

A NUL in a text becomes U+FFFD: PostgreSQL keeps none, and clients may write one into the name of a file.
Must never drop or default a field: a record read back is the record that was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec

from grok2api.kit.pace import Pace
from grok2api.kit.slotted import Maker, maker_of, names_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance
    from sqlalchemy import Select

    from grok2api.storage.sql.engine import Unit

Record = TypeVar("Record")
Values = tuple[object, ...]

_LISTS: Final = frozenset(
    {"tags", "models", "former_accounts", "acls", "pool_tags", "endpoints", "networks", "recovery_codes"}
)
_EMPTY: Final = "[]"
_NO_NUL: Final = "\ufffd"
_NUL_WRITTEN: Final = rb"\u0000"
_TOGETHER: Final = 50
"""Rows that the driver's result gives at a time."""


def to_row(record: DataclassInstance) -> dict[str, object]:
    """Return the columns of `record`."""
    names = names_of(type(record))
    return dict(zip(names, values_of(type(record), names)(record), strict=True))


def to_columns(values: Mapping[str, object]) -> dict[str, object]:
    """Return the columns of some fields of a record."""
    row = {name: without_nul(value) for name, value in values.items()}
    for name in _LISTS & row.keys():
        row[name] = msgspec.json.encode(row[name]).decode()
    return row


@cache
def values_of(record_type: Any, names: tuple[str, ...]) -> Callable[[object], Values]:
    """Return what gives some columns of a record, two or more, by position: as a driver takes them."""
    read: Callable[[object], tuple[Any, ...]] = attrgetter(*names)
    lists = [place for place, name in enumerate(names) if name in _LISTS]

    def values(record: object) -> Values:
        found = [
            value.replace("\0", _NO_NUL) if value.__class__ is str and "\0" in value else value
            for value in read(record)
        ]
        for place in lists:
            found[place] = msgspec.json.encode(found[place]).decode() if found[place] else _EMPTY
        return tuple(found)

    return values


def without_nul(value: object) -> object:
    """Return a text without NUL, and any other value as it is."""
    return value.replace("\0", _NO_NUL) if isinstance(value, str) and "\0" in value else value


def without_nuls(values: tuple[object, ...]) -> tuple[object, ...]:
    """Return values, their texts without NUL; one look at all of them tells that there is none."""
    if _NUL_WRITTEN not in msgspec.json.encode(values):
        return values
    return tuple(map(without_nul, values))


async def fetch_all(
    connection: Unit, query: Select[Any], record_type: type[Record], *, hurried: bool = False
) -> tuple[Record, ...]:
    """Return a record for every row of `query`; unless it is hurried, many are read piece by piece."""
    result, kind = await connection.execute(query), cast("Any", record_type)
    make, pace, records = _maker(kind, tuple(result.keys())), Pace(), list[Record]()
    for rows in result.partitions(_TOGETHER):
        for row in rows:
            records.append(make(row))
            if pace.due and not hurried:
                await pace.rest()
    return tuple(records)


async def fetch_one(connection: Unit, query: Select[Any], record_type: type[Record]) -> Record | None:
    """Return the record for the one row of `query`; None if it has none."""
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else from_row(record_type, row)


def from_row(record_type: type[Record], row: Mapping[Any, Any]) -> Record:
    """Return the record that `row` keeps; the row has exactly the record's columns."""
    made: Record = _maker(cast("Any", record_type), tuple(row))(tuple(row.values()))
    return made


@cache
def _maker(record_type: Any, names: tuple[str, ...]) -> Maker:
    """Return what makes records of rows with these columns.

    Made once for each query: to find out anew at every row which columns are lists, and to call a
    constructor by forty names, took the most of what reading ten thousand credentials costs.
    """
    make = maker_of(record_type, names)
    lists = [place for place, name in enumerate(names) if name in _LISTS]

    def read(row: Sequence[Any]) -> Any:
        values = [*row]
        for place in lists:
            text = values[place]
            values[place] = () if text == _EMPTY else msgspec.json.decode(text, type=tuple[str, ...])
        return make(values)

    return read
