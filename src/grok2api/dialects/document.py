"""Render a surface's field table as documentation: one row per field, in either language.

The rows are the same that validate and translate, so the page cannot promise what the code does not do.
Must never know a dialect: the tables are handed in, and so are the sentences around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from grok2api.dialects.fields import Field, FieldTable, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's words for a table."""

    columns: tuple[str, str, str, str]
    """Heads: field, what becomes of it, values that mean nothing, note."""
    policies: Mapping[Policy, str]
    required: str
    """Follows the policy of a field that every request must carry."""
    notes: Mapping[str, str]
    """A row's note in this language; a note that is not in it stands as it is."""


def table_lines(table: FieldTable, words: Words) -> Iterator[str]:
    """Yield the Markdown lines of a table, in the order of its rows."""
    yield _cells(words.columns)
    yield _cells(("---",) * len(words.columns))
    for row in table.rows:
        yield _cells(
            (f"`{row.name}`", _policy(row, words), _neutral(row), words.notes.get(row.note, row.note))
        )


def _policy(row: Field, words: Words) -> str:
    return words.policies[row.policy] + (words.required if row.required else "")


def _neutral(row: Field) -> str:
    return ", ".join(f"`{msgspec.json.encode(value).decode()}`" for value in row.neutral)


def _cells(texts: tuple[str, ...]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"
