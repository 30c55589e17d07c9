"""`grok2api config`: which settings are in force, where each comes from, and what each means.

Secrets are masked wherever a value is shown. Showing must never open the store: wrong settings are looked
into here when nothing else works.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import msgspec

from grok2api.cli.config_import import import_config
from grok2api.cli.options import Failed, config_option, json_option, load_settings
from grok2api.cli.output import print_fields, print_json, print_table
from grok2api.config.environment import known_names
from grok2api.config.fields import Explained, SettingField, setting_fields
from grok2api.config.fields import explain as explained
from grok2api.config.layers import advice

_TAKES_EFFECT: Final = {"hot": "at once", "restart": "after a restart"}


@click.group(short_help="Show, check, explain and import the settings.")
def config() -> None:
    """Show, check, explain and import the settings. Secrets are masked."""


config.add_command(import_config)


@config.command()
@json_option
@config_option
def show(as_json: bool, config_file: Path | None) -> None:
    """Print every setting with its value, one on a line."""
    rows = explained(load_settings(config_file))
    if as_json:
        print_json([{"path": row.path, "value": row.value, "source": row.source} for row in rows])
        return
    for row in rows:
        click.echo(f"{row.path} = {_literal(row.value)}")


@config.command()
@config_option
def check(config_file: Path | None) -> None:
    """Exit with 0 if a start would accept the settings, else with 2."""
    loaded = load_settings(config_file)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo("the settings can be used")


@config.command()
@click.argument("name", required=False)
@json_option
@config_option
def explain(name: str | None, as_json: bool, config_file: Path | None) -> None:
    """Tell where values come from and what they mean. NAME is a setting or a section."""
    chosen = [
        (field, row)
        for field, row in zip(setting_fields(), explained(load_settings(config_file)), strict=True)
        if name is None or name in (field.path, field.section)
    ]
    if not chosen:
        raise Failed(f"no setting '{(name or '')[:80]}'{advice(name or '')}")
    if as_json:
        print_json([_view(field, row) for field, row in chosen])
    elif len(chosen) == 1:
        print_fields(_view(*chosen[0]).items())
    else:
        rows = [(row.path, _literal(row.value), row.source, _TAKES_EFFECT[row.reload]) for _, row in chosen]
        print_table(("setting", "value", "source", "takes effect"), rows, empty="no settings")


def _view(field: SettingField, row: Explained) -> dict[str, object]:
    return {
        "path": row.path,
        "value": row.value,
        "source": row.source,
        "default": row.default,
        "rule": field.must,
        "takes_effect": _TAKES_EFFECT[row.reload],
        "environment": list(known_names(field)),
        "help": row.help,
    }


def _literal(value: object) -> str:
    return msgspec.json.encode(value).decode()
