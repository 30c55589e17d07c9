"""An operator who lost the password gets a new one from the machine itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from grok2api.admin.throttle import LoginThrottle
from grok2api.errors import LimitExceeded
from grok2api.kit.clock import SystemClock
from grok2api.storage.open import open_records
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


def test_whoever_guesses_does_not_lock_the_owner_out_of_the_machine(run: CommandLine) -> None:
    run("admin", "reset-password")
    asyncio.run(shut_the_door(run.data))
    assert len(run("admin", "reset-password").stdout.split()) == 1
    assert run("credentials", "list", "--json").stdout.strip() == "[]"
