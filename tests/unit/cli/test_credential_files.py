"""`grok2api credentials import` and `export`: what a file becomes, and what becomes of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.command_line import KEY, OTHER_KEY, PROXY_PASSWORD, CommandLine

PASSPHRASE = "correct-canary-battery"
LINES = f"{KEY}\n# a remark\n{OTHER_KEY}\n"


@pytest.fixture
def passphrase(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> str:
    run.secrets.append(PASSPHRASE)
    monkeypatch.setenv("GROK2API_EXPORT_PASSPHRASE", PASSPHRASE)
    return PASSPHRASE


@pytest.mark.parametrize("way", ["file", "standard input"])
def test_keys_of_a_file_are_added(run: CommandLine, way: str) -> None:
    (run.directory / "keys.txt").write_text(LINES)
    file, given = ("keys.txt", None) if way == "file" else ("-", LINES)
    result = run("credentials", "import", file, input=given)
    assert [line.split()[:3] for line in result.stdout.splitlines()] == [
        ["place", "outcome", "id"],
        ["line", "1", "added"],
        ["line", "3", "added"],
    ]
    assert result.stderr == "txt: 2 added\n"
    assert len(run.json("credentials", "list")) == 2


def test_a_dry_run_does_nothing(run: CommandLine) -> None:
    report = run_json(run, "--dry-run", content=LINES)
    assert report["counts"] == {"would add": 2}
    assert [row["outcome"] for row in report["rows"]] == ["would add", "would add"]
    assert run.json("credentials", "list") == []


def test_each_line_gets_its_outcome_and_a_wrong_one_is_a_failure(run: CommandLine) -> None:
    known = run.add(KEY, "--name", "mine")
    content = f"{LINES}sso=abc; sso-rw=def\n"
    report = run_json(run, content=content, exits=1)
    assert [(row["place"], row["outcome"]) for row in report["rows"]] == [
        ("line 1", "known"),
        ("line 3", "added"),
        ("line 4", "rejected"),
    ]
    assert report["rows"][0]["id"] == known
    assert "cookies are not supported" in report["rows"][2]["reason"]
    assert (report["format"], report["total"], report["cancelled"]) == ("txt", 3, False)


def test_of_many_lines_those_that_need_somebody_are_shown(run: CommandLine) -> None:
    keys = "\n".join(f"xai-sandbox-canary-{number:06d}" for number in range(80))
    result = run("credentials", "import", "-", input=f"{keys}\nnot a key\n", exits=1)
    assert len(result.stdout.splitlines()) == 2
    assert result.stdout.splitlines()[1].startswith("line 81  rejected")
    assert result.stderr == "txt: 80 added, 1 rejected\n"


def test_refresh_tokens_need_sign_ins_to_be_on(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    run.secrets.append("refresh-token-canary-1234567890")
    content = "refresh:refresh-token-canary-1234567890\n"
    assert "oauth.enabled = true" in run_json(run, content=content, exits=1)["rows"][0]["reason"]
    monkeypatch.setenv("GROK2API_OAUTH__ENABLED", "true")
    assert run_json(run, content=content)["counts"] == {"added": 1}
    (row,) = run.json("credentials", "list", "--kind", "oauth")
    assert (row["generation"], row["expires_at"], row["status"]) == (1, None, "active")


def test_a_file_that_is_not_there_is_one_line(run: CommandLine) -> None:
    assert run.error("credentials", "import", "none.txt") == (
        "error: none.txt cannot be read (No such file or directory)\n"
    )


@pytest.mark.usefixtures("passphrase")
def test_an_export_is_sealed_private_and_gives_the_pool_again(run: CommandLine) -> None:
    run.add(KEY, "--name", "one", "--tag", "a", "--proxy", f"http://u:{PROXY_PASSWORD}@h:1")
    run.add(OTHER_KEY, "--name", "two")
    assert run("credentials", "export", "pool.sealed").stdout == "exported 2 credentials to pool.sealed\n"
    file = run.directory / "pool.sealed"
    content = file.read_text()
    assert not [secret for secret in run.secrets if secret in content]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in run.directory.iterdir() if path.name.startswith(".pool")] == []
    run("credentials", "delete", "--all", "--yes")
    assert run_json(run, file="pool.sealed")["counts"] == {"added": 2}
    assert {row["name"]: row["tags"] for row in run.json("credentials", "list")} == {"one": ["a"], "two": []}


@pytest.mark.usefixtures("passphrase")
def test_an_export_replaces_a_file_only_if_told(run: CommandLine) -> None:
    run.add(KEY, "--tag", "a")
    run.add(OTHER_KEY)
    file = run.directory / "pool.sealed"
    file.write_text("precious")
    assert "is there already" in run.error("credentials", "export", "pool.sealed")
    assert file.read_text() == "precious"
    run("credentials", "export", "pool.sealed", "--force", "--tag", "a")
    assert file.stat().st_mode & 0o777 == 0o600
    assert run_json(run, "--dry-run", file="pool.sealed")["total"] == 1


@pytest.mark.usefixtures("passphrase")
def test_an_export_without_a_place_or_a_credential_is_one_line(run: CommandLine) -> None:
    assert "no directory" in run.error("credentials", "export", "none/pool.sealed")
    assert run.error("credentials", "export", "pool.sealed") == "error: there is nothing to export\n"
    assert not (run.directory / "pool.sealed").exists()


def test_a_wrong_passphrase_opens_nothing(run: CommandLine, tmp_path: Path) -> None:
    run.add()
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(f"{PASSPHRASE}\n")
    wrong.write_text("another-canary-battery\n")
    run.secrets += [PASSPHRASE, "another-canary-battery"]
    run("credentials", "export", "pool.sealed", "--passphrase-file", str(right))
    told = run.error("credentials", "import", "pool.sealed", "--passphrase-file", str(wrong))
    assert "passphrase is wrong" in told
    result = run("credentials", "import", "pool.sealed", exits=2, input="")
    assert "GROK2API_EXPORT_PASSPHRASE" in result.stderr
    assert run_json(run, "--passphrase-file", str(right), file="pool.sealed")["counts"] == {"known": 1}


@pytest.mark.usefixtures("run")
def test_a_short_passphrase_is_refused(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    run.add()
    monkeypatch.setenv("GROK2API_EXPORT_PASSPHRASE", "short")
    assert "8 to 1024" in run.error("credentials", "export", "pool.sealed")


def run_json(
    run: CommandLine, *words: str, content: str = "", file: str = "", exits: int = 0
) -> dict[str, Any]:
    """Import a content or a file, and return the report."""
    if not file:
        file = "given.txt"
        (run.directory / file).write_text(content)
    report: dict[str, Any] = run.json("credentials", "import", file, *words, exits=exits)
    return report
