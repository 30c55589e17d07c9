"""The program's small commands, and what all commands share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import grok2api
from support.command_line import CommandLine

COMMANDS = (
    "serve",
    "sandbox",
    "credentials",
    "keys",
    "models",
    "config",
    "db",
    "doctor",
    "openapi",
    "completion",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_table_is_there(run: CommandLine, command: str) -> None:
    first = run(command, "--help").stdout.splitlines()[0]
    assert first.startswith("Usage: ")
    assert f" {command} [" in first


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(run: CommandLine, shell: str) -> None:
    assert "_GROK2API_COMPLETE" in run("completion", shell).stdout


def test_completion_knows_three_shells(run: CommandLine) -> None:
    run("completion", "tcsh", exits=2)


def test_openapi_prints_the_document(run: CommandLine) -> None:
    document = msgspec.json.decode(run("openapi").stdout)
    assert document["openapi"].startswith("3.")
    assert "/v1/chat/completions" in document["paths"]


@pytest.mark.parametrize("command", ["credentials", "keys", "models", "config", "completion"])
def test_help_does_not_wait_for_a_database(command: str) -> None:
    code = (
        f"import sys, grok2api.cli.{command}; "
        "print([name for name in ('sqlalchemy', 'alembic', 'aiohttp', 'uvicorn') if name in sys.modules])"
    )
    environ = {"PYTHONPATH": str(Path(grok2api.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout == "[]\n"
