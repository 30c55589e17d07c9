"""`grok2api doctor`: everything that a start needs, checked one by one, each with what to do.

Must never change or make anything, must not stop at the first trouble, and never shows a secret.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from grok2api.cli.audit_checks import all_sound
from grok2api.cli.host_checks import data_directory, port, python_version, secret_file, shared_state
from grok2api.cli.media_checks import media
from grok2api.cli.options import config_option, json_option, load_settings
from grok2api.cli.output import print_json, print_table
from grok2api.cli.pool_checks import client_key, credentials_work, pool
from grok2api.cli.session import Session
from grok2api.cli.store_checks import Finding, examine_store, look_at_store
from grok2api.config.loaded import Loaded
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError, StorageError


@click.command(short_help="Check the installation and say what needs mending.")
@click.option("--online", is_flag=True, help="Also ask xAI whether the credentials work.")
@json_option
@config_option
def doctor(online: bool, as_json: bool, config_file: Path | None) -> None:
    """Check the installation; exit with 0 when nothing needs mending, else with 1.

    ok: as it should be. hint: worth knowing. mend: somebody must act.
    """
    findings = [python_version()]
    try:
        loaded = load_settings(config_file)
    except ConfigError as error:
        findings.append(Finding("settings", "mend", str(error)))
    else:
        findings.extend(asyncio.run(_examine(loaded, online)))
    if as_json:
        print_json(findings)
    else:
        rows = [(each.check, each.state, each.message) for each in findings]
        print_table(("check", "state", "message"), rows, empty="nothing was checked")
    if any(each.state == "mend" for each in findings):
        sys.exit(1)


async def _examine(loaded: Loaded, online: bool) -> list[Finding]:
    settings = loaded.settings
    return [
        Finding("settings", "ok", "can be used"),
        *(Finding("settings", "hint", warning) for warning in loaded.warnings),
        data_directory(settings),
        secret_file(settings),
        *await _store(settings, online),
        *media(settings, os.environ),
        *await shared_state(settings),
        await port(settings),
    ]


async def _store(settings: Settings, online: bool) -> list[Finding]:
    """Look into the store if there is one."""
    try:
        look = await look_at_store(settings)
    except (ConfigError, StorageError) as error:
        return [Finding("store", "mend", str(error))]
    nothing_inside = [pool((), None, settings), client_key((), settings)]
    if not look.present:
        none_yet = Finding("store", "hint", "none yet; the first start makes one")
        return [none_yet, *look.remarks, *nothing_inside]

    async def inside(session: Session) -> list[Finding]:
        credentials, keys = await session.records.credentials.list(), await session.records.keys.list()
        findings = [
            *await all_sound(session),
            pool(credentials, session.box, settings),
            client_key(keys, settings),
        ]
        return [*findings, *await credentials_work(session, credentials)] if online else findings

    findings = await examine_store(settings, inside)
    looked_inside = any(each.check == "pool" or each.state == "mend" for each in findings)
    return findings if looked_inside else [*findings, *nothing_inside]
