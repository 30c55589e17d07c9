"""Commands that change many credentials in the same way: enable, disable, clear-cooldown, delete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import click

from grok2api.cli.choosing import Choice, choosing, chosen_of, require_some
from grok2api.cli.options import Failed, config_option
from grok2api.cli.session import Session, with_store
from grok2api.operations.pooling import Outcome, PoolOperations
from grok2api.storage.records import Credential

Change = Callable[[PoolOperations, Sequence[Credential]], Awaitable[Outcome]]

_ACTIONS: Final = {"enabled": "enable", "disabled": "disable", "cleared": "clear-cooldown"}
"""How the audit calls what was done."""
_NAMED: Final = 20
"""Up to so many are told one by one."""


@click.command()
@choosing()
@config_option
def enable(choice: Choice, config_file: Path | None) -> None:
    """Put credentials back into service, also those that are blocked or expired."""
    _change("enabled", choice, config_file, PoolOperations.enable)


@click.command()
@choosing()
@config_option
def disable(choice: Choice, config_file: Path | None) -> None:
    """Take credentials out of service; calls that are under way end undisturbed."""
    _change("disabled", choice, config_file, PoolOperations.disable)


@click.command(name="clear-cooldown")
@choosing()
@config_option
def clear_cooldown(choice: Choice, config_file: Path | None) -> None:
    """End rests and other states at once: cooling, exhausted, expired and blocked become active."""
    _change("cleared", choice, config_file, PoolOperations.clear)


@click.command()
@choosing()
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def delete(choice: Choice, yes: bool, config_file: Path | None) -> None:
    """Delete credentials for good."""
    choice.checked()
    chosen = with_store(config_file, lambda session: chosen_of(session, choice))
    require_some(chosen, choice)
    if chosen and not yes:
        click.confirm(f"Delete {_named(chosen)}?", abort=True, err=True)

    async def work(session: Session) -> Outcome:
        session.note.of(chosen)
        return await session.pool.delete(chosen)

    said("deleted", with_store(config_file, work, writes="credentials.delete"))


def said(done: str, outcome: Outcome) -> None:
    """Say what was done, and what was not; Failed if nothing was.

    A few are told one by one on stdout, many as a count.
    """
    for credential in outcome.needs_sign_in:
        advice = "its refresh token is dead; only a new sign-in helps: grok2api login"
        click.echo(f"warning: {credential.id} ({credential.name}): {advice}", err=True)
    if len(outcome.done) > _NAMED:
        click.echo(f"{done} {len(outcome.done)} credentials")
    else:
        for credential in outcome.done:
            click.echo(f"{done} {credential.id} ({credential.name})")
    if outcome.gone:
        raise Failed(f"{_named(outcome.gone)}: no such credential any more; list them again")
    if not outcome.done:
        if outcome.needs_sign_in:
            raise Failed(f"nothing was {done}")
        click.echo("the pool is empty", err=True)


def _change(done: str, choice: Choice, config_file: Path | None, change: Change) -> None:
    choice.checked()

    async def work(session: Session) -> Outcome:
        chosen = require_some(await chosen_of(session, choice), choice)
        session.note.of(chosen)
        return await change(session.pool, chosen)

    said(done, with_store(config_file, work, writes=f"credentials.{_ACTIONS[done]}"))


def _named(credentials: Sequence[Credential]) -> str:
    if len(credentials) > _NAMED:
        return f"{len(credentials)} credentials"
    return ", ".join(f"{each.name} ({each.id})" for each in credentials)
