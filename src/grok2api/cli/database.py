"""`grok2api db`: the store's schema, a copy of it, and whether everything in it opens.

Must never touch a store of a newer version, and never overwrite a file.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from grok2api.cli.options import Failed, config_option, json_option, load_settings
from grok2api.cli.output import print_json, print_table
from grok2api.cli.store_checks import (
    examine_store,
    is_there,
    key_file,
    look_at_store,
    secrets_open,
    store_place,
)
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError, StorageError
from grok2api.observability.logging import configure_logging
from grok2api.storage.open_redis import upgrade_redis_records
from grok2api.storage.sql import migrate
from grok2api.storage.sql.backup import back_up
from grok2api.storage.sql.place import Place
from grok2api.storage.sql.sqlite import SqlitePlace

_DUMPS: Final = {
    "pgsql": "pg_dump --format=custom --file=FILE DATABASE",
    "mysql": "mysqldump --single-transaction --default-character-set=utf8mb4 DATABASE > FILE",
}


@click.group(short_help="The store: schema and state.")
def db() -> None:
    """Look after the store: its schema, its copies, its state."""


@db.command()
@config_option
def upgrade(config_file: Path | None) -> None:
    """Bring the schema up to date; make the store if there is none."""
    settings = load_settings(config_file).settings
    configure_logging("error", "console")
    storage = settings.storage
    if storage.type == "redis":
        asyncio.run(upgrade_redis_records(storage.redis_location(), storage.redis_prefix))
    else:
        asyncio.run(migrate.upgrade(store_place(settings)))
    click.echo("the schema is this version's")


@db.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def downgrade(revision: str, yes: bool, config_file: Path | None) -> None:
    """Bring the schema back to an older REVISION (base: none at all). What does not fit there is lost."""
    settings = load_settings(config_file).settings
    if settings.storage.type == "redis":
        raise Failed("records in Redis have no older schema to go back to; restore a copy of Redis instead")
    place = _existing(settings)
    if not yes:
        click.confirm(
            f"Bring {place} back to {revision}? What does not fit there is lost.", abort=True, err=True
        )
    asyncio.run(migrate.downgrade(place, revision))
    click.echo(f"the schema is {revision}; a start with storage.auto_upgrade would bring it up again")


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup(file: Path, config_file: Path | None) -> None:
    """Copy a SQLite store to FILE while servers use it. The secret key is not in the copy."""
    settings = load_settings(config_file).settings
    if settings.storage.type == "redis":
        raise Failed(
            "records in Redis are copied by Redis itself: redis-cli --rdb FILE (see docs/redis.md), and keep "
            "the secret key apart"
        )
    place = _existing(settings)
    if not isinstance(place, SqlitePlace):
        tool = _DUMPS[settings.storage.type]
        raise Failed(
            f"`db backup` copies SQLite files; {place} is copied by its own tools: {tool}. Keep the secret "
            "key apart from the copy: without it the copy's secrets cannot be opened"
        )
    path = place.path
    try:
        asyncio.run(back_up(path, file))
    except FileExistsError:
        raise Failed(f"{file} exists already; a backup never overwrites") from None
    except OSError as error:
        raise Failed(f"{file} cannot be written ({error.strerror})") from None
    click.echo(f"copied {path} to {file}")
    kept = key_file(settings) or "the setting secrets.key (GROK2API_SECRET_KEY)"
    click.echo(f"The secret key is kept apart: without {kept} the copy's secrets cannot be opened.", err=True)


@db.command()
@json_option
@config_option
def verify(as_json: bool, config_file: Path | None) -> None:
    """Check the schema, the canary, and that every sealed secret opens; exit with 1 if not."""
    settings = load_settings(config_file).settings
    with suppress(ConfigError, StorageError):  # the findings tell of these
        look = asyncio.run(look_at_store(settings))
        if not look.present:
            raise Failed(f"there is no store at {look.place}; the first start makes one")
    findings = asyncio.run(examine_store(settings, secrets_open))
    if as_json:
        print_json(findings)
    else:
        rows = [(each.check, each.state, each.message) for each in findings]
        print_table(("check", "state", "message"), rows, empty="nothing was checked")
    if any(each.state == "mend" for each in findings):
        sys.exit(1)


def _existing(settings: Settings) -> Place:
    place = store_place(settings)
    if not is_there(place):
        raise Failed(f"there is no store at {place}; the first start makes one")
    return place
