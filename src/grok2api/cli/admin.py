"""`grok2api admin`: the operator's own way in, for when the password is lost.

Whoever can run this on the machine owns the store already. Must never print the old password.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from grok2api.cli.options import Failed, config_option, load_settings
from grok2api.cli.session import Session, with_store
from grok2api.errors import Grok2ApiError
from grok2api.kit.clock import SystemClock

PASSWORD_LOGIN: Final = "admin.password_login"  # noqa: S105  the path of a setting


@click.group(short_help="The operator's password.")
def admin() -> None:
    """Manage the operator's password for the admin API."""


@admin.command(name="reset-password")
@config_option
def reset_password(config_file: Path | None) -> None:
    """Make a new password, print it once, and end every session.

    The owner's authenticator app is removed, and passwords are taken again if the console turned them off.
    """

    async def work(session: Session) -> str:
        from grok2api.admin.passwords import reset_password as reset  # noqa: PLC0415  brings argon2 along
        from grok2api.admin.second_factors import key_of  # noqa: PLC0415

        if session.settings.app.app_key:
            raise Failed(
                "the password is the setting app.app_key; change it there (config.toml, or "
                "GROK2API_APP__APP_KEY), or empty it first; a lost authenticator app is removed by "
                "'grok2api admin remove-second-factor'"
            )
        made = await reset(session.records)
        session.note.after = {
            "second_factor_removed": await session.records.second_factors.delete(key_of("")),
            "passwords_taken_again": await _take_passwords_again(session, config_file),
        }
        return made

    click.echo(with_store(config_file, work, writes="admin.reset-password"))
    _warn_of_passwords(config_file)


@admin.command(name="remove-second-factor")
@click.argument("name", default="admin")
@config_option
def remove_second_factor(config_file: Path | None, name: str) -> None:
    """Remove the authenticator app of NAME, the owner if it is left out; the password alone opens again."""

    async def work(session: Session) -> None:
        from grok2api.admin.accounts import OWNER, mark_of  # noqa: PLC0415  brings argon2 along
        from grok2api.admin.second_factors import key_of  # noqa: PLC0415

        mark = mark_of(name)
        found = None if mark == OWNER else await session.records.operators.marked(mark)
        if mark != OWNER and found is None:
            raise Failed(f"there is no operator {name!r}")
        identifier = found.id if found is not None else ""
        session.note.target = identifier
        if not await session.records.second_factors.delete(key_of(identifier)):
            raise Failed(f"{name!r} has no authenticator app")

    with_store(config_file, work, writes="admin.remove-second-factor")
    click.echo(f"{name} signs in with the password alone now")


async def _take_passwords_again(session: Session, config_file: Path | None) -> bool:
    """Take away what the console said against passwords, as a version of the settings; tell if it said that.

    Settings that cannot be read or loaded do not keep the owner out: then it goes without a version.
    """
    from grok2api.operations.configuring import SettingChange, SettingOperations  # noqa: PLC0415  as `reset`
    from grok2api.server.options import StartOptions  # noqa: PLC0415

    store = session.records.settings
    operations = SettingOperations(
        store, session.box, SystemClock(), load=StartOptions(config_file=config_file).load
    )
    try:
        change = SettingChange(unset=(PASSWORD_LOGIN,))
        made = await operations.apply(change, expected=None, actor="admin reset-password")
    except (Grok2ApiError, ValueError):
        return await store.delete(PASSWORD_LOGIN)
    return bool(made.differences)


def _warn_of_passwords(config_file: Path | None) -> None:
    loaded = load_settings(config_file)
    if not loaded.settings.admin.password_login:
        click.echo(
            f"{PASSWORD_LOGIN} is false (from {loaded.sources[PASSWORD_LOGIN]}), so no password is taken; "
            "set it to true there to get in.",
            err=True,
        )
