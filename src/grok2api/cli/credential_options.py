"""The options that describe a credential, shared by `add` and `edit`.

An option that was not given changes nothing; an empty text empties a field. What a value may be is known to
`operations.editing`; here it is only asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

import click

from grok2api.errors import InvalidRequest
from grok2api.operations.editing import MOST, TIERS, Edit

Command = TypeVar("Command", bound="Callable[..., Any]")


def described(function: Command) -> Command:
    """Add the options; the command takes their values as keyword arguments for `description`."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_OPTIONS), function)


def description(values: dict[str, Any]) -> Edit:
    """Return what was said with the options that `described` gives a command; UsageError if it is wrong."""
    try:
        return Edit(**values).checked()
    except InvalidRequest as error:
        raise click.UsageError(error.public_message) from None


def _given(
    _context: click.Context, _option: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Tell "not given" from "given empty"."""
    return value or None


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--name", help="What people call it; the key's hint if empty."),
    click.option("--tier", type=click.Choice(TIERS), help="What it may be used for."),
    click.option("--tag", "tags", multiple=True, callback=_given, help="A free word; may be repeated."),
    click.option("--priority", type=click.IntRange(-MOST, MOST), help="The higher one is chosen first."),
    click.option("--weight", type=click.IntRange(1, MOST), help="Share of the work under `weighted`."),
    click.option("--max-concurrency", type=click.IntRange(0, MOST), help="Calls at a time; 0 is no limit."),
    click.option("--proxy", help="Proxy for its calls: http, https or socks5://user:password@host:port."),
    click.option(
        "--model",
        "models",
        multiple=True,
        callback=_given,
        help="An upstream model it may serve; may be repeated. All if never given.",
    ),
    click.option("--note", help="A remark for people."),
)
