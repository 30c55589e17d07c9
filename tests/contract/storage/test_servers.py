"""What only a database server can do to its users: refuse them, cut them off, undo their work."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from grok2api.errors import ConfigError, StorageError
from grok2api.storage.open import open_records
from grok2api.storage.records import Conflict, Credential, UsageRecord
from grok2api.storage.sql.address import SCHEMES
from grok2api.storage.sql.engine import Database
from grok2api.storage.sql.migrate import is_current, place_at, upgrade
from grok2api.storage.sql.records import SqlRecords
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.tables import meta
from support.database_servers import (
    KINDS,
    Kind,
    TestDatabase,
    empty,
    made_database,
    require_server,
    server_url,
)
from support.processes import free_port

ROUNDS = 8
_OFFERS_TLS = {
    "pgsql": "SELECT 1 FROM pg_settings WHERE name = 'ssl' AND setting = 'on'",
    "mysql": "SELECT 1 FROM information_schema.global_variables WHERE variable_name = 'HAVE_SSL' "
    "AND variable_value = 'YES'",
}
_USES_TLS = {
    "pgsql": "SELECT ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    "mysql": "SELECT length(variable_value) > 0 FROM information_schema.session_status "
    "WHERE variable_name = 'Ssl_cipher'",
}
_PASSWORD = {"pgsql": "PASSWORD 'hunter2'", "mysql": "IDENTIFIED BY 'hunter2'"}


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> TestDatabase:
    """Return a database that other tests use as well."""
    name = {"pgsql": "postgresql_database", "mysql": "mysql_database"}[request.param]
    found: TestDatabase = request.getfixturevalue(name)
    return found


@pytest.fixture
async def records(database: TestDatabase) -> AsyncIterator[SqlRecords]:
    """Return its records, of which there are none yet."""
    await upgrade(database.url)
    opened = SqlRecords(place_at(database.url).open())
    await empty(opened)
    yield opened
    await opened.close()


async def test_killed_connections_cost_no_verb_its_answer(
    database: TestDatabase,
    records: SqlRecords,
    make_credential: Callable[..., Credential],
    make_usage: Callable[..., UsageRecord],
) -> None:
    """Every verb tells what it would have told otherwise; nothing is lost and nothing is double."""
    done = 0
    progress = [asyncio.Event() for _ in range(ROUNDS)]

    async def work(number: int) -> None:
        nonlocal done
        for turn in range(12):
            which = number * 100 + turn
            kept = await records.credentials.add(make_credential(which))
            changed = await records.credentials.change(kept.id, {"generation": 1}, generation=0)
            assert changed.generation == 1
            await records.usage.append([make_usage(which)])
            claim = await records.claims.acquire(f"claim-{which}", holder="here", seconds=30, now=100)
            assert claim is not None
            if turn % 2:
                assert await records.credentials.delete(kept.id)
            done += 1
            if done % 6 == 0 and done // 6 <= ROUNDS:
                progress[done // 6 - 1].set()

    async def cut() -> int:
        killed = 0
        for turn in range(ROUNDS):
            await progress[turn].wait()
            killed += await database.cut_connections()
        return killed

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(work(number))
        cutter = group.create_task(cut())

    assert cutter.result() >= ROUNDS
    assert len(await records.credentials.list()) == 48
    assert len(await records.usage.recent(1000)) == 96


async def test_an_idle_store_whose_connections_were_killed_needs_one_more_try(
    database: TestDatabase, records: SqlRecords
) -> None:
    await records.meta.put("name", "value")
    await records.meta.get("name")
    assert await database.cut_connections() >= 2
    assert await records.meta.get("name") == "value"
    await records.meta.put("name", "another")
    assert await records.meta.get("name") == "another"


@repeating
class Crossing:
    """Two rows that are written in either order, by writers that wait for each other once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._met = asyncio.Barrier(2)
        self.attempts = 0

    async def write(self, *names: str) -> None:
        self.attempts += 1
        first_time = self.attempts <= 2
        async with self._database.writing() as connection:
            for name in names:
                await connection.execute(update(meta).where(meta.c.name == name).values(value="written"))
                if first_time and name == names[0]:
                    await self._met.wait()


async def test_writers_that_lock_each_other_out_both_get_through(
    database: TestDatabase, records: SqlRecords
) -> None:
    for name in ("a", "b"):
        await records.meta.put(name, "")
    opened = place_at(database.url).open()
    crossing = Crossing(opened)
    await asyncio.gather(crossing.write("a", "b"), crossing.write("b", "a"))
    await opened.close()
    assert crossing.attempts == 3
    assert [await records.meta.get(name) for name in ("a", "b")] == ["written", "written"]


class CutAtCommit:
    """A store whose connection breaks once in a commit: before the server does it, or after."""

    def __init__(self, database: TestDatabase, *, after: bool) -> None:
        self.records = SqlRecords(place_at(database.url).open())
        self._left = 1
        engine: AsyncEngine = self.records._database._writer
        self._after = after
        event.listen(engine.sync_engine, "commit", self._break)

    def _break(self, connection: Connection) -> None:
        if not self._left:
            return
        self._left = 0
        driver = connection.connection.dbapi_connection
        assert driver is not None
        if self._after:
            driver.commit()
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pg_backend_pid())"
            if connection.dialect.name == "postgresql"
            else "KILL CONNECTION_ID()"
        )


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
async def test_a_commit_that_nobody_heard_of_is_found_out(
    database: TestDatabase, records: SqlRecords, make_credential: Callable[..., Credential], after: bool
) -> None:
    async def store() -> SqlRecords:
        return CutAtCommit(database, after=after).records

    first = await store()
    kept = await first.credentials.add(make_credential(1))
    assert await records.credentials.get(kept.id) == kept
    await first.close()

    second = await store()
    renewed = await second.credentials.change(
        kept.id, {"generation": 1, "secret": "v1:sealed:new"}, generation=0
    )
    assert await records.credentials.get(kept.id) == renewed
    await second.close()

    third = await store()
    batch = [make_credential(2), make_credential(3)]
    added = await third.credentials.add_many(batch)
    assert [each and each.id for each in added] == ["cred_002", "cred_003"]
    await third.close()

    fourth = await store()
    assert await fourth.credentials.delete(kept.id)
    with pytest.raises(Conflict):
        await fourth.credentials.add(make_credential(4, fingerprint="fingerprint-2"))
    await fourth.close()
    assert [each.id for each in await records.credentials.list()] == ["cred_002", "cred_003"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("user:hunter2@127.0.0.1:CLOSED/name", "cannot be reached"),
        ("user:hunter2@no-such-host.invalid/name", "cannot be reached"),
        (":hunter2@127.0.0.1/name", "names no user"),
        ("user:hunter2@127.0.0.1", "names no database"),
        ("user:hunter2@/name", "names no host"),
        ("user:hunter2@127.0.0.1:port/name", "cannot be read as a URL"),
        ("user:hunter2@127.0.0.1/name?colour=red", "'colour' is not known; there are sslmode,"),
        ("user:hunter2@127.0.0.1/name?pool=1&pool=2", "more than once"),
        ("user:hunter2@127.0.0.1/name?sslmode=perhaps", "'sslmode' must be one of"),
        ("user:hunter2@127.0.0.1/name?channel_binding=require", "'channel_binding' is not known"),
        ("user:hunter2@127.0.0.1/name?sslrootcert=/nowhere/ca.pem", "certificates (sslrootcert)"),
        ("user:hunter2@127.0.0.1/name?pool=0", "'pool' must be a number"),
        ("user:hunter2@127.0.0.1/name?statement_cache=maybe", "'statement_cache' must be on or off"),
    ],
)
async def test_an_address_that_leads_nowhere_is_explained(
    tmp_path: Path, kind: Kind, address: str, says: str
) -> None:
    url = f"{SCHEMES[kind][0]}://{address}".replace("CLOSED", str(free_port()))
    with pytest.raises(ConfigError) as caught:
        await open_records(kind, url, tmp_path)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_server_refuses_is_explained(tmp_path: Path, kind: Kind) -> None:
    require_server(kind)
    url = make_url(server_url(kind))
    missing = url.set(database="grok2api_test_missing").render_as_string(hide_password=False)
    with pytest.raises(ConfigError, match=r"make it: CREATE DATABASE .*grok2api_test_missing"):
        await open_records(kind, missing, tmp_path)
    stranger = url.set(username="grok2api_nobody", password="hunter2", database="grok2api_test_missing")
    with pytest.raises(ConfigError, match="grok2api_nobody") as caught:
        await open_records(kind, stranger.render_as_string(hide_password=False), tmp_path)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_encryption_that_was_asked_for_is_never_given_up(database: TestDatabase, mode: str) -> None:
    """The server at hand may have it or not: either way nothing goes out in the clear."""
    url = f"{database.url}?sslmode={mode}"
    if mode == "require" and await database.execute(_OFFERS_TLS[database.kind]):
        await upgrade(url)
        opened = place_at(url).open()
        async with opened.reading() as unit:
            assert (await unit.execute(text(_USES_TLS[database.kind]))).scalar_one() == 1
        await opened.close()
        return
    with pytest.raises(ConfigError, match="sslmode"):
        await upgrade(url)


async def test_a_pooler_between_may_forget_every_statement(database: TestDatabase, tmp_path: Path) -> None:
    url = f"{database.url}?statement_cache=off&pool=1"
    records = await open_records(database.kind, url, tmp_path)
    for value in ("one", "two", "three"):
        await records.meta.put("name", value)
        assert await records.meta.get("name") == value
    await records.close()


async def test_what_providers_of_mysql_write_is_understood(
    mysql_database: TestDatabase, tmp_path: Path
) -> None:
    for options in ("ssl-mode=DISABLED&charset=utf8mb4", "charset=UTF8MB4"):
        records = await open_records("mysql", f"{mysql_database.url}?{options}", tmp_path)
        await records.close()
    for options, says in (("charset=latin1", "utf8mb4"), ("ssl-mode=PREFERRED", "one of disable, require")):
        with pytest.raises(ConfigError, match=says):
            await open_records("mysql", f"{mysql_database.url}?{options}", tmp_path)


async def test_a_password_may_hold_any_letter(mysql_database: TestDatabase) -> None:
    user = f"grok2api_{secrets.token_hex(4)}"
    await mysql_database.execute(f"CREATE USER {user}@'%' IDENTIFIED BY '密码/@é'")
    try:
        await mysql_database.execute(f"GRANT ALL ON {mysql_database.name}.* TO {user}@'%'")
        await upgrade(
            make_url(mysql_database.url)
            .set(username=user, password="密码/@é")
            .render_as_string(hide_password=False)
        )
    finally:
        await mysql_database.execute(f"DROP USER {user}@'%'")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_user_without_rights_is_told_what_to_grant(kind: Kind) -> None:
    with made_database(kind) as made:
        user = f"grok2api_{secrets.token_hex(4)}"
        host = "" if kind == "pgsql" else "@'%'"
        await made.execute(f"CREATE USER {user}{host} " + _PASSWORD[kind])
        try:
            if kind == "mysql":
                await made.execute(f"GRANT SELECT ON {made.name}.* TO {user}{host}")
            url = make_url(made.url).set(username=user, password="hunter2")
            with pytest.raises(ConfigError, match=r"may not change .*: (ALTER DATABASE|GRANT ALL)") as caught:
                await upgrade(url.render_as_string(hide_password=False))
            assert "hunter2" not in str(caught.value)
        finally:
            await made.execute(f"DROP USER {user}{host}")


async def test_a_database_without_utf8_is_refused() -> None:
    with made_database("mysql") as made:
        await made.execute(f"ALTER DATABASE {made.name} CHARACTER SET latin1")
        with pytest.raises(ConfigError, match="latin1; change it: ALTER DATABASE"):
            await upgrade(made.url)


async def test_a_schema_that_is_not_this_versions_is_not_touched_unasked(tmp_path: Path) -> None:
    with made_database("pgsql") as made:
        with pytest.raises(ConfigError, match="grok2api db upgrade"):
            await open_records("pgsql", made.url, tmp_path, auto_upgrade=False)
        assert await made.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


@pytest.mark.parametrize("kind", KINDS)
async def test_several_that_start_at_once_make_one_schema(kind: Kind) -> None:
    with made_database(kind) as made:
        await asyncio.gather(*(asyncio.to_thread(asyncio.run, upgrade(made.url)) for _ in range(3)))
        assert await is_current(made.url)
        assert await made.execute("SELECT * FROM revision_counter") == [(1, 0, 0)]


async def test_a_store_that_was_closed_answers_nothing(database: TestDatabase) -> None:
    opened = place_at(database.url).open()
    await opened.close()
    with pytest.raises(StorageError):
        async with opened.reading() as unit:
            await unit.execute(select(meta))
