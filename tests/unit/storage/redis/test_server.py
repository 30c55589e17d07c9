"""What people are told of a Redis: what it may lose, and what its errors mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis import exceptions

from grok2api.storage.redis.failures import UNAVAILABLE, may_be_told, storage_error
from grok2api.storage.redis.link import Place
from grok2api.storage.redis.server import Server, remarks

SOUND = Server(
    version=(7, 4, 1),
    is_cluster=False,
    is_replica=False,
    appendonly=True,
    appendfsync="always",
    policy="noeviction",
    limit=0,
)


def test_nothing_is_said_of_a_redis_that_loses_nothing() -> None:
    assert list(remarks(SOUND)) == []
    assert list(remarks(replace(SOUND, version=(6, 2, 0), limit=1000))) == []


@pytest.mark.parametrize(
    ("server", "grave", "told"),
    [
        (replace(SOUND, version=(6, 0, 16)), True, "Redis 6.0.16 is too old; install 6.2 or newer"),
        (replace(SOUND, appendonly=False), True, "set `appendonly yes`"),
        (replace(SOUND, appendfsync="no"), True, "set `appendfsync everysec` or `always`"),
        (replace(SOUND, appendfsync="everysec"), False, "costs up to two seconds of changes"),
        (replace(SOUND, appendfsync=""), False, "does not say what appendfsync is"),
        (
            replace(SOUND, policy="allkeys-lru", limit=100),
            True,
            "removes records by itself once it holds 100 bytes",
        ),
        (replace(SOUND, policy="volatile-ttl"), True, "set `maxmemory-policy noeviction`"),
    ],
)
def test_what_may_cost_records_is_said_with_what_to_do(server: Server, grave: bool, told: str) -> None:
    (remark,) = remarks(server)
    assert remark.grave is grave
    assert told in remark.message


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (exceptions.ConnectionError("Error 111 connecting to h:1. Connection refused."), UNAVAILABLE),
        (exceptions.TimeoutError("Timeout reading from h:1"), UNAVAILABLE),
        (ConnectionResetError(104, "reset"), UNAVAILABLE),
        (exceptions.ResponseError("BUSY Redis is busy running a script."), UNAVAILABLE),
        (exceptions.BusyLoadingError("Redis is loading the dataset in memory"), "still loading"),
        (exceptions.AuthenticationError("invalid username-password pair"), "set REDIS_PASSWORD"),
        (exceptions.ReadOnlyError("You can't write against a read only replica."), "name the primary"),
        (exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "more memory"),
        (exceptions.NoPermissionError("this user has no permissions"), "give it the rights in docs/redis.md"),
        (
            exceptions.ResponseError("MISCONF Redis is configured to save RDB snapshots"),
            "see the log of Redis",
        ),
        (
            exceptions.ResponseError("WRONGTYPE Operation against a key"),
            "refused a command of grok2api (WRONG",
        ),
        (exceptions.ResponseError("ERR hunter2 user_script:12: hunter2"), "(ERR, user_script:12)"),
    ],
)
def test_an_error_of_redis_is_one_sentence_that_helps(error: Exception, told: str) -> None:
    sentence = storage_error(error).public_message
    assert told in sentence
    assert "hunter2" not in sentence


def test_a_refused_command_is_not_quoted() -> None:
    assert not may_be_told(exceptions.ResponseError("unknown command 'AUTH', with args: 'hunter2'"))
    assert may_be_told(exceptions.ConnectionError("Connection refused."))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:hunter2@redis.test:6380/3", "redis.test:6380/3"),
        ("rediss://user:hunter2@redis.test", "redis.test:6379"),
        ("redis://[::1]:6379/0", "[::1]:6379/0"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    place = Place(url, "grok2api:")
    assert place.shown == shown
    assert "hunter2" not in repr(place)
