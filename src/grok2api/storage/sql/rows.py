"""Between a record and its row: equal names, and lists as JSON text.

Must never drop or default a field: a record read back is the record that was kept.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

Record = TypeVar("Record")

_LISTS: Final = frozenset({"tags", "models"})


def to_row(record: DataclassInstance) -> dict[str, object]:
    """Return the columns of `record`."""
    row: dict[str, object] = {each.name: getattr(record, each.name) for each in fields(record)}
    for name in _LISTS & row.keys():
        row[name] = msgspec.json.encode(row[name]).decode()
    return row


def from_row(record_type: type[Record], row: Mapping[Any, Any]) -> Record:
    """Return the record that `row` keeps; the row has exactly the record's columns."""
    values = dict(row)
    for name in _LISTS & values.keys():
        values[name] = msgspec.json.decode(values[name], type=tuple[str, ...])
    return record_type(**values)
