"""Sign-ins are refreshed once, by one process, and only the service's final word ends one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from grok2api.canonical.tokens import Refusal, SignInRefused, TokenSet
from grok2api.kit.clock import SystemClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.pool.refresh.outcome import Result
from grok2api.pool.refresh.refresher import Refresher
from grok2api.pool.tokens import open_tokens, renewed
from grok2api.storage.open import open_records
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.oauth import XaiIssuer
from support.processes import Sandbox, request
from support.refresh_bench import QUICK, RefreshBench, refresh_bench
from support.tiny_issuer import TOKEN, Scripted


@pytest.fixture
async def bench() -> AsyncIterator[RefreshBench]:
    async with refresh_bench() as made:
        yield made


def refused(code: str, status: int = 400, **fields: str) -> Scripted:
    return Scripted(status, {"error": code, **fields})


async def test_two_hundred_callers_in_four_processes_make_one_refresh(
    bench: RefreshBench, tmp_path: Path
) -> None:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        refreshers: list[Refresher] = []
        record = None
        for number in range(4):
            records = await open_records("local", "", tmp_path)
            stack.push_async_callback(records.close)
            record = record or await records.credentials.add(bench.sign_in(now=clock.now() - 3600))
            refreshers.append(bench.refresher(f"worker-{number}", records=records, clock=clock))
        assert record is not None
        identifier = record.id
        outcomes = await asyncio.gather(
            *(refresher.refresh(identifier, rejected=1) for refresher in refreshers for _ in range(50))
        )
    assert bench.service.refreshes() == 1
    assert bench.service.revoked == 0
    assert {outcome.record.generation for outcome in outcomes if outcome.record} == {2}
    assert all(outcome.usable for outcome in outcomes)
    assert {bench.refresh_token(outcome.record) for outcome in outcomes if outcome.record} == {
        "refresh-ada-2"
    }


async def test_the_sandbox_sees_one_refresh_of_many_processes(sandbox: Sandbox, tmp_path: Path) -> None:
    root, clock = sandbox.base_url.removesuffix("/v1"), SystemClock()
    order = {"account": "zoe-of-the-refresh-race", "client_id": "sandbox-test"}
    told = await asyncio.to_thread(request, "POST", f"{root}/sandbox/oauth/issue", order)
    issued = json.loads(told[2])
    async with AsyncExitStack() as stack:
        bench = await stack.enter_async_context(refresh_bench())
        transport = Transport(user_agent="grok2api/test")
        await stack.enter_async_context(transport)
        issuer = XaiIssuer(transport, issuer=root, client_id="sandbox-test", scopes=(), clock=clock)
        records = [await open_records("local", "", tmp_path) for _ in range(4)]
        for each in records:
            stack.push_async_callback(each.close)
        tokens = TokenSet(access_token=issued["access_token"], refresh_token=issued["refresh_token"])
        record = await records[0].credentials.add(bench.made(tokens, client_id="sandbox-test"))
        refreshers = [
            bench.refresher(f"worker-{number}", records=each, clock=clock, issuer=issuer)
            for number, each in enumerate(records)
        ]
        outcomes = await asyncio.gather(
            *(refresher.refresh(record.id, rejected=1) for refresher in refreshers for _ in range(50))
        )
    _, _, answer = await asyncio.to_thread(request, "GET", f"{root}/sandbox/oauth")
    (family,) = [each for each in json.loads(answer)["families"] if each["account"] == order["account"]]
    assert (family["refresh_calls"], family["reuse_detections"], family["revoked"]) == (1, 0, False)
    assert {outcome.record.generation for outcome in outcomes if outcome.record} == {2}


async def test_a_dead_answer_is_no_end_when_newer_tokens_are_stored(bench: RefreshBench) -> None:
    record = await bench.added()

    async def somebody_signs_in() -> None:
        present = await bench.stored(record.id)
        tokens = bench.service.sign_in("ada")
        changes = renewed(present, tokens, former=None, box=bench.box, now=bench.clock.now())
        await bench.records.credentials.change(record.id, changes)

    class Overtaken:
        async def refresh(
            self, refresh_token: str, *, client_id: str | None = None, proxy: str | None = None
        ) -> TokenSet:
            await somebody_signs_in()
            raise SignInRefused(Refusal.DEAD, "revoked", sent=False)

    outcome = await bench.refresher(issuer=Overtaken()).refresh(record.id, rejected=1)
    kept = await bench.stored(record.id)
    assert outcome.result is Result.ADOPTED
    assert (kept.generation, kept.refresh_dead, kept.status) == (2, False, "active")
    assert bench.taken == [kept]


@pytest.mark.parametrize(
    "answer",
    [
        refused("invalid_request"),
        refused("invalid_token", 401),
        refused("something_new", error_description="Refresh token has expired"),
        Scripted(400, b"<html>Bad Request</html>"),
        Scripted(403, b"<html>Just a moment...</html>"),
        Scripted(500, {"error": "server_error"}),
        Scripted(200, b"not json"),
    ],
)
async def test_no_other_answer_ends_a_sign_in(bench: RefreshBench, answer: Scripted) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, answer, answer, answer)
    outcome = await bench.refresher().refresh(record.id, rejected=1)
    assert outcome.result is Result.TROUBLE
    kept = await bench.stored(record.id)
    assert (kept.refresh_dead, kept.status) == (False, "active")
    assert kept.refresh_error == outcome.reason
    assert bench.service.refreshes() == 3
    assert bench.refresh_token(kept) == "refresh-ada-1"


async def test_trouble_is_not_asked_about_again_at_once(bench: RefreshBench) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, *[Scripted(503, {"error": "busy"}, (("Retry-After", "60"),))] * 2)
    refresher = bench.refresher()
    assert (await refresher.refresh(record.id, rejected=1)).result is Result.TROUBLE
    assert bench.service.refreshes() == 1
    resting = await refresher.refresh(record.id, rejected=1)
    assert resting.result is Result.RESTING
    assert resting.retry_after == 60
    assert refresher.schedule([await bench.stored(record.id)]) == 0
    bench.clock.advance(61)
    assert (await refresher.refresh(record.id, rejected=1)).result is Result.TROUBLE
    assert (await refresher.refresh(record.id, rejected=1, force=True)).result is Result.RENEWED


@pytest.mark.parametrize(
    ("answer", "result", "word"),
    [
        (Scripted(403, {"code": "permission-denied", "error": "no"}), Result.DENIED, "tier denied"),
        (Scripted(403, {"code": "unauthorized:blocked-user", "error": "no"}), Result.DENIED, "blocked"),
        (refused("invalid_client", 401), Result.CLIENT, "oauth.client_id"),
    ],
)
async def test_what_another_try_will_not_change_is_left_for_hours(
    bench: RefreshBench, answer: Scripted, result: Result, word: str
) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, answer)
    refresher = bench.refresher()
    outcome = await refresher.refresh(record.id, rejected=None, force=True)
    assert outcome.result is result
    assert word in outcome.reason
    kept = await bench.stored(record.id)
    assert (kept.status, kept.refresh_dead, kept.refresh_intent) == ("active", False, "")
    bench.clock.advance(3600 * 5)
    assert (await refresher.refresh(record.id)).result is Result.RESTING
    assert bench.service.refreshes() == 1
    bench.clock.advance(3600 * 2)
    assert (await refresher.refresh(record.id)).result is Result.RENEWED


async def test_a_new_sign_in_ends_the_rest_after_a_failure(bench: RefreshBench) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, Scripted(403, {"error": "tier"}))
    refresher = bench.refresher()
    await refresher.refresh(record.id, rejected=1)
    tokens = bench.service.sign_in("ada")
    changes = renewed(
        await bench.stored(record.id), tokens, former=None, box=bench.box, now=bench.clock.now()
    )
    await bench.records.credentials.change(record.id, changes)
    assert (await refresher.refresh(record.id, rejected=1)).result is Result.ADOPTED
    assert (await refresher.refresh(record.id, rejected=2)).result is Result.RENEWED


async def test_a_dead_sign_in_serves_until_its_access_token_ends(bench: RefreshBench) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, refused("invalid_grant"))
    outcome = await bench.refresher().refresh(record.id, force=True)
    kept = await bench.stored(record.id)
    assert outcome.result is Result.DEAD
    assert (kept.status, kept.refresh_dead) == ("active", True)
    assert "another program" in kept.refresh_error
    again = await bench.refresher("worker-2").refresh(record.id, rejected=1)
    assert (again.result, bench.service.refreshes()) == (Result.DEAD, 1)


async def test_a_caller_who_leaves_takes_nobody_with_him(bench: RefreshBench) -> None:
    record = await bench.added()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        begun.set()
        await go_on.wait()

    bench.service.before_answer = hold
    refresher = bench.refresher()
    async with asyncio.TaskGroup() as group:
        leaver = group.create_task(refresher.refresh(record.id, rejected=1))
        stayer = group.create_task(refresher.refresh(record.id, rejected=1))
        await begun.wait()
        leaver.cancel()
        go_on.set()
        outcome = await stayer
    assert leaver.cancelled()
    assert outcome.result is Result.RENEWED
    assert bench.service.refreshes() == 1


async def test_what_is_due_is_refreshed_by_itself_and_once(bench: RefreshBench) -> None:
    first, second = await bench.added("ada"), await bench.added("grace")
    refresher = bench.refresher()
    assert refresher.schedule(await bench.records.credentials.list()) == 0
    bench.clock.advance(3600 - 200)
    assert refresher.schedule(await bench.records.credentials.list()) == 2
    assert refresher.schedule(await bench.records.credentials.list()) == 0
    refresher.want(first.id, None)
    async with asyncio.TaskGroup() as group:
        runner = group.create_task(refresher.run())
        with anyio.fail_after(10):
            await bench.until_taken(2)
        runner.cancel()
    assert {record.id for record in bench.taken} == {first.id, second.id}
    assert bench.service.refreshes() == 2
    assert refresher.schedule(bench.taken) == 0


async def test_a_fresh_token_is_not_spent(bench: RefreshBench) -> None:
    record = await bench.added()
    outcome = await bench.refresher().refresh(record.id)
    assert (outcome.result, bench.service.calls) == (Result.ADOPTED, [])


async def test_the_refresh_goes_through_the_credentials_own_proxy(bench: RefreshBench) -> None:
    asked: list[str | None] = []

    class Recording:
        async def refresh(
            self, refresh_token: str, *, client_id: str | None = None, proxy: str | None = None
        ) -> TokenSet:
            asked.append(proxy)
            return await bench.issuer.refresh(refresh_token, client_id=client_id)

    own = await bench.records.credentials.add(bench.sign_in("ada", proxy="http://10.0.0.1:3128"))
    none = await bench.added("grace")
    refresher = bench.refresher(issuer=Recording(), proxy="http://10.0.0.2:3128")
    for identifier in (own.id, none.id):
        assert (await refresher.refresh(identifier, rejected=1)).usable
    assert asked == ["http://10.0.0.1:3128", "http://10.0.0.2:3128"]


async def test_a_secret_that_does_not_open_is_no_dead_sign_in(bench: RefreshBench) -> None:
    record = await bench.added()
    bench.box = SecretBox(KeyRing("another secret key of thirty-two characters"))
    outcome = await bench.refresher().refresh(record.id, rejected=1)
    assert outcome.result is Result.UNREADABLE
    assert not (await bench.stored(record.id)).refresh_dead


async def test_a_service_that_does_not_rotate_leaves_the_old_refresh_token(bench: RefreshBench) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, Scripted(200, {"access_token": "opaque-access", "expires_in": "60"}))
    outcome = await bench.refresher().refresh(record.id, rejected=1)
    assert outcome.record is not None
    tokens = open_tokens(outcome.record, bench.box)
    assert tokens is not None
    assert (tokens.access_token, tokens.refresh_token) == ("opaque-access", "refresh-ada-1")
    assert outcome.record.expires_at == bench.clock.now() + 60


async def test_somebody_who_is_not_there_is_named_so(bench: RefreshBench) -> None:
    assert (await bench.refresher().refresh("cred_nobody", rejected=1)).result is Result.GONE


async def test_processes_share_a_failure_as_they_share_a_success(bench: RefreshBench) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, *[Scripted(500, {"error": "busy"})] * 12)
    refreshers = [bench.refresher(f"worker-{number}") for number in range(4)]
    outcomes = await asyncio.gather(*(refresher.refresh(record.id, rejected=1) for refresher in refreshers))
    assert {outcome.result for outcome in outcomes} == {Result.TROUBLE}
    assert bench.service.refreshes() == QUICK.tries
