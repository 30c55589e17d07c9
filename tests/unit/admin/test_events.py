"""News for who watches: what moved, once for each kind, and no longer than the session goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import aiohttp
import pytest

from grok2api.admin.event_rights import ROUTES, may_hear
from grok2api.admin.events import MOST, PoolCounts
from grok2api.admin.system import ReleaseState
from grok2api.alerts.book import Standing
from grok2api.operations.releases import Release
from grok2api.storage.records import UsageRecord
from support.admin_client import Browser
from support.admin_server import AdminServer

Events = asyncio.Queue[tuple[str, Any]]


@asynccontextmanager
async def watching(browser: Browser, query: str = "") -> AsyncIterator[Events]:
    """Follow the events; None as a name tells that the stream has ended."""
    queue: Events = asyncio.Queue()

    async def read(answer: aiohttp.ClientResponse) -> None:
        name = ""
        async for line in answer.content:
            text = line.decode().rstrip("\n")
            if text.startswith("event: "):
                name = text.removeprefix("event: ")
            elif text.startswith("data: "):
                await queue.put((name, json.loads(text.removeprefix("data: "))))
        await queue.put(("", None))

    async with browser.http.get(f"{browser.base}/events{query}", headers=browser.headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(read(answer))
            yield queue
            reading.cancel()


async def until(events: Events, wanted: str) -> Any:
    async with asyncio.timeout(10):
        while True:
            name, data = await events.get()
            if name == wanted:
                return data


async def test_changes_are_told_by_kind(operator: Browser, admin: AdminServer) -> None:
    async with watching(operator) as events:
        hello = await until(events, "hello")
        assert hello["pool"]["total"] == 0
        await until(events, "pool")
        await operator.post("/credentials", {"key": "xai-abcdefghijklmnop"})
        assert (await until(events, "credentials"))["revision"] > hello["revision"]
        await operator.send("PATCH", "/settings", {"set": {"grok.max_retry": 1}})
        await until(events, "settings")
        admin.world.counts = PoolCounts(total=1, by_status={"active": 1}, usable=1, in_flight=0, waiting=0)
        assert (await until(events, "pool"))["by_status"] == {"active": 1}


async def test_models_and_prices_are_told_to_the_other_operator(operator: Browser) -> None:
    vera = await operator.named("Vera", "viewer")
    async with watching(vera) as events:
        hello = await until(events, "hello")
        await operator.send("PUT", "/models/team%2Fbest", {"target": "grok-4"})
        assert (await until(events, "models"))["revision"] > hello["revision"]
        await operator.send("DELETE", "/models/team%2Fbest")
        await until(events, "models")
        price = {"input_usd_per_million": "1", "cached_usd_per_million": "1", "output_usd_per_million": "2"}
        assert (await operator.send("PUT", "/prices/grok-4.6", price)).status == 200
        await until(events, "prices")
        thing = (await operator.get("/prices")).json["media"][0]["thing"].replace("/", "%2F")
        assert (await operator.send("PUT", f"/media-prices/{thing}", {"usd": "1"})).status == 200
        await until(events, "prices")


async def test_what_a_worker_shows_is_told_once_it_knows_it(operator: Browser, admin: AdminServer) -> None:
    admin.world.behind = True
    async with watching(operator) as events:
        await until(events, "pool")
        await operator.send("PUT", "/models/team%2Fbest", {"target": "grok-4"})
        await operator.post("/credentials", {"key": "xai-abcdefghijklmnop"})
        seen = []
        while "credentials" not in seen:
            seen.append((await asyncio.wait_for(events.get(), 10))[0])
        assert "models" not in seen
        admin.world.behind = False
        await until(events, "models")


async def test_a_role_hears_only_of_what_it_may_ask_for(operator: Browser) -> None:
    vera = await operator.named("Vera", "viewer")
    async with watching(vera) as heard, watching(operator) as all_of_it:
        await until(heard, "hello")
        await operator.send("PATCH", "/settings", {"set": {"grok.max_retry": 1}})
        await until(all_of_it, "settings")
        await operator.send("PUT", "/models/team%2Fbest", {"target": "grok-4"})
        seen = []
        while "models" not in seen:
            seen.append((await asyncio.wait_for(heard.get(), 10))[0])
        assert "settings" not in seen, "GET /settings takes an operator"
        (account,) = (await operator.get("/operators")).json["data"]
        await operator.send("PATCH", f"/operators/{account['id']}", {"role": "operator"})
        await operator.send("PATCH", "/settings", {"set": {"grok.max_retry": 2}})
        await until(heard, "settings")


def test_an_event_that_no_route_tells_is_heard_by_nobody() -> None:
    assert not may_hear("owner", "secrets")
    assert all(may_hear("owner", name) for name in ROUTES)


async def test_alerts_are_told_when_others_stand(operator: Browser, admin: AdminServer) -> None:
    async with watching(operator) as events:
        await until(events, "pool")
        standing = Standing("store.degraded", "", {}, since=1.0, seen=1.0)
        admin.world.alerts = {"store.degraded": standing}
        assert await until(events, "alerts") == {"standing": 1}
        admin.world.alerts = {}
        assert await until(events, "alerts") == {"standing": 0}


def ended(request_id: str, at: float, **more: Any) -> UsageRecord:
    """Return the row of a request that came at a time."""
    told: dict[str, Any] = {"status": 200, "end": "completed", "attempts": 1, "total_ms": 9.0, **more}
    return UsageRecord(
        request_id=request_id, started_at=at, key_id="key_1", operation="chat", model="grok-4", **told
    )


async def test_usage_is_told_while_requests_end_and_once_when_it_is_quiet(
    operator: Browser, admin: AdminServer
) -> None:
    world = admin.world
    await world.records.usage.append([ended("req_before", world.clock.now())])
    async with watching(operator) as events:
        quiet = await until(events, "usage")
        assert (quiet["requests"], quiet["ended"]) == (0, 0), "what ended before counts for nobody"
        world.clock.advance(4)
        rows = [ended("req_1", world.clock.now() - 3600, output_tokens=7, cost_ticks=5)]
        rows += [ended("req_2", world.clock.now(), end="failed", status=502, input_tokens=3)]
        await world.records.usage.append(rows)
        told = await until(events, "usage")
        assert {name: told[name] for name in ("requests", "ended", "failed", "refused", "gone")} == {
            "requests": 2,
            "ended": 2,
            "failed": 1,
            "refused": 0,
            "gone": 0,
        }
        assert (told["input_tokens"], told["output_tokens"], told["cost_in_usd_ticks"]) == (3, 7, 5)
        assert told["requests_per_second"] == pytest.approx(told["requests"] / told["seconds"], abs=0.01)
        async with watching(operator) as late:
            assert (await until(late, "usage"))["requests"] == 2, "who comes later is told the latest"
        while told["requests"]:
            world.clock.advance(11)
            told = await until(events, "usage")
        assert told["requests_per_second"] == 0


async def test_nothing_is_looked_at_while_nobody_watches(operator: Browser, admin: AdminServer) -> None:
    assert not looking()
    async with watching(operator) as events:
        await until(events, "usage")
        assert looking()
    async with asyncio.timeout(20):
        await asyncio.gather(*looking(), return_exceptions=True)
    await admin.world.records.usage.append([ended("req_1", admin.world.clock.now())])
    async with watching(operator) as events:
        assert (await until(events, "usage"))["requests"] == 0, "of what nobody watched nothing is told"


def looking() -> list[asyncio.Task[Any]]:
    """Return the tasks in which the server, which runs in this loop, looks for news."""
    return [each for each in asyncio.all_tasks() if "EventHub._look" in repr(each.get_coro())]


async def test_all_who_watch_share_one_look(operator: Browser, admin: AdminServer) -> None:
    usage = admin.world.records.usage
    async with watching(operator) as one, watching(operator) as other, watching(operator) as third:
        for events in (one, other, third):
            await until(events, "usage")
        world, before, asked = admin.world, usage.summed, 3
        for _ in range(asked):
            world.clock.advance(1)
            await world.records.usage.append([ended(f"req_{world.clock.now()}", world.clock.now())])
            for events in (one, other, third):
                await until(events, "usage")
        assert usage.summed - before <= asked + 1


async def test_jobs_are_told_and_not_what_came_of_them(operator: Browser, admin: AdminServer) -> None:
    async with watching(operator) as events:
        await until(events, "pool")
        await admin.services.jobs.start("import", _work)
        told = await until(events, "job")
        assert (told["kind"], "result" in told) == ("import", False)


async def test_what_runs_is_told_to_whoever_asked_for_it(operator: Browser, admin: AdminServer) -> None:
    async with watching(operator, "?live=true") as events, watching(operator) as others:
        told = await until(events, "live")
        assert told == (await operator.get("/requests/live")).json
        assert told == {"data": [], "begun": {"worker_1": 0}}
        await until(events, "live")
        names = [others.get_nowait()[0] for _ in range(others.qsize())]
        assert "hello" in names
        assert "live" not in names


async def _work(_progress: object) -> object:
    return {"secret": "of the job"}


async def test_the_stream_ends_with_the_session(operator: Browser) -> None:
    ada = await operator.named("Ada", "viewer")
    async with watching(ada) as events:
        await until(events, "hello")
        await ada.send("DELETE", "/session")
        assert await until(events, "end") == {"reason": "signed out"}
        assert await until(events, "") is None


async def test_the_stream_ends_with_the_token(operator: Browser) -> None:
    program = await operator.program("viewer")
    async with watching(program) as events:
        await until(events, "hello")
        token = (await operator.get("/tokens")).json["data"][0]["id"]
        await operator.send("DELETE", f"/tokens/{token}")
        await until(events, "end")


async def test_the_stream_ends_when_the_server_does(operator: Browser, admin: AdminServer) -> None:
    async with watching(operator) as events:
        await until(events, "hello")
        admin.world.draining = True
        assert await until(events, "") is None


async def test_the_store_may_be_away_for_a_while(operator: Browser, admin: AdminServer) -> None:
    async with watching(operator) as events:
        await until(events, "pool")
        admin.world.records.revisions.away = True
        assert await until(events, "store") == {"away": True}
        admin.world.records.revisions.away = False
        await operator.post("/credentials", {"key": "xai-abcdefghijklmnop"})
        await until(events, "credentials")


async def test_only_so_many_may_watch(operator: Browser) -> None:
    async with asyncio.timeout(30):
        answers = [
            await operator.http.get(f"{operator.base}/events", headers=operator.headers)
            for _ in range(MOST + 1)
        ]
    assert [answer.status for answer in answers].count(429) == 1
    for answer in answers:
        answer.close()


async def test_nobody_watches_without_a_session(stranger: Browser) -> None:
    assert (await stranger.get("/events")).status == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_no_other_page_watches(operator: Browser, stranger: Browser, site: str) -> None:
    token = operator.headers["authorization"].removeprefix("Bearer ")
    got = await stranger.get("/events", cookie=f"grok2api_session={token}", sec_fetch_site=site)
    assert got.status == 403


async def test_the_pool_is_counted_for_whoever_asks_once(operator: Browser, admin: AdminServer) -> None:
    counts = PoolCounts(total=3, by_status={"active": 1, "cooling": 2}, usable=1, in_flight=4, waiting=5)
    admin.world.counts = counts
    assert (await operator.get("/pool")).json == asdict(counts)


async def test_the_server_tells_how_it_is(operator: Browser) -> None:
    told = (await operator.get("/system")).json
    assert (told["version"], told["store"]["state"], told["leads"]) == ("1.2.3", "ok", True)
    assert told["shared_state"]["configured"] is False


async def test_the_newest_version_is_told_if_it_is_known(operator: Browser, admin: AdminServer) -> None:
    told = (await operator.get("/release")).json
    assert (told["version"], told["asks"], told["newest"], told["newer"]) == ("1.2.3", False, None, False)
    admin.world.newest = ReleaseState(
        version="1.2.3",
        asks=True,
        newest=Release("1.3.0", "https://example.com"),
        newer=True,
        asked_at=1_800_000_000.0,
        failure="",
    )
    assert (await operator.get("/release")).json == {
        "version": "1.2.3",
        "asks": True,
        "newest": "1.3.0",
        "newer": True,
        "url": "https://example.com",
        "asked_at": "2027-01-15T08:00:00Z",
        "failure": "",
    }
