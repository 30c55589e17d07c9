"""`grok2api config`: what is in force and where it comes from, secrets masked."""

from __future__ import annotations

import pytest

from grok2api.config.fields import setting_fields
from support.command_line import KEY, PROXY_PASSWORD, SECRET_KEY, CommandLine


@pytest.fixture
def full_of_secrets(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("XAI_API_KEY", KEY)
    monkeypatch.setenv("GROK2API_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("GROK2API_GROK__PROXY_URL", f"http://user:{PROXY_PASSWORD}@proxy.example:8080")
    return run


@pytest.mark.parametrize("verb", ["show", "explain"])
def test_every_setting_is_there_and_no_secret(full_of_secrets: CommandLine, verb: str) -> None:
    run = full_of_secrets
    rows = run.json("config", verb)
    assert [row["path"] for row in rows] == [field.path for field in setting_fields()]
    by_path = {row["path"]: row for row in rows}
    assert by_path["grok.api_keys"]["source"] == "environment variable XAI_API_KEY"
    assert by_path["server.port"]["value"] == 0
    assert "grok.base_url" in run("config", verb).stdout


def test_explain_one_setting(run: CommandLine) -> None:
    (row,) = run.json("config", "explain", "server.port")
    assert row.keys() == {
        "path", "value", "source", "default", "rule", "takes_effect", "environment", "help",
    }  # fmt: skip
    assert row["default"] == 8000
    assert "SERVER_PORT" in row["environment"]
    assert "SERVER_PORT" in run("config", "explain", "server.port").stdout


def test_explain_a_section(run: CommandLine) -> None:
    assert {row["path"].partition(".")[0] for row in run.json("config", "explain", "pool")} == {"pool"}


def test_a_slip_is_met_with_a_suggestion(run: CommandLine) -> None:
    message = run.error("config", "explain", "server.prot")
    assert message == "error: no setting 'server.prot'; did you mean server.port?\n"


def test_check_accepts_what_a_start_would(run: CommandLine) -> None:
    (run.directory / "config.toml").write_text("[server]\nprot = 1\n")
    result = run("config", "check")
    assert result.stdout == "the settings can be used\n"
    assert result.stderr.startswith("warning: config.toml: server.prot")
    assert not run.data.exists()


def test_check_refuses_what_a_start_would(run: CommandLine) -> None:
    (run.directory / "config.toml").write_text("[server]\nworkers = 0\n")
    assert "server.workers" in run.error("config", "check", exits=2)
