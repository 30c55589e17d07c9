"""What commands print: tables for people, JSON for programs.

A terminal gets rich tables; anything else gets plain aligned text, whole and without colour. Must never
pass on what steers a terminal: names, notes and reasons come from people and from upstream.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Final

import click
import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_MOST_STYLED: Final = 500
"""More rows than this nobody reads at a glance, and laying them out takes seconds."""
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
    content = [[printable(_text(value)) for value in row] for row in rows]
    if not content:
        click.echo(empty, err=True)
    elif terminal and len(content) <= _MOST_STYLED:
        _print_styled(columns, content)
    else:
        _print_plain(columns, content)


def _print_styled(columns: Sequence[str], content: Sequence[Sequence[str]]) -> None:
    """Print a table for a terminal: no columns that tell nothing, and of ids the beginnings."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    cells = list(zip(*content, strict=True))
    telling = [place for place, column in enumerate(cells) if any(column) and column not in cells[:place]]
    for place in telling:
        table.add_column(columns[place], overflow="fold", no_wrap=place == 0)
    for row in content:
        table.add_row(*(_cell(row[place]) for place in telling))
    Console(file=sys.stdout).print(table)


def _print_plain(columns: Sequence[str], content: Sequence[Sequence[str]]) -> None:
    """Print aligned text, whole and without colour; quick also for ten thousand rows."""
    lines = (columns, *content)
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Print one thing, a line for each of its fields."""
    rows = [(name, printable(_text(value))) for name, value in fields]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        click.echo(f"{name:<{width}}  {text}".rstrip())


def printable(text: str) -> str:
    """Return one line without anything that steers a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _cell(text: str) -> Text:
    """Return a cell; of an id the beginning, which every command takes for the whole."""
    short = text[:_SHORT_ID] if _LONG_ID.fullmatch(text) else text
    return Text(short, style=_STYLES.get(short, ""))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
