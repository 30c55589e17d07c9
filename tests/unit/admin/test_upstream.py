"""What asks xAI: tests, refreshes and sign-ins, against the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import msgspec
import pytest

from grok2api.config.sections.calling import Grok, Oauth
from grok2api.config.sections.serving import App
from grok2api.config.settings import Settings
from grok2api.kit.clock import ManualClock
from grok2api.sandbox.serve import SandboxServer
from support.admin_client import Browser
from support.admin_server import PASSWORD, AdminServer, World


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def upstream(clock: ManualClock) -> AsyncIterator[SandboxServer]:
    async with SandboxServer(clock=clock) as server:
        yield server


@pytest.fixture
def world(upstream: SandboxServer, clock: ManualClock) -> World:
    """A gateway that has an upstream and allows sign-ins; both go by one clock."""
    issuer = upstream.base_url.removesuffix("/v1")
    settings = Settings(
        app=App(app_key=PASSWORD),
        grok=Grok(base_url=upstream.base_url),
        oauth=Oauth(enabled=True, issuer=issuer),
    )
    return World(settings=settings, clock=clock)


@asynccontextmanager
async def signed_in(server: AdminServer) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        browser = Browser(server.base, http)
        await browser.sign_in()
        yield browser


@pytest.fixture
async def live(world: World) -> AsyncIterator[Browser]:
    """Its operator."""
    async with AdminServer.running(world) as server, signed_in(server) as browser:
        yield browser


async def approve(upstream: SandboxServer, browser: Browser, user_code: str) -> None:
    url = upstream.base_url.removesuffix("/v1") + "/sandbox/oauth/approve"
    body = msgspec.json.encode({"user_code": user_code, "account": "zoe"})
    async with browser.http.post(url, data=body) as answer:
        assert answer.status == 200, await answer.text()


async def address_after(browser: Browser, url: str) -> str:
    """Approve a browser sign-in and return where the browser ends up."""
    fields = dict(parse_qsl(urlsplit(url).query)) | {"decision": "approve", "account": "zoe"}
    page = url.partition("?")[0]
    async with browser.http.post(page, data=fields, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return answer.headers["location"]


async def ended_sign_in(browser: Browser, identifier: str) -> Any:
    await browser.ended_job(identifier)
    return (await browser.get(f"/credentials/sign-ins/{identifier}")).json


async def test_a_key_is_tested_where_one_waits(live: Browser) -> None:
    added = (await live.post("/credentials", {"key": "xai-sandbox-alice"})).json
    got = await live.post(f"/credentials/{added['id']}/test")
    assert (got.status, got.json["ok"]) == (200, True)
    assert "grok-4.3" in got.json["models"]
    bad = (await live.post("/credentials", {"key": "xai-nobody-knows-this-one"})).json
    got = await live.post(f"/credentials/{bad['id']}/test")
    assert (got.status, got.json["ok"], got.json["models"]) == (200, False, [])
    assert got.json["message"]


async def test_many_are_tested_as_a_job(live: Browser) -> None:
    for key in ("xai-sandbox-alice", "xai-sandbox-bob", "xai-nobody-knows-this-one"):
        await live.post("/credentials", {"key": key})
    body = {"action": "test", "filter": {"everything": True}}
    got = await live.post("/credentials/bulk", body)
    assert got.status == 202
    job = await live.ended_job(got.json["job"]["id"])
    assert (job["state"], job["done"], job["total"], job["failed"]) == ("done", 3, 3, 1)
    assert (job["result"]["ok"], job["result"]["failed"]) == (2, 1)
    assert sorted(row["ok"] for row in job["result"]["rows"]) == [False, True, True]


async def test_a_key_has_nothing_to_refresh(live: Browser) -> None:
    added = (await live.post("/credentials", {"key": "xai-sandbox-alice"})).json
    got = await live.post(f"/credentials/{added['id']}/refresh")
    assert (got.status, got.json["ok"]) == (200, False)


async def test_a_device_code_becomes_a_credential_that_can_be_refreshed(
    live: Browser, upstream: SandboxServer
) -> None:
    begun = await live.post("/credentials/sign-ins", {"flow": "device", "tags": ["mine"]})
    assert begun.status == 201
    assert (begun.json["state"], begun.json["flow"]) == ("waiting", "device")
    assert begun.json["user_code"]
    assert begun.json["verification_uri"].startswith("http")
    await approve(upstream, live, begun.json["user_code"])
    told = await ended_sign_in(live, begun.json["id"])
    assert (told["state"], told["renewed"]) == ("done", False)
    credential = (await live.get(f"/credentials/{told['credential_id']}")).json
    assert (credential["kind"], credential["tags"]) == ("oauth", ["mine"])
    got = await live.post(f"/credentials/{credential['id']}/refresh")
    assert (got.status, got.json["ok"]) == (200, True)
    assert got.json["credential"]["generation"] > credential["generation"]
    again = await live.post("/credentials/bulk", {"action": "refresh", "ids": [credential["id"]]})
    job = await live.ended_job(again.json["job"]["id"])
    assert (job["state"], job["failed"]) == ("done", 0)


async def test_a_pasted_address_finishes_a_browser_sign_in(live: Browser) -> None:
    begun = (await live.post("/credentials/sign-ins", {"flow": "redirect"})).json
    path = f"/credentials/sign-ins/{begun['id']}/redirect"
    got = await live.post(path, {"url": "http://127.0.0.1:56121/callback?code=x&state=another"})
    assert got.status == 400
    address = await address_after(live, begun["url"])
    got = await live.post(path, {"url": address})
    assert (got.status, got.json["state"]) == (200, "done")
    assert (await live.get(f"/credentials/{got.json['credential_id']}")).json["kind"] == "oauth"
    assert (await live.post(path, {"url": address})).status == 400


async def test_a_sign_in_is_given_up(live: Browser) -> None:
    begun = (await live.post("/credentials/sign-ins", {})).json
    got = await live.send("DELETE", f"/credentials/sign-ins/{begun['id']}")
    assert (got.status, got.json["state"]) == (200, "cancelled")
    assert (await ended_sign_in(live, begun["id"]))["state"] == "cancelled"
    assert (await live.send("DELETE", f"/credentials/sign-ins/{begun['id']}")).status == 200


async def test_any_worker_shows_finishes_and_ends_a_sign_in(world: World) -> None:
    async with (
        AdminServer.running(world) as one,
        AdminServer.running(world) as other,
        signed_in(one) as here,
        signed_in(other) as there,
    ):
        begun = (await here.post("/credentials/sign-ins", {"flow": "redirect"})).json
        seen = await there.get(f"/credentials/sign-ins/{begun['id']}")
        assert (seen.status, seen.json["url"]) == (200, begun["url"])
        address = await address_after(here, begun["url"])
        path = f"/credentials/sign-ins/{begun['id']}/redirect"
        finished = await there.post(path, {"url": address})
        assert (finished.status, finished.json["state"]) == (200, "done")
        assert address not in repr(vars(world.records.meta))
        begun = (await here.post("/credentials/sign-ins", {})).json
        ended = asyncio.ensure_future(here.ended_job(begun["id"]))
        assert (await there.send("DELETE", f"/credentials/sign-ins/{begun['id']}")).status == 200
        await ended
        assert (await there.get(f"/credentials/sign-ins/{begun['id']}")).json["state"] == "cancelled"


async def test_signing_in_is_off_until_the_notice_is_accepted(operator: Browser) -> None:
    got = await operator.post("/credentials/sign-ins", {})
    assert (got.status, got.error["param"]) == (403, "oauth.enabled")
    assert "oauth.enabled" in got.error["message"]
    assert "your own" in got.error["message"]


async def test_no_sign_in_is_404(live: Browser) -> None:
    added = await live.post("/credentials/bulk", {"action": "test", "ids": ["cred_none"]})
    other_job = added.json["job"]["id"]
    for identifier in ("job_none", other_job):
        assert (await live.get(f"/credentials/sign-ins/{identifier}")).status == 404
        assert (await live.send("DELETE", f"/credentials/sign-ins/{identifier}")).status == 404


async def test_a_service_that_is_away_is_told(upstream: SandboxServer, world: World) -> None:
    await upstream.stop()
    async with AdminServer.running(world) as server, signed_in(server) as browser:
        got = await browser.post("/credentials/sign-ins", {})
        assert (got.status, got.error["code"]) == (502, "upstream_error")
