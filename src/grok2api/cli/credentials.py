"""`grok2api credentials`: the pool, one credential or many at a time.

A running server follows within seconds. Must never print a key or a token: a credential is known by its id,
its name and its hint.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click

from grok2api.cli.choosing import Choice, choosing, chosen_of, one_of, require_some
from grok2api.cli.credential_changes import clear_cooldown, delete, disable, enable, said
from grok2api.cli.credential_checks import refresh, test
from grok2api.cli.credential_files import export_file, import_file
from grok2api.cli.credential_options import described, description
from grok2api.cli.options import config_option, json_option
from grok2api.cli.output import print_fields, print_json, print_table
from grok2api.cli.session import Session, with_store
from grok2api.operations.pooling import Outcome
from grok2api.storage.records import Credential

_LONGEST_INPUT: Final = 64 * 1024
_COLUMNS: Final = (
    "id",
    "name",
    "kind",
    "tier",
    "hint",
    "login",
    "team_id",
    "status",
    "reason",
    "cooldown_until",
    "tags",
)


@click.group(short_help="The pool: xAI API keys and sign-ins.")
def credentials() -> None:
    """Manage the pool: xAI API keys and sign-ins.

    ID is an id, the beginning of one, or a name. Instead of IDs, options say which ones are meant; values of
    one option are alternatives, and all options have to fit.
    """


@credentials.command()
@click.argument("key", metavar="[KEY|-]", nargs=-1)
@described
@config_option
def add(key: tuple[str, ...], config_file: Path | None, **options: Any) -> None:
    """Add an API key. With - it is read from standard input; without KEY it is asked for."""
    secret, told = _key(key), description(options)

    async def work(session: Session) -> Credential:
        added = await session.pool.add_key(secret, told)
        session.note.of([added], name=added.name, hint=added.hint)
        return added

    credential = with_store(config_file, work, writes="credentials.add")
    click.echo(f"{credential.id} {credential.hint}")


@credentials.command(name="list")
@choosing(ids=False)
@json_option
@config_option
def list_credentials(choice: Choice, as_json: bool, config_file: Path | None) -> None:
    """List all credentials, or those that are described."""

    async def work(session: Session) -> list[dict[str, object]]:
        return await session.pool.views(await session.pool.choose(choice.or_everything().wanted))

    rows = with_store(config_file, work)
    if as_json:
        print_json(rows)
        return
    empty = "the pool is empty; add a key:  grok2api credentials add xai-..."
    if not choice.wanted.empty:
        empty = "no credential fits"
    print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows], empty=empty)


@credentials.command()
@click.argument("reference", metavar="ID")
@json_option
@config_option
def show(reference: str, as_json: bool, config_file: Path | None) -> None:
    """Show all that is known of a credential, its secret apart."""

    async def work(session: Session) -> dict[str, object]:
        return await session.pool.view(await one_of(session, reference))

    view = with_store(config_file, work)
    if as_json:
        print_json(view)
    else:
        print_fields(view.items())


@credentials.command()
@choosing(clear_of=("tier", "tag"))
@described
@click.option("--add-tag", "add_tags", multiple=True, help="Add a tag and keep the others; may be repeated.")
@click.option("--remove-tag", "remove_tags", multiple=True, help="Take a tag away; may be repeated.")
@config_option
def edit(choice: Choice, config_file: Path | None, **options: Any) -> None:
    """Change what credentials may do. --tag and --model replace the whole list; "" empties it."""
    told = description(options)
    choice.checked()
    if told.empty:
        raise click.UsageError("Nothing to change: give at least one option.")

    async def work(session: Session) -> Outcome:
        chosen = require_some(await chosen_of(session, choice), choice)
        if told.name and len(chosen) > 1:
            raise click.UsageError(f"--name is for one credential; {len(chosen)} are meant.")
        session.note.of(chosen, changes=told.shown())
        return await session.pool.edit(chosen, told)

    said("changed", with_store(config_file, work, writes="credentials.edit"))


def _key(given: tuple[str, ...]) -> str:
    """Return the key from the argument, standard input or the terminal; never repeat it in an error."""
    if len(given) > 1:
        raise click.UsageError("Give one key at a time.")
    if given == ("-",):
        return sys.stdin.read(_LONGEST_INPUT)
    if given:
        return given[0]
    if not sys.stdin.isatty():
        raise click.UsageError("Give the key, or - to read it from standard input.")
    answer: str = click.prompt("xAI API key", hide_input=True, err=True)
    return answer


for each in (enable, disable, clear_cooldown, delete, test, refresh, import_file, export_file):
    credentials.add_command(each)
