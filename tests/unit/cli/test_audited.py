"""What commands change is told to the audit, and the audit shows when somebody has been at it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from support.command_line import KEY, OTHER_KEY, PROXY_PASSWORD, CommandLine


def rows(run: CommandLine) -> list[dict[str, str]]:
    with closing(sqlite3.connect(run.data / "grok2api.db")) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute('SELECT * FROM audit_entries ORDER BY "sequence"').fetchall()
    return [dict(each) for each in found]


def spoil(run: CommandLine, statement: str) -> None:
    with closing(sqlite3.connect(run.data / "grok2api.db")) as connection, connection:
        connection.execute(statement)


def test_every_change_is_told_twice_and_no_look_is(run: CommandLine) -> None:
    identifier = run.add(KEY)
    run(
        "credentials",
        "edit",
        identifier,
        "--name",
        "two",
        "--proxy",
        f"http://u:{PROXY_PASSWORD}@p.example:1",
    )
    run("credentials", "disable", identifier)
    run("keys", "create", "--name", "laptop")
    run("keys", "edit", "laptop", "--rescue", "7d")
    run("keys", "revoke", "laptop")
    run("credentials", "list")
    run("keys", "list")
    run("admin", "reset-password")
    run("credentials", "delete", identifier, "--yes")
    told = [(each["action"], each["outcome"]) for each in rows(run)]
    actions = ["credentials.add", "credentials.edit", "credentials.disable", "keys.create"]
    actions += ["keys.edit", "keys.revoke", "admin.reset-password", "credentials.delete"]
    assert told == [(action, outcome) for action in actions for outcome in ("begun", "done")]
    assert {(each["way"], each["role"]) for each in rows(run)} == {("cli", "owner")}
    done = {each["action"]: each for each in rows(run) if each["outcome"] == "done"}
    assert done["credentials.edit"]["target"] == identifier
    assert '"name":"two"' in done["credentials.edit"]["after"]


def test_no_secret_is_told(run: CommandLine) -> None:
    identifier = run.add(KEY, "--proxy", f"http://u:{PROXY_PASSWORD}@p.example:1")
    run.add(OTHER_KEY)
    plain = run("keys", "create", "--name", "laptop").stdout.strip()
    password = run("admin", "reset-password").stdout.strip()
    run("credentials", "edit", identifier, "--proxy", f"http://u:{PROXY_PASSWORD}@q.example:1")
    everything = repr(rows(run))
    for secret in (KEY, OTHER_KEY, PROXY_PASSWORD, plain, password):
        assert secret not in everything


def test_a_change_that_fails_is_told_as_such(run: CommandLine) -> None:
    run.add(KEY)
    run("credentials", "edit", "nobody", "--name", "x", exits=1)
    told = [(each["action"], each["outcome"]) for each in rows(run)]
    assert told[2:] == [("credentials.edit", "begun"), ("credentials.edit", "failed")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'somebody else' WHERE \"sequence\" = 2",
        "UPDATE audit_entries SET after = '' WHERE \"sequence\" = 2",
        'DELETE FROM audit_entries WHERE "sequence" = 2',
    ],
)
def test_a_spoilt_audit_is_found(run: CommandLine, statement: str) -> None:
    run.add(KEY)
    run("keys", "create", "--name", "laptop")
    assert {row["check"]: row["state"] for row in run.json("db", "verify")}["audit"] == "ok"
    spoil(run, statement)
    for command in ("db verify", "doctor"):
        found = {row["check"]: row for row in run.json(*command.split(), exits=1)}
        assert found["audit"]["state"] == "mend"
        assert "entry 2" in found["audit"]["message"]


def test_nothing_is_changed_where_nothing_can_be_told(run: CommandLine) -> None:
    run.add(KEY)
    spoil(run, "DROP TABLE audit_entries")
    run.error("credentials", "add", "-", input=f"{OTHER_KEY}\n")
    assert len(run.json("credentials", "list")) == 1
