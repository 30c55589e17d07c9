"""`grok2api db`: schema, copies and the state of what is sealed."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support.command_line import KEY, CommandLine
from support.observing import eventually
from support.processes import ROOT


def test_upgrade_makes_a_store_and_does_no_harm_twice(run: CommandLine) -> None:
    for _ in range(2):
        assert run("db", "upgrade").stdout == "the schema is this version's\n"
    assert {row["state"] for row in run.json("db", "verify") if row["check"] == "schema"} == {"ok"}


@pytest.mark.parametrize("words", [("downgrade", "base", "--yes"), ("backup", "copy.db"), ("verify",)])
def test_without_a_store_there_is_nothing_to_do(run: CommandLine, words: tuple[str, ...]) -> None:
    assert "there is no store at" in run.error("db", *words)
    assert not run.data.exists()


def test_downgrade_asks_and_upgrade_brings_it_back(run: CommandLine) -> None:
    run.add()
    run("db", "downgrade", "base", exits=1, input="n\n")
    assert run("db", "verify").exit_code == 0
    run("db", "downgrade", "base", "--yes")
    rows = run.json("db", "verify", exits=1)
    assert [(row["check"], row["state"]) for row in rows] == [("schema", "mend")]
    run("db", "upgrade")
    assert run.json("credentials", "list") == []


def test_downgrade_to_nowhere_is_refused(run: CommandLine) -> None:
    run("db", "upgrade")
    assert "nowhere" in run.error("db", "downgrade", "nowhere", "--yes", exits=2)


def test_verify_opens_every_secret(run: CommandLine) -> None:
    identifier = run.add()
    rows = run.json("db", "verify")
    assert [(row["check"], row["state"]) for row in rows] == [
        ("schema", "ok"),
        ("store", "ok"),
        ("canary", "ok"),
        ("secrets", "ok"),
        ("audit", "ok"),
    ]
    with closing(sqlite3.connect(run.data / "grok2api.db")) as connection, connection:
        connection.execute("UPDATE credentials SET secret = replace(secret, 'v1:', 'v0:')")
    assert identifier in run("db", "verify", exits=1).stdout
    (row,) = run.json("credentials", "list")
    assert (row["status"], row["reason"]) == (
        "blocked",
        "its secret does not open with this server's secret key",
    )


def test_verify_knows_a_wrong_secret_key_from_a_missing_one(run: CommandLine) -> None:
    run.add()
    file = run.data / "secret.key"
    file.write_text("another secret key of more than thirty-two characters\n")
    states = {row["check"]: row["state"] for row in run.json("db", "verify", exits=1)}
    assert (states["canary"], states["secrets"]) == ("mend", "mend")
    file.unlink()
    assert "secret.key is missing" in run("db", "verify", exits=1).stdout
    assert not file.exists()


def test_a_backup_is_whole_private_and_says_what_it_lacks(run: CommandLine) -> None:
    identifier = run.add()
    with closing(sqlite3.connect(run.data / "grok2api.db")) as server:
        server.execute("BEGIN IMMEDIATE")
        server.execute("UPDATE credentials SET name = 'not committed'")
        result = run("db", "backup", "copy.db")
        server.rollback()
    assert "secret.key" in result.stderr
    copy = run.directory / "copy.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert KEY.encode() not in copy.read_bytes()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT id, name FROM credentials").fetchall() == [
            (identifier, "xai-…9a1c")
        ]
    assert sorted(path.name for path in run.directory.iterdir()) == ["copy.db", "data"]


def kept(run: CommandLine) -> list[Path]:
    return sorted(run.data.glob("grok2api.db.before-restore-*"))


def trials(run: CommandLine) -> list[Path]:
    return sorted(run.data.glob(".grok2api.db.restore-*"))


def test_a_restore_brings_the_copy_back_and_keeps_what_was_there(run: CommandLine) -> None:
    identifier = run.add()
    run("db", "backup", "copy.db")
    run("credentials", "delete", identifier, "--yes")
    assert "Stop every server" in run("db", "restore", "copy.db", exits=1, input="n\n").stderr
    assert (run.json("credentials", "list"), kept(run)) == ([], [])
    run("db", "restore", "copy.db", "--yes")
    assert [row["id"] for row in run.json("credentials", "list")] == [identifier]
    assert run("db", "verify").exit_code == 0
    assert trials(run) == []
    (before,) = kept(run)
    assert stat.S_IMODE(before.stat().st_mode) == 0o600
    with closing(sqlite3.connect(before)) as connection:
        assert connection.execute("SELECT count(*) FROM credentials").fetchone() == (0,)


def test_a_restore_makes_a_store_where_none_is(run: CommandLine) -> None:
    identifier = run.add()
    run("db", "backup", "copy.db")
    for path in run.data.glob("grok2api.db*"):
        path.unlink()
    run("db", "restore", "copy.db", "--yes")
    assert [row["id"] for row in run.json("credentials", "list")] == [identifier]
    assert kept(run) == []


def test_a_restore_needs_room_beside_the_store_alone_and_leaves_nothing_there(
    run: CommandLine, tmp_path: Path
) -> None:
    run.add()
    run("db", "backup", "copy.db")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, str(ROOT / "main.py"), "db", "restore", "copy.db"]
    restoring = subprocess.Popen(
        command,
        cwd=run.directory,
        env=os.environ | {"TMPDIR": str(elsewhere), "SQLITE_TMPDIR": str(elsewhere)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with restoring:
        assert restoring.stderr is not None
        assert restoring.stderr.read(3) == b"Put", "it asks, once the copy was tried out"
        (trial,) = trials(run)
        assert stat.S_IMODE(trial.stat().st_mode) == 0o700
        assert (trial / "trial.db").exists()
        assert list(elsewhere.iterdir()) == []
        eventually(lambda: ended_by_sigterm(restoring), "the end of the command")
        assert restoring.returncode == 128 + signal.SIGTERM
    assert (kept(run), trials(run)) == ([], [])


def ended_by_sigterm(process: subprocess.Popen[bytes]) -> bool:
    """Send the signal, again if need be: one that comes right before a read is heard after it."""
    process.send_signal(signal.SIGTERM)
    return process.poll() is not None


def test_a_restore_says_where_it_cannot_write(run: CommandLine) -> None:
    run.add()
    run("db", "backup", "copy.db")
    run.data.rename(run.directory / "moved")
    run.data.write_text("a file in the way")
    assert f"{run.data} cannot be written" in run.error("db", "restore", "copy.db", "--yes")


def test_an_older_copy_is_brought_to_this_version(run: CommandLine) -> None:
    identifier = run.add()
    run("db", "downgrade", "0007", "--yes")
    run("db", "backup", "old.db")
    run("db", "upgrade")
    run("credentials", "delete", identifier, "--yes")
    run("db", "restore", "old.db", "--yes")
    assert [row["id"] for row in run.json("credentials", "list")] == [identifier]


@pytest.mark.parametrize("trouble", ["no database", "newer", "another key", "half"])
def test_what_cannot_serve_is_not_put_back(run: CommandLine, trouble: str) -> None:
    identifier = run.add()
    run("db", "backup", "copy.db")
    copy = run.directory / "copy.db"
    exits = {"no database": 1, "newer": 2, "another key": 1, "half": 1}[trouble]
    if trouble == "no database":
        copy.write_bytes(b"this is no database at all" * 400)
    elif trouble == "half":
        copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    else:
        change = {
            "newer": "UPDATE alembic_version SET version_num = '9999'",
            "another key": "UPDATE meta SET value = 'v1:00000000:nonce:text' WHERE name = 'canary'",
        }[trouble]
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute(change)
            connection.commit()
    run.error("db", "restore", "copy.db", "--yes", exits=exits)
    assert [row["id"] for row in run.json("credentials", "list")] == [identifier]
    assert (kept(run), trials(run)) == ([], [])


def test_a_backup_serves_in_place_of_the_store(run: CommandLine) -> None:
    identifier = run.add()
    run("db", "backup", "copy.db")
    run("credentials", "delete", identifier, "--yes")
    (run.directory / "copy.db").replace(run.data / "grok2api.db")
    assert [row["id"] for row in run.json("credentials", "list")] == [identifier]


@pytest.mark.parametrize("name", ["copy.db", "missing/copy.db"])
def test_a_backup_never_overwrites_and_names_what_fails(run: CommandLine, name: str) -> None:
    run.add()
    (run.directory / "copy.db").write_text("precious")
    assert name in run.error("db", "backup", name)
    assert (run.directory / "copy.db").read_text() == "precious"


def test_a_damaged_store_gives_no_copy(run: CommandLine) -> None:
    run.data.mkdir()
    (run.data / "grok2api.db").write_bytes(b"this is no database at all" * 400)
    assert "The copy failed" in run.error("db", "backup", "copy.db")
    assert not (run.directory / "copy.db").exists()


def test_another_kind_of_store_is_refused(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "oracle://u:canary-of-a-password@h/d")
    run.secrets.append("canary-of-a-password")
    assert "storage.url" in run.error("db", "verify", exits=2)
