"""From what a person types to the records that are meant: ids, beginnings of ids, or names.

Everything is resolved before anything is done, so that a slip in the third name changes nothing. Must
never choose between two records that both fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from grok2api.cli.options import Failed, spoken


class Named(Protocol):
    """A record that can be pointed at."""

    @property
    def id(self) -> str:
        """The record's id."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


Record = TypeVar("Record", bound=Named)


def select(records: Sequence[Record], references: Sequence[str], noun: str) -> list[Record]:
    """Return the records that are meant, each once, in the order in which they were named.

    Args:
        records: All there are.
        references: Ids, beginnings of ids (with or without the kind before `_`), or names.
        noun: What a record is called in an error.

    Raises:
        Failed: one is missing, or fits several.
    """
    chosen = [_one(records, reference, noun) for reference in references]
    return list({record.id: record for record in chosen}.values())


def _one(records: Sequence[Record], reference: str, noun: str) -> Record:
    for fits in (_is_id, _is_name, _begins_id):
        found = [record for record in records if fits(record, reference)]
        if len(found) == 1:
            return found[0]
        if found:
            which = ", ".join(record.id for record in found[:5])
            raise Failed(f"'{spoken(reference)}' fits several {noun}s: {which}")
    raise Failed(f"no {noun} '{spoken(reference)}'; see: grok2api {noun}s list")


def _is_id(record: Named, reference: str) -> bool:
    return record.id == reference


def _is_name(record: Named, reference: str) -> bool:
    return record.name == reference


def _begins_id(record: Named, reference: str) -> bool:
    bare = record.id.partition("_")[2]
    return bool(reference) and (record.id.startswith(reference) or bare.startswith(reference))
