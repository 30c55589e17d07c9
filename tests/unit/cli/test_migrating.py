"""`db migrate` and `db verify --against` as a shell calls them: what is refused, told and kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy.engine import make_url

from grok2api.storage.transfer.families import FAMILIES
from support.command_line import KEY, SECRET_KEY, CommandLine
from support.database_servers import made_database
from support.redis_server import forget_keys, keys_under, new_prefix, redis_url

PASSWORD = "canary-of-a-password"


@pytest.fixture
def filled(run: CommandLine) -> CommandLine:
    """A local store with a credential and a key."""
    run.secrets.append(PASSWORD)
    run("credentials", "add", KEY, "--name", "first")
    run("keys", "create", "--name", "laptop")
    return run


@pytest.fixture
def prefix() -> Iterator[str]:
    made = new_prefix()
    yield made
    forget_keys(redis_url(), made)


def test_a_store_goes_to_redis_and_on_to_a_file(
    filled: CommandLine, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled.json("credentials", "list")
    told = filled("db", "migrate", "--to", redis_url(), "--to-prefix", prefix).stdout
    assert "SERVER_STORAGE_TYPE=redis" in told
    assert f"REDIS_URL={redis_url()}" in told
    assert f"GROK2API_STORAGE__REDIS_PREFIX={prefix}" in told
    assert "1 sealed texts open in Redis" in told
    monkeypatch.setenv("SERVER_STORAGE_TYPE", "redis")
    monkeypatch.setenv("REDIS_URL", redis_url())
    monkeypatch.setenv("GROK2API_STORAGE__REDIS_PREFIX", prefix)
    assert filled.json("credentials", "list") == before

    report = filled.json("db", "migrate", "--to", f"sqlite:///{filled.directory}/back.db")
    assert report["same"]
    assert {each["family"] for each in report["records"]} == {each.name for each in FAMILIES}
    assert report["switch"]["DATABASE_URL"] == f"sqlite:///{filled.directory}/back.db"
    monkeypatch.setenv("SERVER_STORAGE_TYPE", "local")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{filled.directory}/back.db")
    assert filled.json("credentials", "list") == before


def test_a_password_is_read_from_a_file_and_never_told(filled: CommandLine) -> None:
    with ExitStack() as made:
        url = make_url(made.enter_context(made_database("pgsql")).url).set(password=PASSWORD)
        file = filled.directory / "target"
        file.write_text(url.render_as_string(hide_password=False) + "\n")
        told = filled("db", "migrate", "--to-file", str(file)).stdout
        assert f"DATABASE_URL=postgresql://postgres:***@{url.host}:{url.port}/{url.database}" in told
        same = filled("db", "verify", "--against-file", str(file))
        assert "wrong" not in same.stdout
        filled("keys", "create", "--name", "another")
        differing = filled("db", "verify", "--against-file", str(file), exits=1)
        assert "the keys differ" in differing.stderr
        assert "credentials differ" not in differing.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--to URL, --to-file FILE, or MIGRATE_TO_URL"),
        (("--to", "oracle://user:canary-of-a-password@host/db"), "write it as sqlite:///path/to/file.db"),
        (("--to", "canary-of-a-password"), "write it as sqlite:///path/to/file.db"),
        (("--to", "postgresql://user:canary-of-a-password@host"), "it names no database"),
        (("--to", "mysql://host/db"), "it names no user"),
        (("--to", "sqlite://"), "needs a file"),
        (("--to", "redis://:canary-of-a-password@127.0.0.1:1/0"), "does not answer"),
    ],
)
def test_a_url_that_leads_nowhere_says_what_to_write(
    filled: CommandLine, words: tuple[str, ...], told: str
) -> None:
    exits = 1 if "redis" in str(words) else 2
    assert told in " ".join(filled("db", "migrate", *words, exits=exits).stderr.split())


def test_a_store_that_is_not_empty_is_refused_and_left_alone(
    filled: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = filled.directory / "other"
    monkeypatch.setenv("DATA_DIR", str(other))
    filled("credentials", "add", KEY, "--name", "theirs")
    theirs = filled.json("credentials", "list")
    monkeypatch.delenv("DATA_DIR")
    refusal = filled("db", "migrate", "--to", f"sqlite:///{other}/grok2api.db", exits=1).stderr
    assert "is not empty" in refusal
    monkeypatch.setenv("DATA_DIR", str(other))
    assert filled.json("credentials", "list") == theirs


def test_a_copy_that_is_in_use_is_not_overwritten(
    filled: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{filled.directory}/new.db"
    filled("db", "migrate", "--to", url)
    filled("keys", "create", "--name", "late")
    assert filled.json("db", "migrate", "--to", url)["copied"], "a copy nobody uses is brought into line"
    monkeypatch.setenv("DATABASE_URL", url)
    assert len(filled.json("keys", "list")) == 2
    monkeypatch.delenv("DATABASE_URL")
    filled("db", "migrate", "--to", url)
    monkeypatch.setenv("DATABASE_URL", url)
    filled("keys", "create", "--name", "theirs")
    monkeypatch.delenv("DATABASE_URL")
    assert "has been used since" in filled("db", "migrate", "--to", url, exits=1).stderr


def test_half_a_copy_is_not_served(filled: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{filled.directory}/new.db"
    filled("db", "migrate", "--to", url)
    with closing(sqlite3.connect(filled.directory / "new.db")) as database, database:
        database.execute(
            "UPDATE meta SET value = replace(value, 'whole', 'copying') WHERE name = 'migration'"
        )
        database.execute("DELETE FROM client_keys")
    monkeypatch.setenv("DATABASE_URL", url)
    for words in (("serve", "--port", "0"), ("credentials", "list")):
        refusal = " ".join(filled(*words, exits=2).stderr.split())
        assert "was not finished" in refusal
        assert "grok2api db migrate --to" in refusal
    states = {row["check"]: row["state"] for row in filled.json("db", "verify", exits=1)}
    assert states["migration"] == "mend"
    monkeypatch.delenv("DATABASE_URL")
    assert filled.json("db", "migrate", "--to", url)["copied"] == 1
    monkeypatch.setenv("DATABASE_URL", url)
    assert len(filled.json("keys", "list")) == 1


def test_half_a_copy_of_another_store_is_refused(
    filled: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{filled.directory}/new.db"
    filled("db", "migrate", "--to", url)
    monkeypatch.setenv("DATA_DIR", str(filled.directory / "other"))
    filled("credentials", "add", KEY)
    assert "holds a copy of another store" in filled("db", "migrate", "--to", url, exits=1).stderr


def test_a_wrong_or_missing_key_stops_before_the_target_is_touched(
    filled: CommandLine, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("db", "migrate", "--to", redis_url(), "--to-prefix", prefix)
    monkeypatch.setenv("GROK2API_SECRET_KEY", SECRET_KEY)
    assert "sealed with another secret key" in filled(*words, exits=2).stderr
    monkeypatch.delenv("GROK2API_SECRET_KEY")
    (filled.data / "secret.key").unlink()
    assert "secret.key is missing" in " ".join(filled(*words, exits=2).stderr.split())
    assert not (filled.data / "secret.key").exists()
    assert keys_under(redis_url(), prefix) == []


def test_no_store_and_the_same_store_are_told(run: CommandLine) -> None:
    missing = run("db", "migrate", "--to", f"sqlite:///{run.directory}/new.db", exits=2).stderr
    assert "there is no store at" in missing
    assert not (run.directory / "new.db").exists()
    run("db", "upgrade")
    same = run("db", "migrate", "--to", "sqlite:///data/grok2api.db", exits=1).stderr
    assert "both stores are the same" in same


def test_a_secret_that_does_not_open_is_named(filled: CommandLine) -> None:
    with closing(sqlite3.connect(filled.data / "grok2api.db")) as database, database:
        database.execute("UPDATE credentials SET secret = 'v1:00000000:AAAAAAAAAAAAAAAA:AAAA'")
    told = filled("db", "migrate", "--to", f"sqlite:///{filled.directory}/new.db", exits=1).stderr
    assert "1 sealed texts of credentials do not open (cred_" in " ".join(told.split())
