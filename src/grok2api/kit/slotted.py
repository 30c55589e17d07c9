"""Frozen dataclasses of many fields, made by the thousand: filled slot by slot, for constructors are slow.

A type without slots, or with a constructor that does more than take its fields, is made by its constructor.
Must never leave a field without a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")
Maker = Callable[[Sequence[Any]], Any]
"""Makes a record of values that come in a certain order."""


@cache
def names_of(record_type: Any) -> tuple[str, ...]:
    """Return the names of a record's fields, in their order."""
    return tuple(each.name for each in fields(record_type))


@cache
def maker_of(record_type: Any, names: tuple[str, ...]) -> Maker:
    """Return what makes records of the values of the fields with these names."""
    places = [vars(record_type).get(name) for name in names]
    fill = [place.__set__ for place in places if isinstance(place, MemberDescriptorType)]
    whole = set(names) == set(names_of(record_type)) and len(fill) == len(names)
    if not whole or hasattr(record_type, "__post_init__"):
        return lambda values: record_type(**dict(zip(names, values, strict=True)))

    def make(values: Sequence[Any]) -> Any:
        made: Any = object.__new__(record_type)
        for put, value in zip(fill, values, strict=True):
            put(made, value)
        return made

    return make


def replaced(record: Record, changes: Mapping[str, object]) -> Record:
    """Return a record with other values in some fields; KeyError for a name that is no field."""
    places, read, make = _copier(type(record))
    values = [*read(record)]
    for name, value in changes.items():
        values[places[name]] = value
    copy: Record = make(values)
    return copy


@cache
def _copier(record_type: Any) -> tuple[Mapping[str, int], Callable[[object], tuple[object, ...]], Maker]:
    names = names_of(record_type)
    read: Callable[[object], Any] = attrgetter(*names)
    places = {name: place for place, name in enumerate(names)}
    return places, read if len(names) > 1 else lambda record: (read(record),), maker_of(record_type, names)
