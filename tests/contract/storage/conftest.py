"""The stores that the contract is run against, and makers of records.

A further backend is one more `Backend` in `BACKENDS`; no test here knows which one it runs on, except
those in `test_sqlite*` and `test_servers*`.
"""

from __future__ import annotations

import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from grok2api.storage.open import open_records
from grok2api.storage.records import ClientKey, Credential, TraceRecord, UsageRecord
from grok2api.storage.sql.migrate import place_at
from grok2api.storage.sql.records import SqlRecords
from grok2api.storage.stores import Records
from support.database_servers import TestDatabase, empty, made_database, run
from support.memory_records import MemoryRecords
from support.redis_server import forget_keys, new_prefix, redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

NOW = 1_795_000_000.25


class Backend(Protocol):
    """One place to keep records."""

    async def open(self) -> Records:
        """Open the place once more."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteBackend:
    """A file of its own for each test, with tables that were made once: making them takes longest."""

    data_dir: Path
    empty: Path

    async def open(self) -> Records:
        if not self.data_dir.exists():
            shutil.copytree(self.empty, self.data_dir)
        return await open_records("local", "", self.data_dir)


@dataclass(frozen=True, slots=True)
class MemoryBackend:
    """The double that stands in for a store in other tests, held to the same promises."""

    records: MemoryRecords

    async def open(self) -> Records:
        return self.records


@dataclass(frozen=True, slots=True)
class RedisBackend:
    """Keys under a prefix of its own in a Redis that others may use, too."""

    url: str
    prefix: str

    async def open(self) -> Records:
        return await open_records("redis", "", Path(), redis_url=self.url, redis_prefix=self.prefix)

    def forget(self) -> None:
        forget_keys(self.url, self.prefix)


@dataclass(slots=True)
class ServerBackend:
    """A database that all tests share, emptied before each."""

    database: TestDatabase
    data_dir: Path
    fresh: bool = False

    async def open(self) -> Records:
        if self.fresh:
            return SqlRecords(place_at(self.database.url).open())
        self.fresh = True
        records = await open_records(self.database.kind, self.database.url, self.data_dir)
        assert isinstance(records, SqlRecords)
        await empty(records)
        return records


BACKENDS: dict[str, Callable[[pytest.FixtureRequest, Path], Backend]] = {
    "memory": lambda *_: MemoryBackend(MemoryRecords()),
    "mysql": lambda request, path: ServerBackend(request.getfixturevalue("mysql_database"), path),
    "postgresql": lambda request, path: ServerBackend(request.getfixturevalue("postgresql_database"), path),
    "redis": lambda *_: RedisBackend(redis_url(), new_prefix()),
    "sqlite": lambda request, path: SqliteBackend(path / "data", request.getfixturevalue("sqlite_directory")),
}


@pytest.fixture(scope="session")
def sqlite_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where an empty store lies, as a first start leaves it."""
    directory = tmp_path_factory.mktemp("sqlite") / "data"

    async def make() -> None:
        await (await open_records("local", "", directory)).close()

    run(make)
    return directory


@pytest.fixture(scope="session")
def postgresql_database() -> Iterator[TestDatabase]:
    with made_database("pgsql") as database:
        yield database


@pytest.fixture(scope="session")
def mysql_database() -> Iterator[TestDatabase]:
    with made_database("mysql") as database:
        yield database


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=sorted(BACKENDS))
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    made = BACKENDS[request.param](request, tmp_path)
    yield made
    if isinstance(made, RedisBackend):
        made.forget()


@pytest.fixture
async def open_another(backend: Backend) -> AsyncIterator[Callable[[], Awaitable[Records]]]:
    """Return a function that opens the same store once more, as another process would."""
    async with AsyncExitStack() as stack:

        async def open_once() -> Records:
            records = await backend.open()
            stack.push_async_callback(records.close)
            return records

        yield open_once


@pytest.fixture
async def records(open_another: Callable[[], Awaitable[Records]]) -> Records:
    return await open_another()


@pytest.fixture
def make_credential() -> Callable[..., Credential]:
    def make(number: int = 1, **fields: object) -> Credential:
        values: dict[str, object] = {
            "id": f"cred_{number:03}",
            "kind": "api_key",
            "name": f"key {number} 灵",
            "tier": "super",
            "account_id": "team-1",
            "fingerprint": f"fingerprint-{number}",
            "hint": "xai-…wxyz",
            "secret": f"v1:0a1b2c3d:nonce:ciphertext-{number}",
            "created_at": NOW,
            "updated_at": NOW,
        }
        return Credential(**{**values, **fields})  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_key() -> Callable[..., ClientKey]:
    def make(number: int = 1, **fields: object) -> ClientKey:
        values: dict[str, object] = {
            "id": f"key_{number:03}",
            "name": "laptop",
            "hash": f"{number:064x}",
            "hint": "sk-…wxyz",
            "created_at": NOW,
            "updated_at": NOW,
        }
        return ClientKey(**{**values, **fields})  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_usage() -> Callable[..., UsageRecord]:
    def make(number: int = 1, **fields: object) -> UsageRecord:
        values: dict[str, object] = {
            "request_id": f"req_{number:05}",
            "started_at": NOW + number,
            "key_id": "key_001",
            "operation": "chat",
            "model": "grok-4",
            "status": 200,
            "end": "completed",
            "total_ms": 12.5,
        }
        return UsageRecord(**{**values, **fields})  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_trace() -> Callable[..., TraceRecord]:
    def make(number: int = 1, **fields: object) -> TraceRecord:
        values: dict[str, object] = {
            "request_id": f"req_{number:05}",
            "started_at": NOW + number,
            "content": f'{{"chosen":"cred_{number:03}","名":"灵"}}',
        }
        return TraceRecord(**{**values, **fields})  # type: ignore[arg-type]

    return make
