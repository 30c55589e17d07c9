"""`grok2api keys`: who may call this server.

`create` is the only command that prints a secret: the key that it has just made, once, and nothing else on
stdout, so that a script can take it.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from grok2api.accounting.client_keys import new_client_key
from grok2api.cli.options import config_option, ids_argument, json_option
from grok2api.cli.output import print_json, print_table
from grok2api.cli.selection import select
from grok2api.cli.session import Session, with_store
from grok2api.operations.editing import TIERS
from grok2api.operations.notation import moment
from grok2api.routing import catalogue
from grok2api.storage.records import ClientKey, Tier

_COLUMNS: Final = (
    "id",
    "name",
    "hint",
    "state",
    "models",
    "pool_tags",
    "pool_tier",
    "strict",
    "rescue",
    "expires",
    "created",
)
_SPAN: Final = re.compile(r"([1-9][0-9]{0,4})([hdwy])")
_LONGEST_RETENTION: Final = 366 * 86_400
_SECONDS: Final = {"h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


@click.group(short_help="Client keys: who may call this server.")
def keys() -> None:
    """Manage client keys: who may call this server.

    ID is an id, the beginning of one, or a name.
    """


def _expiry(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """Read a span from now or a date; return wall time in seconds."""
    if value is None:
        return None
    now = time.time()
    if match := _SPAN.fullmatch(value):
        return now + int(match[1]) * _SECONDS[match[2]]
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write a span (12h, 30d, 8w, 1y) or a date (2027-01-31).") from None
    seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if seconds <= now:
        raise click.BadParameter("this is in the past.")
    return seconds


def _retention(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """Read a span; return seconds, 0 for `off`, None if nothing was said."""
    if value is None:
        return None
    if value == "off":
        return 0.0
    match = _SPAN.fullmatch(value)
    if match is None or (seconds := int(match[1]) * _SECONDS[match[2]]) > _LONGEST_RETENTION:
        raise click.BadParameter("write a span of at most a year (12h, 7d, 4w), or off.")
    return float(seconds)


@keys.command()
@click.option("--name", required=True, help="What people call it.")
@click.option(
    "--model", "models", multiple=True, help="A model it may ask for; may be repeated. All if not given."
)
@click.option(
    "--expires", "expires_at", metavar="SPAN|DATE", callback=_expiry,
    help="When it ends: 12h, 30d, 8w, 1y, or the (UTC) date from which it is refused.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse what cannot be honoured instead of dropping it.")
@click.option(
    "--pool-tag", "pool_tags", multiple=True,
    help="Only credentials with this tag serve it; may be repeated, one has to fit.",
)  # fmt: skip
@click.option("--pool-tier", type=click.Choice(TIERS), help="Only credentials of this tier serve it.")
@click.option(
    "--rescue", metavar="SPAN", callback=_retention,
    help="Keep its conversations, sealed, for so long (7d), so that they go on when their account cannot.",
)  # fmt: skip
@config_option
def create(
    name: str,
    models: tuple[str, ...],
    expires_at: float | None,
    strict: bool,
    pool_tags: tuple[str, ...],
    pool_tier: Tier | None,
    rescue: float | None,
    config_file: Path | None,
) -> None:
    """Make a key and print it. It is shown this once only."""
    from grok2api.server.prepare import PEPPER_PURPOSE  # noqa: PLC0415  brings a database along

    name, models = name.strip(), tuple(dict.fromkeys(models))
    tags = tuple(dict.fromkeys(tag for each in pool_tags if (tag := each.strip())))
    if not name:
        raise click.UsageError("The name is empty.")
    _warn_of_unknown(models)

    async def work(session: Session) -> str:
        record, plain = new_client_key(
            name,
            pepper=session.ring.derive(PEPPER_PURPOSE),
            now=session.now,
            models=models,
            strict=strict,
            expires_at=expires_at,
        )
        scoped = replace(record, pool_tags=tags, pool_tier=pool_tier or "", rescue_seconds=rescue or 0.0)
        await session.records.keys.add(scoped)
        session.note.target, session.note.after = scoped.id, _view(scoped, session.now)
        return plain

    click.echo(with_store(config_file, work, writes="keys.create"))


@keys.command(name="list")
@json_option
@config_option
def list_keys(as_json: bool, config_file: Path | None) -> None:
    """List all keys that were made here. Those of the setting app.api_key are not among them."""

    async def work(session: Session) -> tuple[list[dict[str, object]], int]:
        records = sorted(await session.records.keys.list(), key=lambda each: (each.created_at, each.id))
        return [_view(each, session.now) for each in records], len(session.settings.app.api_key)

    rows, configured = with_store(config_file, work)
    if as_json:
        print_json(rows)
        return
    empty = "no client keys here; make one:  grok2api keys create --name NAME"
    print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows], empty=empty)
    if configured:
        click.echo(f"besides, {configured} from the setting app.api_key", err=True)


@keys.command()
@ids_argument
@click.option(
    "--rescue", metavar="SPAN|off", callback=_retention, required=True,
    help="Keep conversations from now on, sealed, for so long (7d); off also forgets what is kept.",
)  # fmt: skip
@config_option
def edit(references: tuple[str, ...], rescue: float, config_file: Path | None) -> None:
    """Change keys: whether their conversations are kept, so that they go on when their account cannot."""

    async def work(session: Session) -> list[ClientKey]:
        chosen = select(await session.records.keys.list(), references, "key")
        session.note.after = {"ids": [key.id for key in chosen], "rescue": shown_span(rescue) or "off"}
        for key in chosen:
            await session.records.keys.put(replace(key, rescue_seconds=rescue, updated_at=session.now))
            if not rescue:
                await session.records.transcripts.delete_of(key.id)
        return chosen

    for key in with_store(config_file, work, writes="keys.edit"):
        click.echo(f"changed {key.id} ({key.name})")


@keys.command()
@ids_argument
@config_option
def revoke(references: tuple[str, ...], config_file: Path | None) -> None:
    """Revoke keys for good: requests that show them are refused, and what is kept for them is forgotten."""

    async def work(session: Session) -> list[ClientKey]:
        chosen = select(await session.records.keys.list(), references, "key")
        session.note.before = {"keys": [{"id": key.id, "name": key.name} for key in chosen]}
        for key in chosen:
            await session.records.keys.delete(key.id)
            await session.records.transcripts.delete_of(key.id)
        return chosen

    for key in with_store(config_file, work, writes="keys.revoke"):
        click.echo(f"revoked {key.id} ({key.name})")


def key_state(key: ClientKey, now: float) -> str:
    """Return active, expired or disabled, as of wall time `now`."""
    if not key.enabled:
        return "disabled"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def shown_span(seconds: float) -> str:
    """Return a span as `--rescue` reads it, like 7d or 36h; empty for none."""
    if not seconds:
        return ""
    days, rest = divmod(int(seconds), _SECONDS["d"])
    return f"{int(seconds) // _SECONDS['h']}h" if rest else f"{days}d"


def _view(key: ClientKey, now: float) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "state": key_state(key, now),
        "models": key.models,
        "pool_tags": key.pool_tags,
        "pool_tier": key.pool_tier or None,
        "strict": key.strict,
        "rescue": shown_span(key.rescue_seconds) or None,
        "expires": moment(key.expires_at),
        "created": moment(key.created_at),
    }


def _warn_of_unknown(models: tuple[str, ...]) -> None:
    shipped = catalogue.load() if models else None
    for name in models:
        if shipped is not None and shipped.resolve(name) is None:
            click.echo(f"warning: {name[:80]} is no model known here; grok2api models lists them", err=True)
