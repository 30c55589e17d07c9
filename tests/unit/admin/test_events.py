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

from grok2api.admin.events import MOST, PoolCounts
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
