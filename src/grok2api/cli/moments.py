"""Moments as people write them on the command line: how long ago, or a date.

Must never guess: what cannot be read is refused with what can.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from grok2api.cli.key_options import span_seconds


def moment_option(flag: str, name: str, text: str) -> Callable[[Any], Any]:
    """Return an option whose value is a wall time in seconds; None if it was not given."""
    return click.option(flag, name, metavar="SPAN|DATE", callback=_read, help=text)


def _read(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    if (span := span_seconds(value)) is not None:
        return time.time() - span
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            "write how long ago (12h, 7d, 4w), or a date, in UTC unless it says otherwise (2026-11-26T08:00)."
        ) from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
