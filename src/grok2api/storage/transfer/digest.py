"""Whether two stores hold the same: a count and a digest for each family, the same on every backend.

The digest is a sum of hashes, one for each record, so the order in which a store yields them does not matter,
and a record that is missing, doubled or changed in a single bit shows. Must never depend on how a backend
writes a value: a whole number in a field of fractions and its fraction are the same, and so are NUL and
U+FFFD, since PostgreSQL keeps no NUL.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, get_args
from typing import get_type_hints as hints_of

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import DataclassInstance

    from grok2api.storage.transfer.families import Family

_BITS: Final = 256
_NUL: Final = b"\\u0000"
_REPLACEMENT: Final = "\ufffd".encode()


def canonical_form(family: Family) -> Callable[[DataclassInstance], bytes]:
    """Return the function that writes a record of a family the same way whichever store it comes from."""
    names = [each.name for each in fields(family.record)]
    hints = hints_of(family.record)
    fractions = [place for place, name in enumerate(names) if float in (hints[name], *get_args(hints[name]))]
    values_of: Callable[[Any], tuple[Any, ...]] = attrgetter(*names)
    encode = msgspec.json.Encoder().encode

    def form(record: DataclassInstance) -> bytes:
        values = list(values_of(record))
        for place in fractions:
            if values[place] is not None:
                values[place] = float(values[place])
        text = encode(values)
        return text.replace(_NUL, _REPLACEMENT) if _NUL in text else text

    return form


class Tally:
    """Counts records of one family, and adds their hashes up."""

    __slots__ = ("_form", "_sum", "count")

    def __init__(self, family: Family) -> None:
        self._form = canonical_form(family)
        self._sum = 0
        self.count = 0

    def add(self, records: Iterable[DataclassInstance]) -> None:
        """Take some records in."""
        for record in records:
            self._sum += int.from_bytes(hashlib.sha256(self._form(record)).digest())
            self.count += 1

    @property
    def digest(self) -> str:
        """The digest of all that was taken in, as 64 hexadecimal digits."""
        return f"{self._sum % (1 << _BITS):064x}"
