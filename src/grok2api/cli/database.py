"""`grok2api db`: the store's schema, a copy of it, and whether everything in it opens.

Must never touch a store of a newer version, and never overwrite a file.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import msgspec

from grok2api.cli.audit_checks import all_sound
from grok2api.cli.interrupt import ending_in_order
from grok2api.cli.migrating import compare_stores, given_store, migrate_command
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
from grok2api.storage.sql.backup import back_up, put_back
from grok2api.storage.sql.place import Place
from grok2api.storage.sql.sqlite import SqlitePlace

_DUMPS: Final = {
    "pgsql": "pg_dump --format=custom --file=FILE DATABASE",
    "mysql": "mysqldump --single-transaction --default-character-set=utf8mb4 DATABASE > FILE",
}


@click.group(short_help="The store: schema and state.")
def db() -> None:
    """Look after the store: its schema, its copies, its state."""


db.add_command(migrate_command)


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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def restore(file: Path, yes: bool, config_file: Path | None) -> None:
    """Put FILE, a copy made by `db backup`, in the place of the SQLite store. Stop the servers first."""
    settings = load_settings(config_file).settings
    place = None if settings.storage.type == "redis" else store_place(settings)
    if not isinstance(place, SqlitePlace):
        raise Failed(f"`db restore` puts SQLite files back; storage.type is {settings.storage.type}")
    configure_logging("error", "console")
    with ending_in_order(), _beside(place.path) as folder:
        trial = folder / "trial.db"
        asyncio.run(_try_out(settings, file, trial))
        if not yes:
            click.confirm(
                f"Put {file} in the place of {place}? Stop every server that uses it first.",
                abort=True,
                err=True,
            )
        kept = _replace(place.path, trial)
    click.echo(f"{place} holds what {file} held")
    if kept is not None:
        click.echo(f"What it held before is in {kept}.", err=True)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a directory beside a store for as long as the block runs; a copy has room where the store has.

    The system's place for such may be a small part of memory.

    Raises:
        Failed: nothing can be written there.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix=f".{path.name}.restore-", dir=path.parent)
    except OSError as error:
        raise Failed(f"{path.parent} cannot be written ({error.strerror})") from None
    with folder as name:
        yield Path(name)


async def _try_out(settings: Settings, file: Path, trial: Path) -> None:
    """Copy a file, bring the copy to this version, and see whether the present secret key opens it.

    Raises:
        Failed: it cannot serve as the store.
        StorageError: it is no database, or damaged.
        ConfigError: a newer version made it.
    """
    await back_up(file, trial)
    await migrate.upgrade(trial)
    storage = msgspec.structs.replace(settings.storage, url=f"sqlite:///{trial}")
    found = await examine_store(msgspec.structs.replace(settings, storage=storage), secrets_open)
    for finding in found:
        if finding.state == "mend":
            raise Failed(f"{file} was not put back: {finding.check}: {finding.message}")


def _replace(path: Path, trial: Path) -> Path | None:
    """Put a copy in the place of a store; return where the content before is kept, if there was any."""
    kept = None
    if path.exists():
        kept = path.with_name(f"{path.name}.before-restore-{time.strftime('%Y%m%d-%H%M%S')}")
        asyncio.run(back_up(path, kept))
    asyncio.run(put_back(trial, path))
    return kept


@db.command()
@click.option("--against", metavar="URL", help="Compare with this store, record by record.")
@click.option("--against-file", metavar="FILE", help="Read that URL from FILE (- is standard input).")
@click.option("--against-prefix", metavar="TEXT", help="What its keys begin with, if it is Redis.")
@json_option
@config_option
def verify(
    against: str | None,
    against_file: str | None,
    against_prefix: str | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Check the schema, the canary, that every sealed secret opens, and the audit; exit with 1 if not."""
    settings = load_settings(config_file).settings
    if against or against_file:
        address = given_store(against, against_file, against_prefix or settings.storage.redis_prefix)
        compare_stores(settings, address, as_json=as_json)
        return
    with suppress(ConfigError, StorageError):  # the findings tell of these
        look = asyncio.run(look_at_store(settings))
        if not look.present:
            raise Failed(f"there is no store at {look.place}; the first start makes one")
    findings = asyncio.run(examine_store(settings, all_sound))
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
