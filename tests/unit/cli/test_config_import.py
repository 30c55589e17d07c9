"""`grok2api config import`: an old file becomes one of ours, and nothing is lost or replaced in silence."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.command_line import KEY, CommandLine

PASSWORD = "canary-of-a-password"
CLIENT_KEY = "sk-canary-of-a-client"
OLD = f"""\
# 旧配置
[app]
app_key = "{PASSWORD}"
api_key = "{CLIENT_KEY}"

[grok]
timeout = 300
cf_clearance = "canary-of-a-cookie"
retry_budget = 90

[performance]
media_max_concurrent = 9
"""
TAKEN = {
    "app": {"app_key": PASSWORD, "api_key": [CLIENT_KEY]},
    "grok": {"timeout": 300.0},
    "performance": {"media_max_concurrent": 9},
}


@pytest.fixture
def old(run: CommandLine) -> Path:
    run.secrets += [PASSWORD, CLIENT_KEY, "canary-of-a-cookie"]
    file = run.directory / "old" / "config.toml"
    file.parent.mkdir()
    file.write_text(OLD, encoding="utf-8")
    return file


def written(run: CommandLine) -> dict[str, Any]:
    return tomllib.loads((run.directory / "config.toml").read_text(encoding="utf-8"))


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {row["setting"]: row["outcome"] for row in report["rows"]}


def test_what_still_means_something_is_written_and_the_rest_is_listed(run: CommandLine, old: Path) -> None:
    report = run.json("config", "import", "old/config.toml")
    assert outcomes(report) == {
        "app.app_key": "take",
        "app.api_key": "take",
        "grok.timeout": "take",
        "grok.cf_clearance": "dropped",
        "grok.retry_budget": "dropped",
        "performance.media_max_concurrent": "take",
    }
    assert report["counts"] == {"take": 4, "dropped": 2}
    assert report["written"] is True
    assert written(run) == TAKEN
    assert (run.directory / "config.toml").stat().st_mode & 0o777 == 0o600
    assert old.read_text(encoding="utf-8") == OLD
    assert not run.data.exists()
    assert run("config", "check").stderr == ""


@pytest.mark.usefixtures("old")
def test_people_get_a_table_with_reasons(run: CommandLine) -> None:
    result = run("config", "import", "old/config.toml")
    assert result.stdout.splitlines()[0].split() == ["setting", "outcome", "here", "value", "reason"]
    assert "official API" in result.stdout
    assert "4 taken, 2 without a meaning here" in result.stderr
    assert "written to" in result.stderr


@pytest.mark.usefixtures("old")
def test_a_dry_run_writes_nothing(run: CommandLine) -> None:
    assert run.json("config", "import", "old/config.toml", "--dry-run")["written"] is False
    assert [path.name for path in run.directory.iterdir()] == ["old"]


@pytest.mark.usefixtures("old")
def test_a_second_run_changes_nothing(run: CommandLine) -> None:
    run("config", "import", "old/config.toml")
    before = (run.directory / "config.toml").read_bytes()
    report = run.json("config", "import", "old/config.toml")
    assert report["counts"] == {"same": 4, "dropped": 2}
    assert report["written"] is False
    assert (run.directory / "config.toml").read_bytes() == before


@pytest.mark.usefixtures("old")
def test_a_conflict_stops_everything_until_it_is_decided(run: CommandLine) -> None:
    target = run.directory / "config.toml"
    present = "# mine\n[grok]\ntimeout = 90 # short\n[app]\napp_key = 'another canary'\n"
    run.secrets.append("another canary")
    target.write_text(present)
    target.chmod(0o640)
    report = run.json("config", "import", "old/config.toml", exits=1)
    assert report["counts"] == {"conflict": 2, "take": 2, "dropped": 2}
    assert target.read_text() == present
    reasons = {row["setting"]: row["reason"] for row in report["rows"]}
    assert "90 is set" in reasons["grok.timeout"]
    assert "another value is set" in reasons["app.app_key"]
    assert "nothing was written" in run("config", "import", "old/config.toml", exits=1).stderr

    report = run.json("config", "import", "old/config.toml", "--replace")
    assert report["counts"] == {"take": 2, "replace": 2, "dropped": 2}
    assert written(run) == TAKEN
    assert target.read_text().startswith("# mine\n")
    assert target.stat().st_mode & 0o777 == 0o640
    kept = run.directory / "config.toml.before-import-1"
    assert kept.read_text() == present
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_wrong_value_is_told_and_the_others_are_taken(run: CommandLine, old: Path) -> None:
    old.write_text('[grok]\nbase_proxy_url = "socks4://h:1"\ntimeout = 300\n')
    report = run.json("config", "import", "old/config.toml", exits=1)
    assert outcomes(report) == {"grok.base_proxy_url": "wrong", "grok.timeout": "take"}
    assert written(run) == {"grok": {"timeout": 300.0}}


@pytest.mark.parametrize(
    ("encoding", "newline"),
    [("utf-8-sig", "\n"), ("utf-8", "\r\n"), ("gb18030", "\r\n"), ("utf-16", "\n")],
)
def test_files_of_windows_editors_are_read(run: CommandLine, old: Path, encoding: str, newline: str) -> None:
    old.write_bytes(OLD.replace("\n", newline).encode(encoding))
    run.json("config", "import", "old/config.toml")
    assert written(run) == TAKEN


def test_of_an_uncertain_encoding_only_plain_values_are_taken(run: CommandLine, old: Path) -> None:
    old.write_bytes('[app]\napp_key = "密码很长"\n[grok]\ntimeout = 300\n'.encode("gb18030"))
    report = run.json("config", "import", "old/config.toml", exits=1)
    assert outcomes(report) == {"app.app_key": "wrong", "grok.timeout": "take"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[app]\napp_key = canary-of-a-password\n", "config.toml, line 2, column 11"),
        (b"[app]\n[app]\n", "config.toml, line 2, column"),
        (b"\xff\xff\xff", "neither UTF-8 nor GBK"),
        (b"x" * 1_048_577, "no settings file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    run: CommandLine, old: Path, content: bytes, message: str
) -> None:
    old.write_bytes(content)
    exits = 2 if "line 2" in message else 1
    assert message in run.error("config", "import", "old/config.toml", exits=exits)
    assert not (run.directory / "config.toml").exists()


@pytest.mark.usefixtures("old")
def test_the_file_that_is_written_must_be_another_one(run: CommandLine) -> None:
    (run.directory / "config.toml").symlink_to("old/config.toml")
    assert "move it elsewhere" in run.error("config", "import", "old/config.toml")
    run("config", "import", "old/config.toml", "--to", "new.toml")
    assert tomllib.loads((run.directory / "new.toml").read_text()) == TAKEN
    assert "no directory" in run.error("config", "import", "old/config.toml", "--to", "none/new.toml")


def test_a_result_that_no_start_would_accept_is_not_written(
    run: CommandLine, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROK2API_APP__API_KEY", PASSWORD)
    told = run.error("config", "import", "old/config.toml", exits=2)
    assert "nothing was written" in told
    assert "app.app_key" in told
    assert not (run.directory / "config.toml").exists()
    assert old.read_text(encoding="utf-8") == OLD


@pytest.mark.usefixtures("old")
def test_a_file_that_cannot_be_added_to_is_left_alone(run: CommandLine) -> None:
    target = run.directory / "config.toml"
    target.write_text("grok.max_retry = 5\n")
    assert "cannot be added to safely" in run.error("config", "import", "old/config.toml")
    assert target.read_text() == "grok.max_retry = 5\n"


@pytest.mark.usefixtures("old")
def test_what_the_environment_overrules_is_told(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK2API_GROK__TIMEOUT", "50")
    rows = {row["setting"]: row for row in run.json("config", "import", "old/config.toml")["rows"]}
    assert "environment variable GROK2API_GROK__TIMEOUT overrules it" in rows["grok.timeout"]["reason"]


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("name", ["ssoBasic", "ssoNormal"])
def test_the_cookies_of_a_token_file_are_counted_and_refused(run: CommandLine, name: str) -> None:
    cookies = (
        '[{"token": "canary-of-a-cookie", "quota": 80}]'
        if name == "ssoBasic"
        else '{"canary-of-a-cookie": {}}'
    )
    (run.directory / "old" / "token.json").write_text(f'{{"{name}": {cookies}, "ssoSuper": []}}')
    report = run.json("config", "import", "old/config.toml")["tokens"]
    assert report["counts"] == {"rejected": 1}
    assert "cookies are not supported" in report["message"]
    assert not run.data.exists()


@pytest.mark.usefixtures("old")
def test_keys_of_a_token_file_join_the_pool_once(run: CommandLine) -> None:
    tokens = run.directory / "tokens.txt"
    tokens.write_text(f"{KEY}\nsso=canary-of-a-cookie\n")
    words = ("config", "import", "old/config.toml", "--tokens", "tokens.txt")
    assert run.json(*words, "--dry-run")["tokens"]["counts"] == {"would add": 1, "rejected": 1}
    assert run.json(*words)["tokens"]["counts"] == {"added": 1, "rejected": 1}
    assert run.json(*words)["tokens"]["counts"] == {"known": 1, "rejected": 1}
    assert len(run.json("credentials", "list")) == 1
