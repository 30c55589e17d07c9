"""The way from one schema to another, step by step, as Alembic goes it.

It is loaded only where there is such a way: a database that is of this version or empty needs none of it, and
Alembic takes as long to load as all the rest of the store.
Must never touch a database that a newer version of the program wrote. Alembic keeps its context in
one place per process, so these run one at a time in a process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def step_up(connection: Connection, to: str) -> None:
    """Go up to a schema, unless the database has the newest one; ConfigError if it has an unknown one."""
    if not is_newest(connection):
        command.upgrade(_config(connection), to)


def step_down(connection: Connection, revision: str) -> None:
    """Go down to a schema; ConfigError if there is no such way."""
    is_newest(connection)
    try:
        command.downgrade(_config(connection), revision)
    except CommandError as error:
        raise ConfigError(f"database: cannot go down to {revision!r}: {error}") from error


def is_newest(connection: Connection) -> bool:
    """Tell whether the schema is the newest one known; ConfigError if it is an unknown one."""
    newest, known = known_schemas()
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known:
        raise ConfigError(
            f"database: its schema {present} is unknown to this grok2api, which knows up to {newest}; "
            "start the newer version that wrote it, or restore a backup; nothing was changed"
        )
    return present == newest


@cache
def known_schemas() -> tuple[str | None, frozenset[str]]:
    """Return the newest schema and all of them, which takes a while to find out."""
    scripts = ScriptDirectory.from_config(_config(None))
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
