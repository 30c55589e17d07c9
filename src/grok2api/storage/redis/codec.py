"""Between a record and its hash: equal names, every value as text, made from the record's own fields.

A number is written so that reading it gives the same number: whole ones as digits, others as Python prints
them. None is a field that is not there. A field that only a newer version knows is passed over, and one that
an older version has not written gets its default. Must never write a field that no reader would find.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Generic,
    Literal,
    TypedDict,
    TypeVar,
    Union,
    get_args,
    get_origin,
)
from typing import get_type_hints as hints_of

import msgspec

from grok2api.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")

_TRUE: Final = "1"
_FALSE: Final = "0"


class Change(TypedDict):
    """What becomes of a hash, as the scripts take it."""

    set: dict[str, str]
    drop: list[str]


class Codec(Generic[Record]):
    """Between one type of records and its hashes.

    Args:
        record_type: A dataclass of texts, numbers, truth values, tuples of texts, and these or None.
    """

    def __init__(self, record_type: type[Record]) -> None:
        hints = hints_of(record_type)
        self._type = record_type
        self._forms = {each.name: _form(hints[each.name]) for each in fields(record_type)}
        self._optional = {name for name, hint in hints.items() if type(None) in get_args(hint)}
        self._required = {each.name for each in fields(record_type) if each.default is MISSING}
        self._readers = {name.encode(): (name, _READERS[form]) for name, form in self._forms.items()}

    def encode(self, record: Record) -> Change:
        """Return the change that makes a hash tell of `record` and of nothing else."""
        return self.change({name: getattr(record, name) for name in self._forms})

    def change(self, values: Mapping[str, object], *, fixed: frozenset[str] = frozenset()) -> Change:
        """Return the change that replaces some fields.

        Raises:
            ValueError: it names nothing, a field that there is not or that is `fixed`, or none where there
                always is a value.
        """
        if not values:
            raise ValueError("no field is named")
        change = Change(set={}, drop=[])
        for name, value in values.items():
            if name in fixed or name not in self._forms:
                raise ValueError(f"{name!r} is no field of a {self._type.__name__} that may be changed")
            if value is not None:
                change["set"][name] = text_of(value, self._forms[name])
            elif name in self._optional:
                change["drop"].append(name)
            else:
                raise ValueError(f"{name!r} of a {self._type.__name__} always has a value")
        return change

    def decode(self, flat: Sequence[bytes]) -> Record:
        """Return the record of a hash, given as names and values by turns; StorageError if it is damaged."""
        values: dict[str, Any] = {}
        try:
            for name, value in zip(flat[::2], flat[1::2], strict=True):
                known = self._readers.get(name)
                if known is not None:
                    values[known[0]] = known[1](value)
        except (ValueError, msgspec.DecodeError):
            raise self._damaged() from None
        return self._made(values)

    def encode_whole(self, record: Record) -> str:
        """Return a record that never changes as one text, which is JSON."""
        return msgspec.json.encode(record).decode()

    def decode_whole(self, text: bytes) -> Record:
        """Return the record of such a text; StorageError if it is damaged."""
        try:
            values = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError:
            raise self._damaged() from None
        return self._made({name: values[name] for name in self._forms.keys() & values.keys()})

    def _made(self, values: dict[str, Any]) -> Record:
        for name in self._required - values.keys():
            if name not in self._optional:
                raise self._damaged()
            values[name] = None
        return self._type(**values)

    def _damaged(self) -> StorageError:
        kind = self._type.__name__
        return StorageError(f"The store holds a damaged {kind}; restore it from a backup, or delete its key.")


def text_of(value: object, form: str = "") -> str:
    """Return the text of a value; whole numbers in the place of others get their point."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, int):
        return repr(float(value)) if form == "float" else str(value)
    if isinstance(value, float):
        return repr(value)
    return msgspec.json.encode(value).decode()


def _form(hint: Any) -> str:
    """Return how values of a type are written."""
    origin = get_origin(hint)
    if origin is Literal:
        return "str"
    if origin is tuple:
        return "tuple"
    if origin in {Union, UnionType}:
        forms = {_form(each) for each in get_args(hint) if each is not type(None)}
        if len(forms) == 1:
            return forms.pop()
    name: str = "" if origin is not None else getattr(hint, "__name__", "")
    if name not in _READERS:
        raise TypeError(f"{hint} cannot be kept")
    return name


def _texts(value: bytes) -> tuple[str, ...]:
    return msgspec.json.decode(value, type=tuple[str, ...])


_READERS: Final[Mapping[str, Callable[[bytes], object]]] = {
    "str": bytes.decode,
    "int": int,
    "float": float,
    "bool": lambda value: value == _TRUE.encode(),
    "tuple": _texts,
}
