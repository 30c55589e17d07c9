"""What xAI is asked about the credentials: one question at a time, believed only where it is sure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from grok2api.canonical.fault import FaultKind
from grok2api.canonical.plan import Demand
from grok2api.config.live import Live
from grok2api.config.loaded import Loaded
from grok2api.config.settings import Settings
from grok2api.gateway.models import Models
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.pool.health import Health, Status
from grok2api.routing.catalogue import load
from grok2api.server.examiner import Examiner
from grok2api.server.leadership import Leadership
from grok2api.storage.records import Credential
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.client import XaiClient
from support.faults import make_fault
from support.pool_bench import Bench

HOUR = 3600.0
PERIOD = Settings().pool.probe_hours
"""Hours between two questions who somebody is; each credential has its own, up to a tenth off."""
MODELS = {"object": "list", "data": [{"id": "grok-4.3"}, {"id": "grok-4.7"}]}
KEY = {"team_id": "team-1", "user_id": "user-1", "acls": ["api-key:model:*"], "team_blocked": False}
BAD_KEY = (400, {"code": "invalid-argument", "error": "Incorrect API key provided: x"})


class Upstream:
    """Answers questions, and remembers them."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, object]] = {
            "/models": (200, MODELS),
            "/api-key": (200, KEY),
            "/me": (200, {"user_id": "user-1", "team_id": "team-1"}),
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1]
        self.asked.append(path)
        status, told = self.answers[path]
        body = json.dumps(told).encode()
        lines = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(lines.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


class World:
    """An examiner with a pool, a store and an upstream."""

    def __init__(self, upstream: Upstream, transport: Transport) -> None:
        self.upstream = upstream
        self.bench = Bench(SecretBox(KeyRing("a secret key of more than thirty-two characters")))
        self.bench.pool.roster.base_url = upstream.url
        self.client = XaiClient(transport, self.bench.clock)
        self.models = Models(load(), pool=self.bench.pool, lister=self.client)
        self.leads = False
        self.leadership = Leadership(self.bench.records.claims, holder="me", clock=self.bench.clock)
        self.examiner = Examiner(
            pool=self.bench.pool,
            view=self.bench.view,
            models=self.models,
            client=self.client,
            credentials=self.bench.records.credentials,
            clock=self.bench.clock,
            leadership=self.leadership,
            live=Live(Loaded(Settings(), {}, ())),
        )

    @property
    def clock(self) -> ManualClock:
        return self.bench.clock

    async def lead(self) -> None:
        self.leads = True
        await self.leadership.run()

    async def pass_time(self, hours: float) -> None:
        self.clock.advance(hours * HOUR)
        if self.leads:
            await self.leadership.run()

    async def turns(self, count: int) -> list[str]:
        """Let it run so often; return what was asked."""
        before = len(self.upstream.asked)
        for _ in range(count):
            await self.examiner.run()
        return self.upstream.asked[before:]

    async def stored(self, record: Credential) -> Credential:
        found = await self.bench.records.credentials.get(record.id)
        assert found is not None
        return found


@asynccontextmanager
async def serving(upstream: Upstream) -> AsyncIterator[None]:
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    async with server:
        upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield


@pytest.fixture
async def world() -> AsyncIterator[World]:
    upstream = Upstream()
    async with serving(upstream), Transport(user_agent="test") as transport:
        yield World(upstream, transport)


async def test_each_account_is_asked_for_its_models_once_an_hour(world: World) -> None:
    for number in range(4):
        await world.bench.add(f"xai-{number}", account_id=f"acct_{number % 2}")
    assert await world.turns(6) == ["/models"] * 2
    listing = world.bench.pool.roster.listing("acct_0") or frozenset()
    assert {name for name in listing if "imagine" not in name} == {"grok-4.3", "grok-4.7"}
    assert {"grok-imagine-image", "grok-imagine-video"} <= listing, "a list of texts says nothing of pictures"
    await world.pass_time(0.89)
    assert await world.turns(4) == []
    await world.pass_time(0.22)
    assert await world.turns(4) == ["/models"] * 2
    assert world.bench.pool.in_flight == 0


async def test_only_the_leader_asks_who_a_key_is(world: World) -> None:
    record = await world.bench.add("xai-1")
    assert await world.turns(5) == ["/models"]
    await world.lead()
    assert (await world.turns(5)).count("/api-key") == 1
    kept = await world.stored(record)
    assert (kept.team_id, kept.account_id, kept.former_accounts) == (
        "team-1",
        "team_team-1",
        (record.account_id,),
    )
    assert kept.probed_at == world.clock.now()


async def test_a_key_is_asked_about_again_only_after_the_period(world: World) -> None:
    await world.bench.add("xai-1", account_id="team_team-1")
    await world.lead()
    assert "/api-key" in await world.turns(5)
    await world.pass_time(0.89 * PERIOD)
    assert "/api-key" not in await world.turns(5)
    await world.pass_time(0.22 * PERIOD)
    assert "/api-key" in await world.turns(5)


async def test_one_question_a_turn_however_many_credentials(world: World) -> None:
    for number in range(10):
        await world.bench.add(f"xai-{number}", account_id=f"acct_{number}")
    await world.lead()
    for _ in range(10):
        assert len(await world.turns(1)) == 1


async def test_a_disabled_one_is_left_alone(world: World) -> None:
    await world.bench.add("xai-1", enabled=False)
    await world.lead()
    assert await world.turns(5) == []


async def test_a_flag_blocks_a_key_and_its_end_brings_it_back(world: World) -> None:
    record = await world.bench.add("xai-1", account_id="team_team-1")
    await world.lead()
    world.upstream.answers["/api-key"] = (200, {**KEY, "api_key_blocked": True})
    await world.turns(5)
    row = world.bench.status(record.id)
    assert (row.status, "blocked the key" in row.reason) == ("blocked", True)
    world.upstream.answers["/api-key"] = (200, KEY)
    await world.pass_time(1.2 * PERIOD)
    await world.turns(5)
    assert world.bench.status(record.id).status == "active"


async def test_an_unmistakable_refusal_takes_a_key_out(world: World) -> None:
    record = await world.bench.add("xai-1")
    await world.lead()
    world.upstream.answers["/models"] = world.upstream.answers["/api-key"] = BAD_KEY
    await world.turns(5)
    assert world.bench.status(record.id).status == "blocked"
    assert world.bench.pool.in_flight == 0


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"code": "unauthenticated", "error": "what?"}),
        (403, {"code": "permission-denied", "error": "what?"}),
        (429, {"code": "resource-exhausted", "error": "slow down"}),
        (500, {"error": "oops"}),
        (402, {"error": "pay"}),
    ],
)
async def test_any_other_refusal_judges_nobody_and_is_not_repeated_at_once(
    world: World, answer: tuple[int, object]
) -> None:
    record = await world.bench.add("xai-1")
    await world.lead()
    world.upstream.answers["/models"] = world.upstream.answers["/api-key"] = answer
    asked = await world.turns(10)
    assert sorted(asked) == ["/api-key", "/models"]
    assert world.bench.status(record.id).status == "active"
    assert (await world.bench.pool.lease(Demand("grok-4.3"))).credential_id == record.id


async def test_an_answer_to_a_question_ends_no_rest(world: World) -> None:
    record = await world.bench.add("xai-1")
    await world.lead()
    lease = await world.bench.pool.lease(Demand("grok-4.3"))
    world.bench.pool.report(lease, make_fault(FaultKind.NO_CREDIT), request_id="r1")
    assert "/api-key" in await world.turns(5)
    member = world.bench.pool.roster.members[record.id]
    assert member.health != Health()
    assert member.health.status is Status.EXHAUSTED


async def test_a_claim_that_was_lost_meanwhile_stores_nothing(world: World) -> None:
    record = await world.bench.add("xai-1")
    await world.lead()
    await Leadership(world.bench.records.claims, holder="me", clock=world.clock).run()
    await world.turns(5)
    assert (await world.stored(record)).team_id == ""
