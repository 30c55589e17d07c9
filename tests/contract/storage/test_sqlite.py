"""What only SQLite promises: its file, its schema, and several processes on it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url
from sqlalchemy.schema import CreateTable

from grok2api.errors import ConfigError, StorageError
from grok2api.storage.access import AdminAnswer, ApiToken, Operator
from grok2api.storage.auditing import AuditEntry
from grok2api.storage.open import open_records
from grok2api.storage.records import (
    AdminSession,
    ClientKey,
    Credential,
    JobRecord,
    SettingOverride,
    TraceRecord,
    UsageRecord,
)
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.migrate import downgrade, is_current, upgrade
from grok2api.storage.sql.records import SqlRecords
from grok2api.storage.sql.revisions import TOMBSTONES_KEPT
from grok2api.storage.sql.sqlite import open_database, open_engine
from grok2api.storage.sql.tables import metadata
from grok2api.storage.sql.usage_tables import usage_records
from grok2api.storage.versions import SettingVersion

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from _typeshed import DataclassInstance

STARTER = """
import asyncio, sys
from pathlib import Path
from grok2api.storage.open import open_records
async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    records = await open_records("local", "", Path(sys.argv[1]))
    print(await records.meta.put_if_absent("first", sys.argv[2]))
    await records.close()
asyncio.run(main())
"""


def execute(file: Path, statement: str, *parameters: object) -> list[tuple[object, ...]]:
    """Run a statement on the file as a stranger would, and return its rows."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        return connection.execute(statement, parameters).fetchall()


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """Return a database file with the present schema."""
    path = tmp_path / "data" / "grok2api.db"
    await upgrade(path)
    return path


@pytest.fixture
async def impatient(file: Path) -> AsyncIterator[SqlRecords]:
    """Return the records of `file`, which wait for nobody."""
    records = SqlRecords(open_database(file, busy_timeout=0.01))
    yield records
    await records.close()


async def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    records = await open_records("local", "", data_dir)
    await records.ping()
    await records.meta.put_if_absent("name", "value")
    modes = {path.name: path.stat().st_mode & 0o777 for path in data_dir.iterdir()}
    await records.close()
    assert modes == {"grok2api.db": 0o600, "grok2api.db-wal": 0o600, "grok2api.db-shm": 0o600}
    assert data_dir.stat().st_mode & 0o777 == 0o700


async def test_a_url_names_another_file(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "my store.db"
    records = await open_records("local", f"sqlite:///{file}", tmp_path / "data")
    await records.close()
    assert file.exists()
    assert not (tmp_path / "data").exists()


async def test_four_processes_may_start_at_once(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", STARTER, str(tmp_path / "data"), str(number)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [errors for _, errors in outputs] == [b""] * 4
    assert len({told for told, _ in outputs}) == 1
    assert {process.returncode for process in processes} == {0}


async def test_the_migrations_make_the_tables_of_this_version(file: Path) -> None:
    def compare(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    engine = open_engine(file, "reader")
    async with engine.begin() as connection:
        assert await connection.run_sync(compare) == []
    await engine.dispose()


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (AdminSession, "admin_sessions"),
        (ClientKey, "client_keys"),
        (Credential, "credentials"),
        (JobRecord, "jobs"),
        (SettingOverride, "setting_overrides"),
        (SettingVersion, "setting_versions"),
        (Operator, "operators"),
        (ApiToken, "api_tokens"),
        (AdminAnswer, "admin_answers"),
        (AuditEntry, "audit_entries"),
        (TraceRecord, "request_traces"),
        (UsageRecord, "usage_records"),
    ],
)
def test_each_field_of_a_record_has_its_column(record: type[DataclassInstance], table: str) -> None:
    assert {each.name for each in fields(record)} == set(metadata.tables[table].c.keys())


async def test_down_and_up_again(file: Path) -> None:
    await downgrade(f"sqlite:///{file}", "base")
    assert execute(file, "SELECT name FROM sqlite_master WHERE type = 'table'") == [("alembic_version",)]
    assert not await is_current(file)
    with pytest.raises(ConfigError, match="grok2api db upgrade"):
        await open_records("local", f"sqlite:///{file}", file.parent, auto_upgrade=False)
    await upgrade(f"sqlite:///{file}")
    await upgrade(f"sqlite:///{file}")
    records = await open_records("local", f"sqlite:///{file}", file.parent, auto_upgrade=False)
    await records.ping()
    await records.close()


async def test_there_is_no_way_down_to_an_unknown_schema(file: Path) -> None:
    with pytest.raises(ConfigError, match="9999"):
        await downgrade(file, "9999")
    assert await is_current(file)


async def test_a_newer_schema_is_refused_and_left_alone(file: Path) -> None:
    execute(file, "UPDATE alembic_version SET version_num = '0999'")
    for attempt in (upgrade(file), downgrade(file, "base"), open_records("local", "", file.parent)):
        with pytest.raises(ConfigError, match="0999"):
            await attempt
    assert execute(file, "SELECT version_num FROM alembic_version") == [("0999",)]


async def test_a_step_that_fails_leaves_the_old_schema(tmp_path: Path) -> None:
    file = tmp_path / "grok2api.db"
    execute(file, "CREATE TABLE tombstones (something)")
    with pytest.raises(StorageError):
        await upgrade(file)
    assert execute(file, "SELECT name FROM sqlite_master WHERE type = 'table'") == [("tombstones",)]


@pytest.mark.parametrize(
    ("storage_type", "url", "told"),
    [
        ("pgsql", "sqlite:///user:hunter2@host/db", "needs a URL such as postgresql://"),
        ("mysql", "postgresql://user:hunter2@host/db", "needs a URL such as mysql://"),
        ("local", "postgresql://user:hunter2@host/db", "sqlite:///"),
        ("local", "nonsense", "sqlite:///"),
        ("local", "sqlite://", "needs a file"),
        ("local", "sqlite:///:memory:", "needs a file"),
        ("local", "sqlite:////dev/null/x.db", "cannot be made"),
    ],
)
async def test_what_cannot_be_served_is_said_in_one_line(
    tmp_path: Path, storage_type: str, url: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        await open_records(storage_type, url, tmp_path)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "grok2api.db"
    file.write_bytes(b"my shopping list\n" * 100)
    with pytest.raises(ConfigError, match="not a database"):
        await open_records("local", "", tmp_path)
    assert file.read_bytes() == b"my shopping list\n" * 100


async def test_writers_wait_for_another_program_and_readers_do_not(
    file: Path, impatient: SqlRecords, make_credential: Callable[..., Credential]
) -> None:
    patient = SqlRecords(open_database(file))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(patient.credentials.add(make_credential(1)))
        with pytest.raises(StorageError) as caught:
            await impatient.credentials.add(make_credential(2))
        assert await impatient.credentials.list() == ()
        assert not waiting.done()
        other.execute("COMMIT")
    assert (await waiting).id == "cred_001"
    await patient.close()
    for told in (caught.value.public_message, str(caught.value), str(caught.value.__cause__)):
        assert "ciphertext" not in told
        assert "fingerprint-2" not in told
    assert "sql" not in caught.value.public_message.lower()


async def test_a_start_beside_a_long_write_needs_no_lock(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await upgrade(file, busy_timeout=0.01)


async def test_the_ledger_and_the_rest_differ_in_what_a_power_cut_costs(file: Path) -> None:
    database = open_database(file)
    levels = []
    for unit in (database.writing(), database.appending()):
        async with unit as connection:
            levels.append((await connection.exec_driver_sql("PRAGMA synchronous")).scalar_one())
    await database.close()
    full, normal = 2, 1
    assert levels == [full, normal]


async def test_a_reader_that_slept_too_long_reads_everything_anew(
    file: Path, make_credential: Callable[..., Credential]
) -> None:
    records = SqlRecords(open_database(file))
    kept = await records.credentials.add(make_credential(1))
    await records.credentials.add(make_credential(2))
    execute(
        file,
        "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO tombstones SELECT 'credential', 'old_' || i, i FROM n",
        TOMBSTONES_KEPT + 2,
    )
    execute(file, "UPDATE revision_counter SET value = ?", TOMBSTONES_KEPT + 2)
    await records.credentials.delete("cred_002")
    assert execute(file, "SELECT count(*) FROM tombstones") == [(TOMBSTONES_KEPT,)]
    behind, in_time = await records.changes_since(2), await records.changes_since(3)
    await records.close()
    assert (behind.reset, behind.credentials, behind.deleted_credentials) == (True, (kept,), ())
    assert (in_time.reset, in_time.credentials, len(in_time.deleted_credentials)) == (
        False,
        (),
        TOMBSTONES_KEPT,
    )


@pytest.mark.parametrize(
    ("url", "spelling"),
    [
        ("mysql://", "ON DUPLICATE KEY UPDATE"),
        ("postgresql://", "ON CONFLICT (request_id) DO NOTHING"),
        ("sqlite://", "ON CONFLICT (request_id) DO NOTHING"),
    ],
)
def test_each_database_has_its_way_to_leave_a_row_alone(url: str, spelling: str) -> None:
    dialect = make_url(url).get_dialect()()
    assert spelling in str(insert_if_absent(dialect.name, usage_records).compile(dialect=dialect))


@pytest.mark.parametrize("url", ["postgresql://", "mysql://"])
def test_the_tables_can_be_written_for_the_other_databases(url: str) -> None:
    dialect = make_url(url).get_dialect()()
    for table in metadata.sorted_tables:
        assert table.name in str(CreateTable(table).compile(dialect=dialect))
