"""`grok2api admin`: the operator's own way in, for when the password is lost.

Whoever can run this on the machine owns the store already. Must never print the old password.
"""

from __future__ import annotations

from pathlib import Path

import click

from grok2api.cli.options import Failed, config_option
from grok2api.cli.session import Session, with_store


@click.group(short_help="The operator's password.")
def admin() -> None:
    """Manage the operator's password for the admin API."""


@admin.command(name="reset-password")
@config_option
def reset_password(config_file: Path | None) -> None:
    """Make a new password, print it once, and end every session."""

    async def work(session: Session) -> str:
        from grok2api.admin.passwords import reset_password as reset  # noqa: PLC0415  brings argon2 along

        if session.settings.app.app_key:
            raise Failed(
                "the password is the setting app.app_key; change it there (config.toml, or "
                "GROK2API_APP__APP_KEY), or empty it first"
            )
        return await reset(session.records)

    click.echo(with_store(config_file, work, writes="admin.reset-password"))
