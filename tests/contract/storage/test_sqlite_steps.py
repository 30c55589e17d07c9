"""A database of an older version comes up to this one with every row, and goes down again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grok2api.errors import StorageError
from grok2api.storage.open import open_records
from grok2api.storage.records import ClientKey, Conflict, Credential, SettingOverride, UsageRecord
from grok2api.storage.sql.migrate import downgrade, is_current, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CREDENTIAL = {
    "id": "cred_001",
    "kind": "api_key",
    "name": "key 灵",
    "tier": "super",
    "tags": '["eu","灵"]',
    "priority": -3,
    "weight": 7,
    "max_concurrency": 2,
    "proxy": "http://proxy.test:3128",
    "models": "[]",
    "note": "first line\nsecond line",
    "account_id": "team-1",
    "fingerprint": "fingerprint-1",
    "hint": "xai-…wxyz",
    "secret": "v1:0a1b2c3d:nonce:ciphertext",
    "enabled": 1,
    "status": "cooling",
    "reason": "429",
    "cooldown_until": 1_795_000_060.123456,
    "created_at": 1.5,
    "updated_at": 2.5,
    "revision": 1,
}
KEY = {
    "id": "key_001",
    "name": "laptop",
    "hash": "ab" * 32,
    "hint": "sk-…wxyz",
    "models": '["grok-4"]',
    "strict": 1,
    "enabled": 0,
    "expires_at": None,
    "created_at": 1.5,
    "updated_at": 2.5,
    "revision": 3,
}
SETTING = {"path": "grok.timeout", "value": "90", "updated_at": 2.5, "revision": 4}
USAGE = {
    "request_id": "req_00001",
    "started_at": 10.5,
    "key_id": "key_001",
    "operation": "chat",
    "model": "grok-4",
    "upstream_model": "grok-4-0709",
    "credential_id": "cred_001",
    "account_id": "team-1",
    "stream": 1,
    "status": 200,
    "end": "completed",
    "error_code": "",
    "attempts": 1,
    "input_tokens": 5,
    "cached_tokens": 0,
    "output_tokens": 6,
    "reasoning_tokens": 0,
    "usage_source": "upstream",
    "cost_ticks": 2**63 - 1,
    "first_byte_ms": None,
    "total_ms": 12.5,
    "upstream_request_id": "0b8f9a3c",
}


def insert(file: Path, table: str, row: dict[str, object]) -> None:
    columns = ", ".join(f'"{name}"' for name in row)
    places = ", ".join("?" * len(row))
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", tuple(row.values()))  # noqa: S608


def table_names(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


@pytest.fixture
async def first_version(tmp_path: Path) -> Path:
    """Return a database as the first version left it, with rows."""
    file = tmp_path / "grok2api.db"
    await upgrade(file)
    await downgrade(file, "0001")
    insert(file, "credentials", CREDENTIAL)
    insert(
        file, "credentials", {**CREDENTIAL, "id": "cred_002", "fingerprint": "fingerprint-2", "revision": 2}
    )
    insert(file, "client_keys", KEY)
    insert(file, "setting_overrides", SETTING)
    insert(file, "usage_records", USAGE)
    insert(file, "tombstones", {"kind": "key", "id": "key_000", "revision": 5})
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE revision_counter SET value = 5")
    return file


async def test_every_row_of_the_first_version_is_there_afterwards(first_version: Path) -> None:
    assert not await is_current(first_version)
    records = await open_records("local", "", first_version.parent)
    credential = Credential(
        **{**CREDENTIAL, "tags": ("eu", "灵"), "models": (), "enabled": True}  # type: ignore[arg-type]
    )
    key = ClientKey(**{**KEY, "models": ("grok-4",), "strict": True, "enabled": False})  # type: ignore[arg-type]
    usage = UsageRecord(**{**USAGE, "stream": True})  # type: ignore[arg-type]
    told = await records.changes_since(0)
    assert await records.credentials.get("cred_001") == credential
    assert len(await records.credentials.list()) == 2
    assert told.keys == (key,)
    assert told.settings == (SettingOverride(**SETTING),)  # type: ignore[arg-type]
    assert (told.revision, told.deleted_keys) == (5, ("key_000",))
    assert await records.usage.recent(10) == (usage,)
    await records.close()


async def test_what_must_be_unique_still_is(
    first_version: Path, make_credential: Callable[..., Credential], make_key: Callable[..., ClientKey]
) -> None:
    records = await open_records("local", "", first_version.parent)
    with pytest.raises(Conflict):
        await records.credentials.add(make_credential(3, fingerprint="fingerprint-1"))
    with pytest.raises(Conflict):
        await records.keys.add(make_key(3, hash=KEY["hash"]))
    kept = await records.credentials.change("cred_001", {"generation": 1, "acls": ("a",)}, generation=0)
    assert (kept.generation, kept.acls, kept.revision) == (1, ("a",), 6)
    await records.close()


async def test_the_way_down_keeps_what_the_first_version_knew(first_version: Path) -> None:
    await upgrade(first_version)
    await downgrade(first_version, "0001")
    assert not table_names(first_version) & {"claims", "request_traces", "admin_sessions"}
    with closing(sqlite3.connect(first_version)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM credentials ORDER BY id")]
        keys = [dict(row) for row in connection.execute("SELECT * FROM client_keys")]
    assert rows[0] == CREDENTIAL
    assert keys == [KEY]
    with pytest.raises(sqlite3.IntegrityError):
        insert(first_version, "credentials", {**CREDENTIAL, "id": "cred_003"})


async def test_a_step_that_breaks_off_leaves_the_first_version(first_version: Path) -> None:
    with closing(sqlite3.connect(first_version, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE admin_sessions (something)")
    before = table_names(first_version)
    with pytest.raises(StorageError):
        await upgrade(first_version)
    assert table_names(first_version) == before
    with closing(sqlite3.connect(first_version)) as connection:
        names = {row[1] for row in connection.execute("PRAGMA table_info(credentials)")}
    assert names == set(CREDENTIAL)
