"""The command `grok2api`. Exit codes: 0 done, 1 failed, 2 wrong usage or settings; errors go to stderr.

Commands are imported when they are called: `--help` and shell completion must not wait for a database.
"""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Final

import click
from typing_extensions import override

import grok2api
from grok2api.errors import ConfigError, Grok2ApiError

_COMMANDS: Final = {
    "serve": ("grok2api.cli.serving", "Serve the API."),
    "sandbox": ("grok2api.cli.sandbox", "Serve an emulation of xAI's API for tests and demos."),
    "login": ("grok2api.cli.login", "Sign in an xAI account and add it to the pool."),
    "credentials": ("grok2api.cli.credentials", "The pool: xAI API keys and sign-ins."),
    "keys": ("grok2api.cli.keys", "Client keys: who may call this server."),
    "models": ("grok2api.cli.models", "Models: what clients may ask for, and aliases."),
    "requests": ("grok2api.cli.requests", "The request log: what was asked and how it ended."),
    "usage": ("grok2api.cli.usage", "Sum up what was used and what it cost."),
    "explain": ("grok2api.cli.explain", "Tell why a request got its credential."),
    "config": ("grok2api.cli.config", "Show, check, explain and import the settings."),
    "db": ("grok2api.cli.database", "The store: schema and state."),
    "secrets": ("grok2api.cli.secrets", "The key that seals secrets at rest."),
    "admin": ("grok2api.cli.admin", "The operator's password."),
    "alerts": ("grok2api.cli.alerts", "What needs an operator, and the webhook that tells it."),
    "doctor": ("grok2api.cli.doctor", "Check the installation and say what needs mending."),
    "openapi": ("grok2api.cli.openapi", "Print the OpenAPI document of the public API."),
    "completion": ("grok2api.cli.completion", "Print a script that completes commands in your shell."),
}


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported on use."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        gc.disable()  # nothing of what an import makes is garbage; looking for it is an eighth of the start
        try:
            command: click.Command = getattr(importlib.import_module(entry[0]), cmd_name)
        finally:
            gc.enable()
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(grok2api.__version__, prog_name="grok2api")
def command() -> None:
    """Give any OpenAI client xAI's Grok, over a pool of your own credentials."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; `arguments` are the process's own if not given."""
    try:
        command.main(arguments, prog_name="grok2api", standalone_mode=True)
    except ConfigError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    except Grok2ApiError as error:
        click.echo(f"error: {error.public_message}", err=True)
        sys.exit(1)
