"""An operator who lost the password gets a new one from the machine itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from grok2api.admin.throttle import LoginThrottle
from grok2api.errors import LimitExceeded
from grok2api.kit.clock import SystemClock
from grok2api.storage.access import Operator, SecondFactor
from grok2api.storage.open import open_records
from grok2api.storage.records import SettingOverride
from support.command_line import CommandLine


def test_a_new_password_is_printed_alone(run: CommandLine) -> None:
    first, second = (run("admin", "reset-password").stdout for _ in range(2))
    assert len(first.split()) == 1
    assert first != second


def test_a_password_from_the_settings_is_changed_there(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROK2API_APP__APP_KEY", "a-configured-password")
    assert "app.app_key" in run.error("admin", "reset-password")


async def shut_the_door(data_dir: Path) -> None:
    """Guess at the owner's password until nobody may try any more."""
    records = await open_records("local", "", data_dir)
    throttle = LoginThrottle(records.attempts, pepper=b"pepper", clock=SystemClock())
    for number in range(100):
        await throttle.begin("admin", f"198.51.{number}.1")
    with pytest.raises(LimitExceeded):
        await throttle.begin("admin", "203.0.113.1")
    await records.close()


async def knock(data_dir: Path) -> None:
    """Try once more, from a network that is not known."""
    records = await open_records("local", "", data_dir)
    await LoginThrottle(records.attempts, pepper=b"pepper", clock=SystemClock()).begin("admin", "203.0.113.1")
    await records.close()


def test_whoever_guesses_does_not_lock_the_owner_out(run: CommandLine) -> None:
    run("admin", "reset-password")
    asyncio.run(shut_the_door(run.data))
    assert len(run("admin", "reset-password").stdout.split()) == 1
    asyncio.run(knock(run.data))
    assert run("credentials", "list", "--json").stdout.strip() == "[]"


async def lock(data_dir: Path) -> None:
    """Give the owner and a colleague an app, and turn passwords off."""
    records = await open_records("local", "", data_dir)
    now = SystemClock().now()
    await records.operators.add(
        Operator(
            id="op_1",
            name="Zoë",
            mark="zoë",
            role="viewer",
            password_hash="x",
            created_at=now,
            updated_at=now,
        )
    )
    for each in ("owner", "op_1"):
        await records.second_factors.add(SecondFactor(id=each, secret="v1:", created_at=now, updated_at=now))
    await records.settings.put(SettingOverride(path="admin.password_login", value="false", updated_at=now))
    await records.close()


async def locked(data_dir: Path) -> list[str]:
    records = await open_records("local", "", data_dir)
    found = [each.id for each in await records.second_factors.list()]
    found += [each.path for each in await records.settings.list()]
    await records.close()
    return found


async def versions(data_dir: Path) -> list[str]:
    """Who made the versions of the settings that there are."""
    records = await open_records("local", "", data_dir)
    found = [each.actor for each in await records.settings.versions(9)]
    await records.close()
    return found


def test_whoever_runs_the_server_is_never_locked_out(run: CommandLine) -> None:
    run("admin", "reset-password")
    asyncio.run(lock(run.data))
    assert run("admin", "reset-password").stdout.strip()
    assert asyncio.run(locked(run.data)) == ["op_1"]
    assert asyncio.run(versions(run.data)) == ["admin reset-password"]
    run("admin", "remove-second-factor", "ZOË")
    assert asyncio.run(locked(run.data)) == []
    assert "no authenticator app" in run.error("admin", "remove-second-factor", "Zoë")
    assert "no operator" in run.error("admin", "remove-second-factor", "nobody")
