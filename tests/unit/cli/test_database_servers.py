"""The commands on a database server: those that look into the store, and those that are for files only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from support.command_line import CommandLine
from support.database_servers import KINDS, TestDatabase, made_database
from support.processes import free_port


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestDatabase]:
    """Return an empty database that the settings name."""
    with made_database(request.param) as made:
        monkeypatch.setenv("DATABASE_URL", made.url)
        yield made


def states(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row["check"]: row["state"] for row in rows}


def test_a_store_is_made_looked_into_and_taken_down(run: CommandLine, database: TestDatabase) -> None:
    assert states(run.json("db", "verify", exits=1)) == {"schema": "mend"}
    assert run("db", "upgrade").stdout == "the schema is this version's\n"
    identifier = run.add()
    assert [row["id"] for row in run.json("credentials", "list")] == [identifier]
    sound = ("schema", "store", "canary", "secrets", "audit")
    assert states(run.json("db", "verify")) == dict.fromkeys(sound, "ok")
    (store,) = [row for row in run.json("doctor") if row["check"] == "store"]
    assert (store["state"], database.name in store["message"]) == ("ok", True)

    refusal = run.error("db", "backup", "copy.db")
    assert {"pgsql": "pg_dump", "mysql": "mysqldump"}[database.kind] in refusal
    assert not (run.directory / "copy.db").exists()

    asked = run("db", "downgrade", "base", exits=1, input="n\n")
    assert database.name in asked.stderr
    run("db", "downgrade", "base", "--yes")
    assert states(run.json("db", "verify", exits=1)) == {"schema": "mend"}
    assert not (run.data / "grok2api.db").exists()


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
@pytest.mark.parametrize("words", [("db", "upgrade"), ("db", "verify"), ("doctor",), ("credentials", "list")])
def test_a_server_that_is_away_is_told_without_its_password(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, scheme: str, words: tuple[str, ...]
) -> None:
    address = make_url(f"{scheme}://user:canary-of-a-password@127.0.0.1:{free_port()}/name")
    monkeypatch.setenv("DATABASE_URL", address.render_as_string(hide_password=False))
    run.secrets.append("canary-of-a-password")
    looks = words[-1] in {"verify", "doctor"}
    said = run(*words, exits=1 if looks else 2)
    assert "cannot be reached" in " ".join((said.stdout + said.stderr).split())
