"""The options that describe a client key, shared by `create` and `edit`.

An option that was not given changes nothing; an empty text, or 0, takes a limit away. What a value may be is
known to `operations.key_editing`; here it is only asked for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Final, TypeVar

import click

from grok2api.canonical.limits import FAMILIES
from grok2api.errors import InvalidRequest
from grok2api.operations.editing import TIERS
from grok2api.operations.key_editing import LONGEST_RESCUE, NEVER, KeyEdit, ticks_of

Command = TypeVar("Command", bound="Callable[..., Any]")

_SPAN: Final = re.compile(r"([1-9][0-9]{0,4})([hdwy])")
_SECONDS: Final = {"h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_ANY: Final = "any"


def described(function: Command) -> Command:
    """Add the options; the command takes their values as keyword arguments for `description`."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_OPTIONS), function)


def description(values: dict[str, Any]) -> KeyEdit:
    """Return what was said with the options that `described` gives a command; UsageError if it is wrong."""
    try:
        edit = KeyEdit(**values).checked(now=time.time())
    except InvalidRequest as error:
        raise click.UsageError(error.public_message) from None
    if edit.never_log and edit.rescue_seconds:
        raise click.UsageError("--never-log and --rescue do not go together: nothing of it is to be kept.")
    if edit.never_log and edit.record_content:
        raise click.UsageError("--never-log and --record-content do not go together.")
    return edit


def span_seconds(value: str) -> float | None:
    """Return the seconds of a span such as 12h or 7d; None if it is none."""
    match = _SPAN.fullmatch(value)
    return None if match is None else float(int(match[1]) * _SECONDS[match[2]])


def _expiry(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """Read a span from now, a date or `never`; return wall time in seconds."""
    if value is None:
        return None
    if value in {"", "never"}:
        return NEVER
    now = time.time()
    if (span := span_seconds(value)) is not None:
        return now + span
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write a span (12h, 30d, 8w, 1y), a date (2027-01-31), or never.") from None
    seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if seconds <= now:
        raise click.BadParameter("this is in the past.")
    return seconds


def _retention(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """Read a span; return seconds, 0 for `off`, None if nothing was said."""
    if value is None:
        return None
    if value in {"", "off"}:
        return 0.0
    seconds = span_seconds(value)
    if seconds is None or seconds > LONGEST_RESCUE:
        raise click.BadParameter("write a span of at most a year (12h, 7d, 4w), or off.")
    return seconds


def _money(_context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """Read an amount in US dollars; return ticks."""
    if value is None:
        return None
    try:
        return ticks_of(value or "0", param=option.opts[0])
    except InvalidRequest as error:
        raise click.BadParameter(error.public_message) from None


def _given(
    _context: click.Context, _option: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Tell "not given" from "given empty"."""
    return value or None


def _tier(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    return "" if value == _ANY else value


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--model", "models", multiple=True, callback=_given,
                 help="A model it may ask for; may be repeated. All if never given."),
    click.option("--endpoint", "endpoints", multiple=True, callback=_given,
                 help=f"Endpoints it may use: {', '.join(FAMILIES)}; may be repeated. All if never given."),
    click.option("--network", "networks", multiple=True, callback=_given,
                 help="An address or network (10.0.0.0/8) its client must be in; may be repeated."),
    click.option("--rpm", type=int, help="Requests a minute; 0 is no limit."),
    click.option("--tpm", type=int, help="Tokens a minute; 0 is no limit."),
    click.option("--max-concurrency", type=int, help="Requests at a time; 0 is no limit."),
    click.option("--budget-day", "budget_day_ticks", metavar="USD", callback=_money,
                 help="Money for a day in UTC; 0 is no limit."),
    click.option("--budget-month", "budget_month_ticks", metavar="USD", callback=_money,
                 help="Money for a month in UTC; 0 is no limit."),
    click.option("--expires", "expires_at", metavar="SPAN|DATE", callback=_expiry,
                 help="When it ends: 12h, 30d, 8w, 1y, the (UTC) date from which it is refused, or never."),
    click.option("--strict/--no-strict", default=None,
                 help="Refuse what cannot be honoured instead of dropping it."),
    click.option("--pool-tag", "--tag", "pool_tags", multiple=True, callback=_given,
                 help="Only credentials with this tag serve it; may be repeated, one has to fit."),
    click.option("--pool-tier", "--tier", "pool_tier", type=click.Choice((*TIERS, _ANY)), callback=_tier,
                 help="Only credentials of this tier serve it."),
    click.option("--rescue", "rescue_seconds", metavar="SPAN|off", callback=_retention,
                 help="Keep its conversations, sealed, for so long (7d), so that they go on when their "
                 "account cannot."),
    click.option("--never-log/--log", "never_log", default=None,
                 help="Keep nothing of its requests but what they used and did cost."),
    click.option("--record-content/--no-record-content", "record_content", default=None,
                 help="Keep its prompts and answers, sealed, for a while: operators can read them in the "
                 "console. Off unless given."),
    click.option("--content-hours", type=int,
                 help="For how many hours; 0 is as long as ledger.content_hours says."),
    click.option("--note", help="A remark for people."),
)  # fmt: skip
