"""`grok2api credentials`: the pool, one credential or many at a time.

A running server follows within seconds. Must never print a key: a credential is known by its id, its name
and its hint.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from grok2api.cli.credential_options import described, description
from grok2api.cli.credential_view import COLUMNS, credential_view
from grok2api.cli.credential_work import Change, add_key, change_all, chosen_of, guarded, views
from grok2api.cli.options import config_option, ids_argument, json_option
from grok2api.cli.output import print_fields, print_json, print_table
from grok2api.cli.session import Session, with_store
from grok2api.pool.health import MANUAL, Status
from grok2api.storage.records import Credential

_LONGEST_INPUT: Final = 64 * 1024


@click.group(short_help="The pool: xAI API keys.")
def credentials() -> None:
    """Manage the pool: xAI API keys.

    ID is an id, the beginning of one, or a name.
    """


@credentials.command()
@click.argument("key", metavar="[KEY|-]", nargs=-1)
@described
@config_option
def add(key: tuple[str, ...], config_file: Path | None, **options: Any) -> None:
    """Add an API key. With - it is read from standard input; without KEY it is asked for."""
    secret, told = _key(key), description(options)
    credential = with_store(config_file, lambda session: add_key(session, secret, told))
    click.echo(f"{credential.id} {credential.hint}")


@credentials.command(name="list")
@json_option
@config_option
def list_credentials(as_json: bool, config_file: Path | None) -> None:
    """List all credentials."""
    rows = with_store(config_file, views)
    if as_json:
        print_json(rows)
    else:
        empty = "the pool is empty; add a key:  grok2api credentials add xai-..."
        print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows], empty=empty)


@credentials.command()
@click.argument("reference", metavar="ID")
@json_option
@config_option
def show(reference: str, as_json: bool, config_file: Path | None) -> None:
    """Show all that is known of a credential, its key apart."""

    async def work(session: Session) -> dict[str, object]:
        credential = (await chosen_of(session, (reference,)))[0]
        return credential_view(credential, session.box, session.now)

    view = with_store(config_file, work)
    if as_json:
        print_json(view)
    else:
        print_fields(view.items())


@credentials.command()
@click.argument("reference", metavar="ID")
@described
@config_option
def edit(reference: str, config_file: Path | None, **options: Any) -> None:
    """Change what a credential may do. --tag and --model replace the whole list; "" empties it."""
    told = description(options)
    if told.empty:
        raise click.UsageError("Nothing to change: give at least one option.")

    async def work(session: Session) -> list[Credential]:
        return await change_all(session, (reference,), lambda each: told.applied(each, session.now))

    _say("changed", guarded(config_file, work))


@credentials.command()
@ids_argument
@config_option
def enable(references: tuple[str, ...], config_file: Path | None) -> None:
    """Put credentials back into service, also those that are blocked or expired."""

    def enabled(credential: Credential) -> Credential:
        parted = credential.status in MANUAL
        health: dict[str, Any] = {"status": "active", "reason": "", "cooldown_until": None} if parted else {}
        return replace(credential, enabled=True, **health)

    _change_each("enabled", references, config_file, enabled)


@credentials.command()
@ids_argument
@config_option
def disable(references: tuple[str, ...], config_file: Path | None) -> None:
    """Take credentials out of service; calls that are under way end undisturbed."""
    _change_each("disabled", references, config_file, lambda each: replace(each, enabled=False))


@credentials.command(name="clear-cooldown")
@click.argument("references", metavar="[ID...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All credentials.")
@config_option
def clear_cooldown(references: tuple[str, ...], everything: bool, config_file: Path | None) -> None:
    """End rests and other states at once: cooling, exhausted, expired and blocked become active."""
    _check_choice(references, everything)

    async def work(session: Session) -> list[Credential]:
        chosen = await chosen_of(session, references, everything)
        for credential in chosen:
            await session.records.credentials.set_health(
                credential.id, status=Status.ACTIVE.value, reason="", cooldown_until=None
            )
        return chosen

    _say("cleared", guarded(config_file, work))


@credentials.command()
@ids_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def delete(references: tuple[str, ...], yes: bool, config_file: Path | None) -> None:
    """Delete credentials for good."""
    chosen = with_store(config_file, lambda session: chosen_of(session, references))
    if not yes:
        named = ", ".join(f"{each.name} ({each.id})" for each in chosen)
        click.confirm(f"Delete {named}?", abort=True, err=True)

    async def work(session: Session) -> None:
        for credential in chosen:
            await session.records.credentials.delete(credential.id)

    with_store(config_file, work)
    _say("deleted", chosen)


@credentials.command()
@click.argument("references", metavar="[ID...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All credentials.")
@json_option
@config_option
def test(references: tuple[str, ...], everything: bool, as_json: bool, config_file: Path | None) -> None:
    """Ask xAI whether credentials work; nothing is spent and nothing is changed."""
    from grok2api.cli.probing import Probe, probe_all  # noqa: PLC0415  both bring along much
    from grok2api.cli.progress import progress_of  # noqa: PLC0415  that no other command needs

    _check_choice(references, everything)

    async def work(session: Session) -> list[Probe]:
        chosen = await chosen_of(session, references, everything)
        with progress_of("asking xAI", len(chosen)) as step:
            return await probe_all(session, chosen, done=step)

    probes = with_store(config_file, work)
    rows = [
        {
            "id": probe.credential.id,
            "name": probe.credential.name,
            "ok": probe.ok,
            "message": probe.message,
        }
        for probe in probes
    ]
    if as_json:
        print_json(rows)
    else:
        shown = [(row["id"], row["name"], "ok" if row["ok"] else "wrong", row["message"]) for row in rows]
        print_table(("id", "name", "result", "message"), shown, empty="the pool is empty")
    if not all(probe.ok for probe in probes):
        sys.exit(1)


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


def _change_each(done: str, references: tuple[str, ...], config_file: Path | None, change: Change) -> None:
    _say(done, guarded(config_file, lambda session: change_all(session, references, change)))


def _check_choice(references: tuple[str, ...], everything: bool) -> None:
    if everything == bool(references):
        raise click.UsageError("Give either IDs or --all.")


def _say(done: str, changed: list[Credential]) -> None:
    for credential in changed:
        click.echo(f"{done} {credential.id} ({credential.name})")
