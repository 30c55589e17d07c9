"""What every command shares: the settings, the usual options, and how a command fails.

Must never open the store, and must never repeat a value that may be a secret.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

import click
from typing_extensions import override

from grok2api.config.loader import load
from grok2api.pool.importing import hint

if TYPE_CHECKING:
    from collections.abc import Callable

    from grok2api.config.loaded import Loaded

Command = TypeVar("Command", bound="Callable[..., Any]")

_KEY_PREFIX: Final = "xai-"

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read this file instead of config.toml.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Failed(click.ClickException):
    """A command could not do what it was asked for; one line says why. Exit code 1."""

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        """Write the line to stderr."""
        click.echo(f"error: {self.message}", file=file, err=True)


def load_settings(config_file: Path | None) -> Loaded:
    """Load the settings as the server would, from the working directory and the environment.

    Raises:
        ConfigError: a value cannot be used.
    """
    return load(environ=os.environ, directory=Path.cwd(), config_file=config_file)


def spoken(reference: str) -> str:
    """Return a reference as an error may repeat it: a key that was pasted by mistake shows its hint only."""
    return hint(reference) if reference.startswith(_KEY_PREFIX) else reference[:80]


def ids_argument(function: Command) -> Command:
    """Take one or more references: ids, beginnings of ids that fit one record only, or names."""
    return click.argument("references", metavar="ID...", nargs=-1, required=True)(function)
