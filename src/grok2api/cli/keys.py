"""`grok2api keys`: who may call this server.

`create` and `rotate` are the only commands that print a secret: the key that was just made, once, and nothing
else on stdout, so that a script can take it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from grok2api.cli.key_options import described, description, span_seconds
from grok2api.cli.options import config_option, ids_argument, json_option
from grok2api.cli.output import print_fields, print_json, print_table
from grok2api.cli.selection import select
from grok2api.cli.session import Session, with_store
from grok2api.errors import InvalidRequest
from grok2api.operations.client_keys import key_view
from grok2api.operations.key_editing import LONGEST_OVERLAP, KeyEdit
from grok2api.routing import catalogue

if TYPE_CHECKING:
    from grok2api.operations.client_keys import KeyOperations
    from grok2api.storage.records import ClientKey

_COLUMNS: Final = (
    *("id", "name", "hint", "state", "limits", "models", "pool_tags", "pool_tier", "strict", "rescue"),
    *("expires", "created"),
)


@click.group(short_help="Client keys: who may call this server.")
def keys() -> None:
    """Manage client keys: who may call this server.

    ID is an id, the beginning of one, or a name.
    """


@keys.command()
@click.option("--name", required=True, help="What people call it.")
@described
@config_option
def create(config_file: Path | None, **said: Any) -> None:
    """Make a key and print it. It is shown this once only."""
    edit = description(said)
    _warn_of_unknown(edit.models or ())

    async def work(session: Session) -> str:
        made = await _operations(session).create(edit, now=session.now)
        session.note.target, session.note.after = made.record.id, key_view(made.record, session.now)
        return made.plain

    click.echo(with_store(config_file, work, writes="keys.create"))


@keys.command(name="list")
@json_option
@config_option
def list_keys(as_json: bool, config_file: Path | None) -> None:
    """List all keys that were made here. Those of the setting app.api_key are not among them."""

    async def work(session: Session) -> tuple[list[dict[str, object]], int]:
        records = await _operations(session).list()
        return [key_view(each, session.now) for each in records], len(session.settings.app.api_key)

    rows, configured = with_store(config_file, work)
    if as_json:
        print_json(rows)
        return
    empty = "no client keys here; make one:  grok2api keys create --name NAME"
    print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows], empty=empty)
    if configured:
        click.echo(f"besides, {configured} from the setting app.api_key", err=True)


@keys.command()
@click.argument("reference", metavar="ID")
@json_option
@config_option
def show(reference: str, as_json: bool, config_file: Path | None) -> None:
    """Show all that is known of a key, and what it has spent in this day and month (UTC)."""

    async def work(session: Session) -> dict[str, object]:
        from grok2api.accounting.budgets import Budgets  # noqa: PLC0415  not needed by the other commands
        from grok2api.kit.clock import SystemClock  # noqa: PLC0415  as above
        from grok2api.operations.notation import usd  # noqa: PLC0415  as above

        (key,) = select(await session.records.keys.list(), (reference,), "key")
        spent = (await Budgets(session.records.budgets, SystemClock()).spending([key.id]))[key.id]
        told = {
            "spent_day_usd": usd(spent.day.spent),
            "reserved_day_usd": usd(spent.day.reserved),
            "spent_month_usd": usd(spent.month.spent),
            "reserved_month_usd": usd(spent.month.reserved),
        }
        counted = key.budget_day_ticks or key.budget_month_ticks or spent.month.spent
        return {**key_view(key, session.now), **(told if counted else {})}

    view = with_store(config_file, work)
    if as_json:
        print_json(view)
    else:
        print_fields(view.items())


@keys.command()
@ids_argument
@click.option("--name", help="What people call it.")
@described
@config_option
def edit(references: tuple[str, ...], config_file: Path | None, **said: Any) -> None:
    """Change keys. What is not given stays as it is; an empty text, or 0, takes a limit away."""
    wanted = description(said)
    if wanted.empty:
        raise click.UsageError("Say what to change, such as --rpm 60; see --help.")
    if wanted.name is not None and len(references) > 1:
        raise click.UsageError("A name is for one key.")
    _warn_of_unknown(wanted.models or ())
    _change(config_file, references, wanted, "changed", writes="keys.edit")


@keys.command()
@ids_argument
@config_option
def enable(references: tuple[str, ...], config_file: Path | None) -> None:
    """Let keys be used again."""
    _change(config_file, references, KeyEdit(enabled=True), "enabled", writes="keys.enable")


@keys.command()
@ids_argument
@config_option
def disable(references: tuple[str, ...], config_file: Path | None) -> None:
    """Refuse keys until they are enabled again; requests that run end undisturbed."""
    _change(config_file, references, KeyEdit(enabled=False), "disabled", writes="keys.disable")


@keys.command()
@click.argument("reference", metavar="ID")
@click.option(
    "--overlap", metavar="SPAN", default="24h", show_default=True,
    help="How long the present key stays valid beside the new one (12h, 7d), or none.",
)  # fmt: skip
@config_option
def rotate(reference: str, overlap: str, config_file: Path | None) -> None:
    """Give a key a new secret and print it. It is shown this once only."""
    seconds = 0.0 if overlap in {"none", "0"} else span_seconds(overlap)
    if seconds is None or seconds > LONGEST_OVERLAP:
        raise click.UsageError("--overlap: write a span of at most 90 days (12h, 7d), or none.")

    async def work(session: Session) -> str:
        (key,) = select(await session.records.keys.list(), (reference,), "key")
        made = await _operations(session).rotate(key, overlap=seconds, now=session.now)
        session.note.target, session.note.before = key.id, key_view(key, session.now)
        session.note.after = key_view(made.record, session.now)
        return made.plain

    click.echo(with_store(config_file, work, writes="keys.rotate"))


@keys.command()
@ids_argument
@config_option
def revoke(references: tuple[str, ...], config_file: Path | None) -> None:
    """Revoke keys for good: requests that show them are refused, and what is kept for them is forgotten."""

    async def revoked(operations: KeyOperations, key: ClientKey, _now: float) -> None:
        await operations.delete(key)

    _each(config_file, references, revoked, "revoked", writes="keys.revoke")


def _change(
    config_file: Path | None, references: tuple[str, ...], wanted: KeyEdit, done: str, *, writes: str
) -> None:
    async def changed(operations: KeyOperations, key: ClientKey, now: float) -> None:
        try:
            await operations.edit(key, wanted, now=now)
        except InvalidRequest as error:
            raise click.UsageError(f"{key.id} ({key.name}): {error.public_message}") from None

    _each(config_file, references, changed, done, writes=writes)


def _each(
    config_file: Path | None,
    references: tuple[str, ...],
    change: Callable[[KeyOperations, ClientKey, float], Awaitable[None]],
    done: str,
    *,
    writes: str,
) -> None:
    """Do something to each key that is meant, and say so."""

    async def work(session: Session) -> list[ClientKey]:
        chosen, operations = (
            select(await session.records.keys.list(), references, "key"),
            _operations(session),
        )
        session.note.target = chosen[0].id if len(chosen) == 1 else ""
        session.note.before = {"keys": [key_view(each, session.now) for each in chosen]}
        for key in chosen:
            await change(operations, key, session.now)
        left = {each.id: each for each in await operations.list()}
        kept = [key_view(left[each.id], session.now) for each in chosen if each.id in left]
        session.note.after = {"keys": kept}
        return chosen

    for key in with_store(config_file, work, writes=writes):
        click.echo(f"{done} {key.id} ({key.name})")


def _operations(session: Session) -> KeyOperations:
    from grok2api.operations.client_keys import KeyOperations  # noqa: PLC0415  a help text must not wait for it
    from grok2api.server.prepare import PEPPER_PURPOSE  # noqa: PLC0415  brings a database along

    return KeyOperations(session.records, pepper=session.ring.derive(PEPPER_PURPOSE))


def _warn_of_unknown(models: tuple[str, ...]) -> None:
    shipped = catalogue.load() if models else None
    for name in models:
        if shipped is not None and shipped.resolve(name) is None:
            click.echo(f"warning: {name[:80]} is no model known here; grok2api models lists them", err=True)
