"""An operator who lost the password gets a new one from the machine itself."""

from __future__ import annotations

import pytest

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
