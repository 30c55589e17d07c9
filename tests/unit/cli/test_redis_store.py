"""The command line with the records in Redis: what makes sense works, the rest says why not."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from redis import Redis

from support.command_line import KEY, SECRET_KEY, CommandLine
from support.redis_server import RedisServer, forget_keys, keys_under, new_prefix, redis_url

PASSWORD = "hunter2-of-redis"


@pytest.fixture
def url() -> str:
    return redis_url()


@pytest.fixture
def prefix(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the settings name a Redis, and keys of this test's own."""
    made = new_prefix()
    monkeypatch.setenv("SERVER_STORAGE_TYPE", "redis")
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("GROK2API_STORAGE__REDIS_PREFIX", made)
    yield made
    forget_keys(url, made)


@pytest.fixture
def run_on_redis(run: CommandLine, prefix: str) -> CommandLine:
    assert prefix
    return run


def rows(run: CommandLine, *words: str, exits: int = 0) -> list[tuple[str, str]]:
    return [(row["check"], row["state"]) for row in run.json("doctor", *words, exits=exits)]


def test_credentials_and_keys_are_kept_sealed_in_redis(
    run_on_redis: CommandLine, url: str, prefix: str
) -> None:
    run_on_redis("credentials", "add", KEY, "--name", "first")
    run_on_redis("keys", "create", "--name", "laptop")
    (listed,) = run_on_redis.json("credentials", "list")
    assert listed["name"] == "first"
    assert not (run_on_redis.data / "grok2api.db").exists()
    names = keys_under(url, prefix)
    assert f"{prefix}credential:{listed['id']}" in names
    with Redis.from_url(url) as client:
        kept = client.hgetall(f"{prefix}credential:{listed['id']}")
    assert isinstance(kept, dict)
    assert KEY.encode() not in b"".join(kept.values())


def test_a_store_that_is_not_there_yet_is_told_and_not_made(
    run_on_redis: CommandLine, url: str, prefix: str
) -> None:
    found = rows(run_on_redis, exits=1)
    assert ("store", "hint") in found
    assert ("pool", "mend") in found
    result = run_on_redis("db", "verify", exits=1)
    assert "there is no store at" in result.stderr
    assert keys_under(url, prefix) == []


def test_upgrade_makes_it_and_verify_opens_every_secret(
    run_on_redis: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert "this version's" in run_on_redis("db", "upgrade").stdout
    run_on_redis("credentials", "add", KEY)
    checks = {row["check"]: row["state"] for row in run_on_redis.json("db", "verify", exits=verdict())}
    assert (checks["schema"], checks["store"], checks["canary"], checks["secrets"]) == ("ok",) * 4
    monkeypatch.setenv("GROK2API_SECRET_KEY", SECRET_KEY)
    shut = {row["check"]: row["state"] for row in run_on_redis.json("db", "verify", exits=1)}
    assert shut["canary"] == "mend"


def verdict() -> int:
    """Return what `db verify` exits with: the Redis at hand need not be durable."""
    with Redis.from_url(redis_url()) as client:
        appendonly = client.config_get("appendonly")
    assert isinstance(appendonly, dict)
    return 0 if appendonly["appendonly"] == "yes" else 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("db", "downgrade", "base", "--yes"), "restore a copy of Redis"),
        (("db", "backup", "copy.db"), "redis-cli --rdb FILE"),
    ],
)
def test_what_makes_no_sense_says_what_to_do_instead(
    run_on_redis: CommandLine, words: tuple[str, ...], told: str
) -> None:
    assert told in run_on_redis(*words, exits=1).stderr


def test_doctor_insists_on_durability(
    run: CommandLine, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    try:
        monkeypatch.setenv("SERVER_STORAGE_TYPE", "redis")
        monkeypatch.setenv("REDIS_PORT", str(server.port))
        run("credentials", "add", KEY)
        run("keys", "create", "--name", "laptop")
        assert ("redis", "mend") in rows(run, exits=1)
        assert "appendonly is off" in run("doctor", exits=1).stdout
        server.command("CONFIG", "SET", "appendonly", "yes")
        assert ("redis", "hint") in rows(run)
        server.command("CONFIG", "SET", "appendfsync", "always")
        assert "redis" not in dict(rows(run))
        assert f"opens (localhost:{server.port}/0)" in run("doctor").stdout.replace("\n", "")
    finally:
        server.stop()


def test_doctor_goes_on_without_a_redis_and_shows_no_password(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.secrets.append(PASSWORD)
    monkeypatch.setenv("SERVER_STORAGE_TYPE", "redis")
    monkeypatch.setenv("REDIS_URL", f"redis://:{PASSWORD}@127.0.0.1:1/0")
    found = rows(run, exits=1)
    assert ("store", "mend") in found
    assert ("port", "ok") in found
    assert "does not answer" in run("credentials", "list", exits=1).stderr


def test_a_missing_driver_is_told_with_how_to_get_it(
    run_on_redis: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        for name in [name for name in sys.modules if name.startswith(("redis", "grok2api.storage.redis"))]:
            patched.delitem(sys.modules, name)
        patched.setitem(sys.modules, "redis", None)
        assert "pip install '.[redis]'" in run_on_redis.error("credentials", "list", exits=2)
