"""What becomes of the records when their Redis is away, full, restarted or not the right one."""

from __future__ import annotations

import asyncio
import re
import shlex
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grok2api.errors import ConfigError, StorageError
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing
from grok2api.operations.auditing import Actor, AuditTrail, Deed
from grok2api.storage.auditing import AuditFilter
from grok2api.storage.open import open_records
from grok2api.storage.open_redis import examine_redis_records
from grok2api.storage.records import SettingOverride
from grok2api.storage.redis.link import Link, Place
from grok2api.storage.redis.records import RedisRecords
from grok2api.storage.redis.schema import upgrade
from grok2api.storage.redis_state.state import open_redis_state
from grok2api.storage.state import GAP, Rate
from grok2api.storage.versions import SettingVersion
from support.fault_proxy import FaultProxy, fault_proxy, limit_data, passing
from support.processes import free_port
from support.redis_server import RedisServer
from support.usage_rows import completed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from grok2api.storage.records import Credential
    from grok2api.storage.stores import Records

PASSWORD = "hunter2-of-redis"
PREFIX = "grok2api:"
DOCS = Path(__file__).resolve().parents[3] / "docs"
A_REQUEST = completed(
    started_at=3600.0,
    upstream_model="grok-4.7",
)
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path / "redis", DURABLE)
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def records(server: RedisServer) -> AsyncIterator[Records]:
    made = await opened(server.url)
    yield made
    await made.close()


async def opened(url: str) -> Records:
    return await open_records("redis", "", Path(), redis_url=url)


def setting(path: str, value: str = "1") -> SettingOverride:
    return SettingOverride(path=path, value=value, updated_at=1.0)


async def test_what_was_acknowledged_outlives_a_crash(
    server: RedisServer, records: Records, make_credential: Callable[..., Credential]
) -> None:
    kept = [await records.credentials.add(make_credential(number)) for number in range(20)]
    server.stop()
    with pytest.raises(StorageError, match="not available"):
        await records.credentials.list()
    with pytest.raises(StorageError, match="not available"):
        await records.credentials.change("cred_001", {"note": "lost"})
    server.start()
    assert await records.credentials.list() == tuple(kept)
    changed = await records.credentials.change("cred_001", {"note": "kept"})
    assert changed.revision == kept[-1].revision + 1


async def test_a_redis_that_forgot_its_last_changes_has_everything_told_anew(
    tmp_path: Path, make_credential: Callable[..., Credential]
) -> None:
    server = RedisServer(tmp_path / "redis")
    server.start()
    try:
        records = await opened(server.url)
        first = await records.credentials.add(make_credential(1))
        server.command("SAVE")
        await records.credentials.change(first.id, {"note": "forgotten"})
        heard = await records.changes_since(0)
        also = await opened(server.url)
        assert (await also.changes_since(heard.revision)).credentials == ()
        server.stop()
        server.start()
        await records.ping()
        other = await records.credentials.add(make_credential(2))
        assert other.revision == heard.revision, "the number was given out again"
        await records.close()
        records = await opened(server.url)
        for reader in (records, also):
            told = await reader.changes_since(heard.revision)
            assert told.reset
            assert told.credentials == (first, other)
            assert not (await reader.changes_since(told.revision)).reset
        last = await also.credentials.change(first.id, {"note": "after all"})
        assert (await records.changes_since(told.revision)).credentials == (last,)
        await records.close()
        await also.close()
    finally:
        server.stop()


async def test_a_connection_that_was_cut_in_a_pause_costs_nobody_anything(
    server: RedisServer, records: Records
) -> None:
    for turn in range(3):
        await records.settings.put(setting(f"a.b{turn}"))
        server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        for _ in range(200):
            await asyncio.sleep(0.01)
            if b"name=grok2api" not in server.command("CLIENT", "LIST"):
                break
        await asyncio.sleep(0.01)
    assert len(await records.settings.list()) == 3


async def test_when_an_answer_is_lost_a_read_is_repeated_and_a_write_is_not(server: RedisServer) -> None:
    async with fault_proxy(server.url) as proxy:
        records = await opened(proxy.url)
        await lose_the_next_answer(proxy, records)
        assert await records.settings.list() == ()
        assert proxy.connections == 2
        await records.close()
    async with fault_proxy(server.url) as proxy:
        records = await opened(proxy.url)
        assert await records.claims.holder("refresh/a", now=1) is None, "Redis knows the script from now on"
        await lose_the_next_answer(proxy, records)
        with pytest.raises(StorageError, match="not available"):
            await records.claims.acquire("refresh/a", holder="here", seconds=30, now=100)
        assert await records.claims.holder("refresh/a", now=101) == "here", "it was done, unheard"
        again = await records.claims.acquire("refresh/a", holder="here", seconds=30, now=100)
        assert again is not None
        assert again.fence == 2, "and done once"
        await records.close()


async def lose_the_next_answer(proxy: FaultProxy, records: Records) -> None:
    """End the only connection that there was so far within the next answer."""
    await records.ping()
    await proxy.set(limit_data(proxy.answered + 1), now=True)
    await proxy.set(passing())


async def test_scripts_that_redis_has_forgotten_are_sent_again(server: RedisServer, records: Records) -> None:
    await records.settings.put(setting("a.b"))
    server.command("SCRIPT", "FLUSH")
    await records.settings.put(setting("a.c"))
    assert [each.path for each in await records.settings.list()] == ["a.b", "a.c"]


async def test_a_full_redis_says_so_and_still_answers_what_it_holds(
    server: RedisServer, records: Records
) -> None:
    kept = await records.settings.put(setting("a.b", "x" * 1000))
    server.command("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StorageError, match=r"full \(maxmemory\).*give it more memory"):
        await records.settings.put(setting("a.c"))
    assert await records.settings.list() == (kept,)
    assert (await records.changes_since(0)).settings == (kept,)
    server.command("CONFIG", "SET", "maxmemory", "0")
    await records.settings.put(setting("a.c"))


async def test_a_redis_that_became_a_replica_takes_no_changes(server: RedisServer, records: Records) -> None:
    await records.settings.put(setting("a.b"))
    server.command("REPLICAOF", "127.0.0.1", str(free_port()))
    with pytest.raises(StorageError, match="let REDIS_URL name the primary"):
        await records.settings.put(setting("a.c"))
    with pytest.raises(ConfigError, match="is a replica"):
        await opened(server.url)


async def test_a_redis_that_hangs_is_given_up_in_time(server: RedisServer) -> None:
    link = Link(Place(server.url, PREFIX), answer_seconds=0.2)
    await upgrade(link)
    records = RedisRecords(link)
    server.command("CLIENT", "PAUSE", "60000")
    with pytest.raises(StorageError, match="not available"):
        await records.settings.put(setting("a.b"))
    with pytest.raises(StorageError, match="not available"):
        await records.ping()
    await records.close()


async def test_more_clients_than_connections_wait_for_their_turn(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    async with asyncio.TaskGroup() as writers:
        for number in range(200):
            writers.create_task(records.credentials.add(make_credential(number)))
    assert (await records.changes_since(0)).revision == 200


@pytest.mark.parametrize("given", ["", ":wrong-hunter2@", "nobody:wrong-hunter2@"])
async def test_a_wrong_password_is_told_without_any_password(tmp_path: Path, given: str) -> None:
    server = RedisServer(tmp_path / "redis", ("--requirepass", PASSWORD))
    server.start()
    try:
        with pytest.raises(ConfigError, match="set REDIS_PASSWORD") as caught:
            await opened(f"redis://{given}127.0.0.1:{server.port}/0")
        told = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__cause__}"
        assert "hunter2" not in told
        await (await opened(f"redis://:{PASSWORD}@127.0.0.1:{server.port}/0")).close()
    finally:
        server.stop()


async def test_a_password_that_redis_does_not_ask_for_is_no_obstacle(server: RedisServer) -> None:
    with pytest.raises(ConfigError, match="set REDIS_PASSWORD"):
        await opened(f"redis://:{PASSWORD}@127.0.0.1:{server.port}/0")


async def test_a_user_without_rights_is_told_what_it_needs(server: RedisServer) -> None:
    server.command("ACL", "SETUSER", "small", "on", ">secret", "~*", "+@all", "-eval", "-evalsha")
    with pytest.raises(ConfigError, match=r"Redis at 127.0.0.1:\d+/0: .* give it the rights"):
        await opened(f"redis://small:secret@127.0.0.1:{server.port}/0")


@pytest.mark.parametrize("page", ["redis.md", "redis.zh-CN.md"])
async def test_a_user_with_the_rights_that_the_page_names_is_enough(
    server: RedisServer, make_credential: Callable[..., Credential], page: str
) -> None:
    server.command(*rights_on(DOCS / page))
    url = f"redis://grok2api:password@127.0.0.1:{server.port}/0"
    records = await opened(url)
    kept = await records.credentials.add(make_credential())
    assert (await records.changes_since(0)).credentials == (kept,)
    await records.meta.put("fact", "1")
    assert await records.meta.put_if_absent("fact", "2") == "1"
    await a_change_is_told_to_the_audit(records)
    await settings_have_versions(records)
    await records.usage.append([A_REQUEST])
    assert [each.name for each in await records.usage.summarise(0, 7200, by="model")] == ["grok-4"]
    await records.ping()
    await records.close()
    await workers_share_limits_and_news(url)
    (remark,) = (await examine_redis_records(url, PREFIX)).remarks
    assert "does not say what appendfsync is" in remark.message


def rights_on(page: Path) -> list[str]:
    """Return the command of a page that makes a user with the rights of grok2api."""
    text = page.read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\nredis-cli (ACL SETUSER .*?)\n```", text, re.DOTALL)
    return shlex.split(block.replace("\\\n", " "))


async def a_change_is_told_to_the_audit(records: Records) -> None:
    trail = AuditTrail(records.audit, KeyRing("a secret key of thirty-two characters"), ManualClock())
    deed = Deed(actor=Actor(name="Zoë", role="owner", way="session"), action="credentials.edit")
    for _ in range(2):
        await trail.end(await trail.begin(deed), outcome="done", before={"name": "a"}, after={"name": "b"})
    assert await records.audit.forget(1, limit=9) == 1
    kept = await records.audit.page(AuditFilter(), limit=9)
    assert [each.outcome for each in kept] == ["done", "begun", "done"]


async def settings_have_versions(records: Records) -> None:
    for number in (1, 2):
        version = SettingVersion(number=number, at=1.0, actor="Zoë", content="sealed")
        await records.settings.apply(version, [setting("grok.max_retry", str(number))], ["grok.timeout"])
    assert [each.number for each in await records.settings.versions(9)] == [2, 1]


async def workers_share_limits_and_news(url: str) -> None:
    rate = Rate(count=10, period=60.0, burst=10)
    async with open_redis_state(url, prefix="grok2api:{fleet}", timeout=5) as state:
        async with aclosing(state.listen("news")) as notices:
            assert (await anext(notices)).topic == GAP
            state.publish("news", b"1")
            assert (await anext(notices)).payload == b"1"
        fleet = await state.renew("worker", {}, slots=["slot"], ttl=60)
        grant = await state.acquire("slot", "lease", limit=1, ttl=60)
        assert (fleet.workers, await state.count("slot"), grant.ok) == (("worker",), 1, True)
        assert (await state.spend("rate", rate)).receipt is not None
        assert await state.add("counter", 2, ttl=60) == 2
        assert await state.pin("name", "value", ttl=60) == await state.pinned("name") == "value"
        state.release("slot", "lease")
        await state.leave("worker")


async def test_nobody_there_is_told_with_the_address() -> None:
    port = free_port()
    with pytest.raises(
        StorageError, match=f"Redis at 127.0.0.1:{port}/0 does not answer or is still loading; start it"
    ):
        await opened(f"redis://:{PASSWORD}@127.0.0.1:{port}/0")


async def test_a_cluster_is_refused(tmp_path: Path) -> None:
    port = next(port for port in iter(free_port, 0) if port < 55_000)  # its bus takes the one 10 000 above
    server = RedisServer(tmp_path / "redis", ("--cluster-enabled", "yes"), port=port)
    server.start()
    try:
        with pytest.raises(ConfigError, match="is a cluster, which cannot keep the records"):
            await opened(server.url)
    finally:
        server.stop()


async def test_a_redis_is_asked_how_durable_it_is(server: RedisServer) -> None:
    condition = await examine_redis_records(server.url, PREFIX)
    assert condition.remarks == ()
    server.command("CONFIG", "SET", "appendfsync", "everysec")
    condition = await examine_redis_records(server.url, PREFIX)
    assert [each.grave for each in condition.remarks] == [False]
    server.command("CONFIG", "SET", "appendonly", "no")
    server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    condition = await examine_redis_records(server.url, PREFIX)
    assert [each.grave for each in condition.remarks] == [True, True]
