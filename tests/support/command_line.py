"""The command line as a shell calls it, in a directory of its own, watched for secrets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import msgspec
from click.testing import CliRunner, Result
from typing_extensions import override

from grok2api.cli.main import main

KEY = "xai-sandbox-canary-4f9a1c"
OTHER_KEY = "xai-sandbox-canary-77b2e0"
PROXY_PASSWORD = "proxy-canary-password"
SECRET_KEY = "canary-of-a-secret-key-that-is-long-enough"
SECRETS = (KEY, OTHER_KEY, PROXY_PASSWORD, SECRET_KEY)


class _Program(click.Command):
    """The whole program: what `main` makes of errors is part of what a user gets."""

    @override
    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> Any:
        before, sys.argv = sys.argv, ["grok2api", *(args or ())]
        try:
            main()
        finally:
            sys.argv = before


@dataclass(slots=True)
class CommandLine:
    """Runs commands. No output of any of them may hold one of `secrets`."""

    directory: Path
    secrets: list[str] = field(default_factory=lambda: list(SECRETS))

    @property
    def data(self) -> Path:
        return self.directory / "data"

    def __call__(self, *words: str, exits: int = 0, input: str | None = None) -> Result:  # noqa: A002
        """Run one command, and check its exit code."""
        result = CliRunner().invoke(_Program("grok2api"), words, input=input)
        shown = f"{words}: {result.exit_code}\n{result.stdout}\n--\n{result.stderr}\n{result.exception!r}"
        assert result.exit_code == exits, shown
        assert not isinstance(result.exception, Exception), shown
        leaked = [secret for secret in self.secrets if secret in result.output]
        assert not leaked, shown
        return result

    def json(self, *words: str, exits: int = 0) -> Any:
        """Run one command with --json, and return what it printed."""
        return msgspec.json.decode(self(*words, "--json", exits=exits).stdout)

    def error(self, *words: str, exits: int = 1, input: str | None = None) -> str:  # noqa: A002
        """Run one command that must fail, and return the one line it says on stderr."""
        result = self(*words, exits=exits, input=input)
        assert result.stdout == ""
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1
        return result.stderr

    def add(self, key: str = KEY, *options: str) -> str:
        """Add a credential, and return its id."""
        return self("credentials", "add", "-", *options, input=f"{key}\n").stdout.split()[0]
