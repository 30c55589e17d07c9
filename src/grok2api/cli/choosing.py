"""Which credentials a command is about: named one by one, or described by options.

Both at once are refused, and so is neither: what acts on everything is told so by `--all`. Must never act
on a guess.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce, wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from grok2api.cli.options import Failed
from grok2api.cli.selection import select
from grok2api.operations.filters import Filter

if TYPE_CHECKING:
    from grok2api.cli.session import Session
    from grok2api.storage.records import Credential

Command = TypeVar("Command", bound="Callable[..., Any]")

STATES: Final = ("active", "cooling", "exhausted", "expired", "blocked", "disabled")
KINDS: Final = ("api_key", "oauth")
TIERS: Final = ("basic", "super")
_GIVE: Final = "Give either IDs, or --all, or options that say which ones."


@dataclass(frozen=True, slots=True)
class Choice:
    """What was typed: references, or a filter."""

    references: tuple[str, ...]
    wanted: Filter

    def checked(self) -> Choice:
        """Return it; UsageError if it names nobody, or in two ways."""
        if bool(self.references) == (not self.wanted.empty):
            raise click.UsageError(_GIVE)
        return self

    def or_everything(self) -> Choice:
        """Return it; if it names nobody, all are meant."""
        return self if not self.wanted.empty else replace(self, wanted=Filter(everything=True))


def choosing(*, clear_of: tuple[str, ...] = (), ids: bool = True) -> Callable[[Command], Command]:
    """Add ID arguments and options that choose; the command takes the result as `choice`.

    Args:
        clear_of: Options that mean something else in this command; here they are called `--where-...`.
        ids: Whether credentials may be named one by one.
    """

    def decorate(function: Command) -> Command:
        @wraps(function)
        def with_choice(*words: Any, **given: Any) -> Any:
            choice = _choice(given)
            return function(*words, choice=choice, **given)

        wrapped: Any = reduce(lambda one, option: option(one), reversed(_options(clear_of)), with_choice)
        if ids:
            wrapped = click.argument("references", metavar="[ID...]", nargs=-1)(wrapped)
        return cast(Command, wrapped)

    return decorate


async def chosen_of(session: Session, choice: Choice) -> list[Credential]:
    """Return the credentials that are meant; Failed if one that was named is missing or fits several."""
    if choice.references:
        return select(await session.records.credentials.list(), choice.references, "credential")
    return await session.pool.choose(choice.wanted)


async def one_of(session: Session, reference: str) -> Credential:
    """Return the one credential that is meant."""
    credentials = await session.records.credentials.list()
    return select(credentials, (reference,), "credential")[0]


def require_some(chosen: list[Credential], choice: Choice) -> list[Credential]:
    """Return them; Failed if a description fits nobody, since then nothing would be done."""
    if not chosen and not choice.wanted.everything:
        raise Failed("no credential fits; see: grok2api credentials list")
    return chosen


def _choice(given: dict[str, Any]) -> Choice:
    """Take the choosing options out of a command's values."""
    return Choice(
        references=given.pop("references", ()),
        wanted=Filter(
            status=frozenset(given.pop("where_status")),
            kind=frozenset(given.pop("where_kind")),
            tier=frozenset(given.pop("where_tier")),
            tags=frozenset(given.pop("where_tags")),
            account=frozenset(given.pop("where_account")),
            text=given.pop("where_text").strip(),
            everything=given.pop("everything"),
        ),
    )


def _options(clear_of: tuple[str, ...]) -> tuple[Callable[[Any], Any], ...]:
    def name(option: str) -> str:
        return f"--where-{option}" if option in clear_of else f"--{option}"

    def several(option: str, into: str, text: str, **more: Any) -> Callable[[Any], Any]:
        return click.option(name(option), into, multiple=True, help=text, **more)

    return (
        click.option("--all", "everything", is_flag=True, help="All credentials."),
        several("status", "where_status", "Those in this state; may be repeated.", type=click.Choice(STATES)),
        several("kind", "where_kind", "Those of this kind.", type=click.Choice(KINDS)),
        several("tier", "where_tier", "Those of this tier.", type=click.Choice(TIERS)),
        several("tag", "where_tags", "Those with this tag; may be repeated, one has to fit."),
        several("account", "where_account", "Those of this account, team, user or e-mail address."),
        click.option(name("text"), "where_text", default="", help="Those whose name, note, tag ... has it."),
    )
