"""The options that describe a credential, shared by `add` and `edit`, and what they change in a record.

An option that was not given changes nothing; an empty text empties a field. Must never touch the secret,
the account or the health.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import Any, Literal, TypeVar

import click

from grok2api.config.checks import proxy_url
from grok2api.config.schema import WrongValue
from grok2api.storage.records import Credential, Tier

Command = TypeVar("Command", bound="Callable[..., Any]")
_MOST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the options say; None where one was not given."""

    name: str | None = None
    tier: Tier | None = None
    tags: tuple[str, ...] | None = None
    priority: int | None = None
    weight: int | None = None
    max_concurrency: int | None = None
    proxy: str | None = None
    models: tuple[str, ...] | None = None
    note: str | None = None

    @property
    def empty(self) -> bool:
        """Whether no option was given."""
        return not self._given()

    def applied(self, credential: Credential, now: float) -> Credential:
        """Return the record with what was given, changed at `now`; an empty name becomes the hint."""
        given = self._given()
        if given.get("name") == "":
            given["name"] = credential.hint
        return replace(credential, updated_at=now, **given)

    def _given(self) -> dict[str, Any]:
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in values if value is not None}


def described(function: Command) -> Command:
    """Add the options; the command takes their values as keyword arguments for `description`."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_OPTIONS), function)


def description(values: dict[str, Any]) -> Description:
    """Return the description in the keyword arguments that `described` gives a command."""
    return Description(**values)


def _texts(
    _context: click.Context, _option: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Tell "not given" from "given empty", and drop doubles."""
    if not value:
        return None
    return tuple(dict.fromkeys(text.strip() for text in value if text.strip()))


def _proxy(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return proxy_url(value.strip())
    except WrongValue as error:
        raise click.BadParameter(f"it {error.must}") from None


_TIERS: tuple[Literal["basic", "super"], ...] = ("basic", "super")
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--name", help="What people call it; the key's hint if empty."),
    click.option("--tier", type=click.Choice(_TIERS), help="What it may be used for.  [default: super]"),
    click.option("--tag", "tags", multiple=True, callback=_texts, help="A free word; may be repeated."),
    click.option("--priority", type=click.IntRange(-_MOST, _MOST), help="The higher one is chosen first."),
    click.option("--weight", type=click.IntRange(1, _MOST), help="Share of the work under `weighted`."),
    click.option("--max-concurrency", type=click.IntRange(0, _MOST), help="Calls at a time; 0 is no limit."),
    click.option("--proxy", callback=_proxy, help="Proxy for its calls, http://user:password@host:port."),
    click.option(
        "--model",
        "models",
        multiple=True,
        callback=_texts,
        help="An upstream model it may serve; may be repeated. All if never given.",
    ),
    click.option("--note", help="A remark for people."),
)
