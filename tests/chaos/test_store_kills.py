"""F18: commands that change a store are killed at many moments; what is found afterwards is old or new.

A kill waits for a sign of progress in the store, not for a time: for so many records, or so many texts that
were sealed anew. Only where a change is one step it comes at any time.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from redis import Redis

from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.open import open_records
from grok2api.storage.records import Credential
from support.full_store import PLAIN, fill, told
from support.measured import measured
from support.operating import environment_of, operate
from support.processes import ROOT
from support.redis_server import forget_keys, new_prefix, redis_url
from support.usage_rows import completed

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

SECRET = "the secret key of these tests, long enough"
NEW_SECRET = "the next secret key of these tests, long enough"
BASE = {"GROK2API_SECRET_KEY": SECRET}
ROWS, CREDENTIALS = 20_000, 2_000
MOMENTS = (0, 1, 500, 5_000, 15_000, ROWS)


@dataclass(frozen=True)
class Killed:
    """Whether a process was killed before it ended by itself, and what it had said."""

    alive: bool
    output: str


def kill_when(
    directory: Path, reached: Callable[[], bool], *words: str, environment: dict[str, str]
) -> Killed:
    """Start a command, and kill it as soon as `reached` says so."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=directory,
        env=environment_of(directory, environment),
    )
    while process.poll() is None and not reached():
        time.sleep(0.002)
    alive = process.poll() is None
    process.kill()
    return Killed(alive, process.communicate()[0])


def after(seconds: float) -> Callable[[], bool]:
    """Return what becomes true a while from now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def number_in(file: Path, query: str) -> int:
    """Return a number from a database that may not be there yet."""
    if file.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            row = database.execute(query).fetchone()
            return int(row[0] or 0)
    return -1


def run(work: Callable[[Any], Any], kind: str, directory: Path, **place: str) -> Any:
    """Return what `work` makes of an open store."""

    async def opened() -> Any:
        records = await open_records(kind, place.pop("url", ""), directory, **place)  # type: ignore[arg-type]
        try:
            return await work(records)
        finally:
            await records.close()

    return asyncio.run(opened())


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A directory with a store of some size."""

    async def grow(records: Any) -> None:
        await fill(records, SecretBox(KeyRing(SECRET)), many=8)
        rows = [
            completed(
                request_id=f"many_{number:06}",
                started_at=1_700_000_000.0 + number,
                key_id="key_0000",
                credential_id="cred_0002",
                total_ms=1.5,
            )
            for number in range(ROWS)
        ]
        for start in range(0, ROWS, 1000):
            await records.usage.append(rows[start : start + 1000])

    run(grow, "local", tmp_path / "data")
    return tmp_path


@dataclass(frozen=True)
class Target:
    """A store that is migrated to.

    Attributes:
        words: How `db migrate` is told of it.
        serving: The settings that make it the server's.
        place: How its records are opened.
        progress: Returns the rows of the ledger that are there; -1 before the copy has begun.
        mark: Returns what the store says of the migration.
    """

    words: tuple[str, ...]
    serving: dict[str, str]
    place: dict[str, str]
    progress: Callable[[], int]
    mark: Callable[[], str]


def file_target(directory: Path) -> Target:
    file, url = directory / "new.db", f"sqlite:///{directory}/new.db"
    begun = "EXISTS (SELECT 1 FROM meta WHERE name = 'migration')"
    count = f"SELECT CASE WHEN {begun} THEN (SELECT count(*) FROM usage_records) ELSE -1 END"  # noqa: S608

    def mark() -> str:
        with closing(sqlite3.connect(file)) as database:
            return str(database.execute("SELECT value FROM meta WHERE name = 'migration'").fetchone()[0])

    return Target(("--to", url), {"DATABASE_URL": url}, {"url": url}, lambda: number_in(file, count), mark)


def redis_target(prefix: str) -> Target:
    def progress() -> int:
        with Redis.from_url(redis_url()) as client:
            return (
                int(client.zcard(f"{prefix}requests")) if client.hexists(f"{prefix}meta", "migration") else -1
            )

    def mark() -> str:
        with Redis.from_url(redis_url()) as client:
            return (client.hget(f"{prefix}meta", "migration") or b"").decode()

    settings = {"REDIS_URL": redis_url(), "GROK2API_STORAGE__REDIS_PREFIX": prefix}
    return Target(
        ("--to", redis_url(), "--to-prefix", prefix),
        {"SERVER_STORAGE_TYPE": "redis"} | settings,
        {"redis_url": redis_url(), "redis_prefix": prefix},
        progress,
        mark,
    )


@pytest.fixture(params=["local", "redis"])
def target(request: pytest.FixtureRequest, large: Path) -> Iterator[Target]:
    if request.param == "local":
        yield file_target(large)
        return
    prefix = new_prefix()
    yield redis_target(prefix)
    forget_keys(redis_url(), prefix)


def test_a_migration_that_is_killed_leaves_the_old_store_and_goes_on(large: Path, target: Target) -> None:
    before = run(told, "local", large / "data")
    killed = 0
    for moment in MOMENTS:
        reached = partial(has_reached, target.progress, moment)
        outcome = kill_when(large, reached, "db", "migrate", *target.words, environment=BASE)
        killed += outcome.alive
        if target.progress() >= 0 and "copying" in target.mark():
            listed = operate(large, "keys", "list", environment=BASE | target.serving, exits=2)
            assert "was not finished" in listed.stderr
    assert killed >= 3, "hardly any kill came in time"
    assert run(told, "local", large / "data") == before, "the old store has changed"
    report = json.loads(operate(large, "db", "migrate", *target.words, "--json", environment=BASE).stdout)
    assert report["same"]
    kind = target.serving.get("SERVER_STORAGE_TYPE", "local")
    assert run(told, kind, large, **target.place) == before
    measured(f"migrations to {kind} that were killed", killed=killed, moments=len(MOMENTS))


def has_reached(progress: Callable[[], int], moment: int) -> bool:
    return progress() >= moment


def test_a_rotation_that_is_killed_goes_on(tmp_path: Path) -> None:
    box = SecretBox(KeyRing(SECRET))

    async def grow(records: Any) -> None:
        await fill(records, box, many=8)
        for start in range(0, CREDENTIALS, 500):
            await records.credentials.add_many([many_credential(start + each, box) for each in range(500)])

    run(grow, "local", tmp_path / "data")
    environment = {"GROK2API_SECRET_KEY": NEW_SECRET, "GROK2API_SECRETS__PREVIOUS_KEYS": json.dumps([SECRET])}
    file, killed = tmp_path / "data" / "grok2api.db", 0
    old = box.seal("", "").split(":")[1]
    count = f"SELECT count(*) FROM credentials WHERE secret NOT LIKE 'v1:{old}:%'"  # noqa: S608
    for moment in (1, 300, 900, 1500, CREDENTIALS):
        outcome = kill_when(
            tmp_path,
            partial(has_reached, partial(number_in, file, count), moment),
            "secrets",
            "rotate",
            environment=environment,
        )
        killed += outcome.alive
        states = json.loads(operate(tmp_path, "db", "verify", "--json", environment=environment).stdout)
        assert {each["state"] for each in states} == {"ok"}, states
    operate(tmp_path, "secrets", "rotate", environment=environment)
    operate(tmp_path, "db", "verify", environment={"GROK2API_SECRET_KEY": NEW_SECRET})
    new = SecretBox(KeyRing(NEW_SECRET))
    credentials = run(lambda records: records.credentials.list(), "local", tmp_path / "data")
    assert {new.open(each.secret, f"credentials/{each.id}/secret") for each in credentials} == {PLAIN}
    assert killed >= 3
    measured("rotations that were killed", killed=killed)


def many_credential(number: int, box: SecretBox) -> Credential:
    identifier = f"cred_many_{number:05}"
    return Credential(
        id=identifier,
        kind="api_key",
        name=f"many {number}",
        tier="super",
        account_id="team",
        fingerprint=f"many-{number}",
        hint="xai-…",
        secret=box.seal(PLAIN, f"credentials/{identifier}/secret"),
        created_at=1.0,
        updated_at=1.0,
    )


def test_an_import_of_credentials_that_is_killed_is_repeated_without_doubles(tmp_path: Path) -> None:
    operate(tmp_path, "keys", "create", "--name", "laptop", environment=BASE)
    keys = [f"xai-imported-{number:05}" for number in range(CREDENTIALS)]
    (tmp_path / "keys.txt").write_text("\n".join(keys), encoding="utf-8")
    file, killed, seen = tmp_path / "data" / "grok2api.db", 0, set[int]()
    words = ("credentials", "import", "keys.txt")
    for moment in (1, 100, 700, 1500):
        outcome = kill_when(
            tmp_path,
            partial(has_reached, partial(number_in, file, "SELECT count(*) FROM credentials"), moment),
            *words,
            environment=BASE,
        )
        killed += outcome.alive
        seen.add(number_in(file, "SELECT count(*) FROM credentials"))
        operate(tmp_path, "db", "verify", environment=BASE)
    operate(tmp_path, *words, environment=BASE, exits=None)
    listed = json.loads(operate(tmp_path, "credentials", "list", "--json", environment=BASE).stdout)
    assert len(listed) == CREDENTIALS
    measured("imports of credentials that were killed", killed=killed, states=len(seen))


def test_an_import_of_settings_that_is_killed_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    old = "[grok]\ntimeout = 100.0\n"
    settings = "\n".join(f"# {number}" for number in range(2000)) + "\n[grok]\ntimeout = 300\nmax_retry = 5\n"
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "config.toml").write_text(settings, encoding="utf-8")
    target, random = tmp_path / "config.toml", Random(18)  # noqa: S311
    words = ("config", "import", "old/config.toml", "--replace")
    target.write_text(old, encoding="utf-8")
    begun = time.monotonic()
    operate(tmp_path, *words, environment=BASE)
    whole, took = target.read_text(encoding="utf-8"), time.monotonic() - begun
    assert whole != old
    found = {old: 0, whole: 0}
    for _ in range(20):
        target.write_text(old, encoding="utf-8")
        kill_when(tmp_path, after(random.uniform(0.5, 1.02) * took), *words, environment=BASE)
        found[target.read_text(encoding="utf-8")] += 1
    measured("imports of settings that were killed", old=found[old], new=found[whole])
