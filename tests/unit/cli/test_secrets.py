"""`secrets rotate` as a shell calls it: all is sealed anew, and what names people stays what it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.open import open_records
from grok2api.storage.transfer.families import FAMILIES
from support.command_line import KEY, OTHER_KEY, SECRET_KEY, CommandLine
from support.database_servers import run as run_async
from support.full_store import fill
from support.redis_server import forget_keys, new_prefix, redis_url

NEW_KEY = "canary-of-a-new-secret-key-that-is-long-enough"
SEALED = {each.name for each in FAMILIES if each.sealed}


@pytest.fixture
def sealed(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A store that the old key sealed."""
    run.secrets.append(NEW_KEY)
    monkeypatch.setenv("GROK2API_SECRET_KEY", SECRET_KEY)
    run("credentials", "add", KEY, "--name", "first")
    return run


def take_new_key(monkeypatch: pytest.MonkeyPatch, *previous: str) -> None:
    monkeypatch.setenv("GROK2API_SECRET_KEY", NEW_KEY)
    monkeypatch.setenv("GROK2API_SECRETS__PREVIOUS_KEYS", ",".join(previous))


def key_ids(run: CommandLine) -> set[str]:
    """Return which keys sealed what lies in the store."""
    with closing(sqlite3.connect(run.data / "grok2api.db")) as database:
        dump = "\n".join(database.iterdump())
    return {part.split(":")[0] for part in dump.split("'v1:")[1:]}


def test_everything_is_sealed_anew_and_the_old_key_may_go(
    sealed: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = key_ids(sealed)
    take_new_key(monkeypatch, SECRET_KEY)
    sealed("credentials", "add", OTHER_KEY, "--name", "second")
    assert len(key_ids(sealed)) == 2
    told = sealed("secrets", "rotate")
    assert "take the earlier ones out of secrets.previous_keys" in " ".join(told.stderr.split())
    (new,) = key_ids(sealed)
    assert new != old
    take_new_key(monkeypatch)
    states = {row["check"]: row["state"] for row in sealed.json("db", "verify")}
    assert states == dict.fromkeys(("schema", "store", "canary", "secrets", "audit"), "ok")
    assert "is already in the pool" in sealed("credentials", "add", KEY, exits=1).stderr
    again = sealed.json("secrets", "rotate")
    assert {each["family"]: each["resealed"] for each in again["records"]} == dict.fromkeys(SEALED, 0)


def test_keys_may_be_rotated_again_and_again(sealed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        before, after = (f"{SECRET_KEY}{number or ''}", f"{SECRET_KEY}{number + 1}")
        monkeypatch.setenv("GROK2API_SECRET_KEY", after)
        monkeypatch.setenv("GROK2API_SECRETS__PREVIOUS_KEYS", before)
        sealed("secrets", "rotate")
        monkeypatch.delenv("GROK2API_SECRETS__PREVIOUS_KEYS")
        assert "is already in the pool" in sealed("credentials", "add", KEY, exits=1).stderr


@pytest.fixture
def redis_prefix(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    made = new_prefix()
    monkeypatch.setenv("SERVER_STORAGE_TYPE", "redis")
    monkeypatch.setenv("REDIS_URL", redis_url())
    monkeypatch.setenv("GROK2API_STORAGE__REDIS_PREFIX", made)
    yield made
    forget_keys(redis_url(), made)


@pytest.mark.parametrize("kind", ["local", "redis"])
def test_each_type_of_records_is_sealed_anew(
    run: CommandLine, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = request.getfixturevalue("redis_prefix") if kind == "redis" else ""

    async def full() -> None:
        redis = redis_url() if prefix else ""
        records = await open_records(kind, "", run.data, redis_url=redis, redis_prefix=prefix)
        await fill(records, SecretBox(KeyRing(SECRET_KEY)), many=4)
        await records.close()

    run_async(full)
    take_new_key(monkeypatch, SECRET_KEY)
    first = {each["family"]: each for each in run.json("secrets", "rotate")["records"]}
    assert set(first) == SEALED
    assert all(each["opened"] == each["resealed"] > 0 == each["shut"] for each in first.values())
    take_new_key(monkeypatch)
    second = {each["family"]: each for each in run.json("secrets", "rotate")["records"]}
    assert {name: each["opened"] for name, each in second.items()} == {
        name: each["opened"] for name, each in first.items()
    }


def test_a_wrong_key_changes_nothing(sealed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_ids(sealed)
    take_new_key(monkeypatch)
    for words in (("secrets", "rotate"), ("serve", "--port", "0"), ("credentials", "list")):
        assert "sealed with another secret key" in " ".join(sealed(*words, exits=2).stderr.split())
    assert key_ids(sealed) == before


def test_what_does_not_open_stays_and_is_named(sealed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(sealed.data / "grok2api.db")) as database, database:
        database.execute("UPDATE credentials SET secret = 'v1:00000000:AAAAAAAAAAAAAAAA:AAAA'")
    take_new_key(monkeypatch, SECRET_KEY)
    told = " ".join(sealed("secrets", "rotate", exits=1).stderr.split())
    assert "1 sealed texts of credentials do not open (cred_" in told
    assert "00000000" in key_ids(sealed)


def test_an_empty_store_has_nothing_to_be_sealed_anew(run: CommandLine) -> None:
    run("db", "upgrade")
    report = run.json("secrets", "rotate")
    assert [each["opened"] for each in report["records"]] == [0] * len(SEALED)
