"""What commands print: tables for people, JSON for programs.

A terminal gets rich tables; anything else gets plain aligned text, whole and without colour. Must never
pass on what steers a terminal: names, notes and reasons come from people and from upstream.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE: Final = 10_000
_LONG_ID: Final = re.compile(r"[a-z]{3,4}_[0-9a-f]{32}")
_SHORT_ID: Final = 13
_STYLES: Final = {
    "active": "green",
    "ok": "green",
    "cooling": "yellow",
    "hint": "yellow",
    "exhausted": "yellow",
    "mend": "red",
    "wrong": "red",
    "blocked": "red",
    "expired": "red",
    "disabled": "dim",
}


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows under their columns; `empty` is said on stderr when there are none."""
    terminal = sys.stdout.isatty()
    content = [[_cell(value, short=terminal) for value in row] for row in rows]
    if not content:
        click.echo(empty, err=True)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=place == 0 or not terminal)
    for row in content:
        table.add_row(*row)
    if terminal:
        Console(file=sys.stdout).print(table)
        return
    plain = Console(width=_WIDE, force_terminal=False, no_color=True)
    with plain.capture() as captured:
        plain.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Print one thing, a line for each of its fields."""
    rows = [(name, printable(_text(value))) for name, value in fields]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        click.echo(f"{name:<{width}}  {text}".rstrip())


def printable(text: str) -> str:
    """Return one line without anything that steers a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def moment(seconds: float | None) -> str | None:
    """Return wall time as UTC in ISO 8601, to the second."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(value: object, *, short: bool) -> Text:
    """Return a cell; a terminal gets the beginning of an id, which every command takes for the whole."""
    text = printable(_text(value))
    if short and _LONG_ID.fullmatch(text):
        text = text[:_SHORT_ID]
    return Text(text, style=_STYLES.get(text, ""))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
