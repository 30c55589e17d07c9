"""What Redis says of itself: whether it can keep records at all, and what a loss of power would cost.

Must never change a setting of Redis, and never call something durable that is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grok2api.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grok2api.storage.redis.link import Link

OLDEST: Final = (6, 2)
_UNKNOWN: Final = ""


@dataclass(frozen=True, slots=True)
class Server:
    """One Redis.

    Attributes:
        version: Its numbers, such as (7, 0, 15).
        appendonly: Whether it writes each change to a file.
        appendfsync: When that file reaches the disk: always, everysec or no; empty where it may not be asked.
        policy: What it removes when it is full.
        limit: Bytes from which it is full; 0 is no limit.
    """

    version: tuple[int, ...]
    is_cluster: bool
    is_replica: bool
    appendonly: bool
    appendfsync: str
    policy: str
    limit: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a Redis that people should know; `grave` where records can be lost by it."""

    grave: bool
    message: str


@dataclass(frozen=True, slots=True)
class Condition:
    """How it stands with the records in a Redis.

    Attributes:
        address: Where it is, without the password.
        present: Whether there are any.
        current: Whether they have this version's schema.
    """

    address: str
    present: bool
    current: bool
    remarks: tuple[Remark, ...]


async def read_server(link: Link) -> Server:
    """Ask Redis what it is; StorageError if it does not answer."""
    told = dict(re.findall(r"^(\w+):(.*?)\r?$", (await link.get("INFO")).decode(), re.MULTILINE))
    return Server(
        version=tuple(int(part) for part in re.findall(r"\d+", told.get("redis_version", "0"))),
        is_cluster=told.get("cluster_enabled") == "1",
        is_replica=told.get("role") == "slave",
        appendonly=told.get("aof_enabled") == "1",
        appendfsync=await _appendfsync(link),
        policy=told.get("maxmemory_policy", _UNKNOWN),
        limit=int(told.get("maxmemory", "0")),
    )


def remarks(server: Server) -> Iterator[Remark]:
    """Yield what to know about a Redis that keeps the records."""
    if server.version < OLDEST:
        yield Remark(True, f"Redis {_dotted(server.version)} is too old; install {_dotted(OLDEST)} or newer")
    if not server.appendonly:
        yield Remark(
            True,
            "appendonly is off: a restart of Redis loses every change since its last snapshot, credentials "
            "and renewed sign-ins among them; set `appendonly yes` in redis.conf, or run: redis-cli "
            "CONFIG SET appendonly yes",
        )
    else:
        yield from _of_fsync(server.appendfsync)
    if server.policy not in {"noeviction", _UNKNOWN}:
        when = f"once it holds {server.limit} bytes" if server.limit else "as soon as maxmemory is set"
        yield Remark(
            True,
            f"maxmemory-policy is {server.policy}: Redis removes records by itself {when}; set "
            "`maxmemory-policy noeviction` in redis.conf",
        )


def _of_fsync(appendfsync: str) -> Iterator[Remark]:
    if appendfsync == "no":
        yield Remark(
            True,
            "appendfsync is no: a loss of power costs whatever the system had not written yet, often half a "
            "minute; set `appendfsync everysec` or `always` in redis.conf",
        )
    elif appendfsync == "everysec":
        yield Remark(
            False,
            "appendfsync is everysec: a loss of power costs up to two seconds of changes, perhaps the new "
            "token of a sign-in; `appendfsync always` costs none",
        )
    elif appendfsync == _UNKNOWN:
        yield Remark(False, "Redis does not say what appendfsync is; make sure that it is always or everysec")


async def _appendfsync(link: Link) -> str:
    """Return the setting, which hosted servers often do not tell."""
    try:
        told = await link.get("CONFIG", "GET", "appendfsync")
    except StorageError:
        return _UNKNOWN
    return told[1].decode() if told else _UNKNOWN


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
