"""Signing in and out: one password, a token that works until its end, and no way around the door."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest

from grok2api.admin.cookies import SESSION
from support.admin_client import Browser, Got
from support.admin_server import CLIENT_KEY, PASSWORD, AdminServer


def cookie_of(got: Got) -> str:
    morsel = SimpleCookie(got.headers["set-cookie"])[SESSION.name]
    return f"{SESSION.name}={morsel.value}"


async def test_the_password_opens_a_session(stranger: Browser) -> None:
    got = await stranger.post("/session", {"password": PASSWORD})
    assert got.status == 200
    assert got.json["token"].startswith("adm-")
    assert got.json["expires_at"].endswith("Z")
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["x-request-id"]


async def test_the_cookie_is_for_this_site_and_not_for_scripts(stranger: Browser) -> None:
    got = await stranger.post("/session", {"password": PASSWORD})
    cookie = got.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "path=/admin", "max-age=604800"):
        assert part in cookie
    assert "secure" not in cookie


async def test_a_wrong_password_is_refused_without_a_reason(stranger: Browser) -> None:
    got = await stranger.post("/session", {"password": "wrong"})
    assert got.status == 401
    assert set(got.error) == {"message", "type", "param", "code"}


async def test_a_token_tells_who_is_signed_in(operator: Browser) -> None:
    got = await operator.get("/session")
    assert got.status == 200
    told = got.json
    assert (told["name"], told["role"], told["way"]) == ("admin", "owner", "session")
    assert told["created_at"] < told["idle_at"] < told["expires_at"]
    assert told["change_password"] is False


async def test_signing_out_ends_the_session_for_good(operator: Browser, stranger: Browser) -> None:
    token = operator.headers["authorization"]
    assert (await operator.send("DELETE", "/session")).status == 204
    assert (await operator.get("/session")).status == 401
    assert (await stranger.get("/session", authorization=token)).status == 401


async def test_a_session_that_is_not_used_ends_after_twelve_hours(
    operator: Browser, admin: AdminServer
) -> None:
    for _ in range(3):
        admin.world.clock.advance(12 * 3600 - 1)
        assert (await operator.get("/session")).status == 200
    admin.world.clock.advance(12 * 3600)
    assert (await operator.get("/session")).status == 401


async def test_a_session_that_is_used_ends_after_seven_days(operator: Browser, admin: AdminServer) -> None:
    for _ in range(7 * 24 - 1):
        admin.world.clock.advance(3600)
        assert (await operator.get("/session")).status == 200
    admin.world.clock.advance(3600)
    assert (await operator.get("/session")).status == 401


async def test_a_new_sign_in_ends_the_session_that_the_browser_had(stranger: Browser) -> None:
    first = cookie_of(await stranger.post("/session", {"password": PASSWORD}))
    second = cookie_of(await stranger.post("/session", {"password": PASSWORD}, cookie=first))
    assert (await stranger.get("/session", cookie=first)).status == 401
    assert (await stranger.get("/session", cookie=second)).status == 200


async def test_a_session_on_one_worker_is_a_session_on_all_and_so_is_its_end(
    operator: Browser, admin: AdminServer
) -> None:
    async with AdminServer.running(admin.world) as other:
        there = Browser(other.base, operator.http, dict(operator.headers))
        assert (await there.get("/session")).status == 200
        await operator.send("DELETE", "/session")
        assert (await there.get("/session")).status == 401


async def test_the_store_holds_no_token(operator: Browser, admin: AdminServer) -> None:
    token = operator.headers["authorization"].removeprefix("Bearer ")
    assert token not in repr(vars(admin.world.records.sessions))


async def test_a_client_key_opens_nothing_here(stranger: Browser) -> None:
    token = (await stranger.post("/session", {"password": PASSWORD})).json["token"]
    for header in (
        {"authorization": f"Bearer {CLIENT_KEY}"},
        {"x_api_key": CLIENT_KEY},
        {"x_api_key": CLIENT_KEY, "authorization": f"Bearer {token}"},
        {"x_api_key": CLIENT_KEY, "cookie": f"{SESSION.name}={token}"},
    ):
        got = await stranger.get("/session", **header)
        assert got.status == 403
        assert got.error["code"] == "permission_denied"


@pytest.mark.parametrize("offered", ["Bearer adm-wrong", "Bearer " + PASSWORD, "Basic YTpi", "Bearer"])
async def test_anything_else_is_unknown(stranger: Browser, offered: str) -> None:
    assert (await stranger.get("/session", authorization=offered)).status == 401


async def test_wrong_passwords_close_the_door_for_longer_and_longer(
    stranger: Browser, admin: AdminServer
) -> None:
    for _ in range(5):
        assert (await stranger.post("/session", {"password": "wrong"})).status == 401
    for wait in ("1", "2", "4"):
        got = await stranger.post("/session", {"password": PASSWORD}, x_forwarded_for="203.0.113.9")
        assert (got.status, got.headers["retry-after"]) == (429, wait)
        admin.world.clock.advance(int(wait))
        assert (await stranger.post("/session", {"password": "wrong"})).status == 401
    admin.world.clock.advance(8)
    assert (await stranger.post("/session", {"password": PASSWORD})).status == 200


async def test_no_other_page_signs_its_visitor_in(stranger: Browser) -> None:
    own = stranger.base.removesuffix("/admin/api")
    refused: list[dict[str, str]] = [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": own},
        {"origin": OTHER},
        {"origin": "null"},
        {"origin": "http://[::1"},
        {"origin": "http://a]b"},
    ]
    for headers in refused:
        got = await stranger.post("/session", {"password": PASSWORD}, **headers)
        assert got.status == 403, headers
        assert "set-cookie" not in got.headers
    for headers in ({}, {"origin": own}, {"sec_fetch_site": "same-origin"}):
        assert (await stranger.post("/session", {"password": PASSWORD}, **headers)).status == 200


async def test_another_site_gets_nothing_with_the_cookie(stranger: Browser) -> None:
    cookie = cookie_of(await stranger.post("/session", {"password": PASSWORD}))
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        assert (await stranger.get("/session", cookie=cookie, sec_fetch_site=site)).status == status


async def test_a_sign_in_is_small_json(stranger: Browser) -> None:
    assert (await stranger.post("/session", b"x" * 20_000)).status == 413
    got = await stranger.post("/session", b'{"password": ')
    assert (got.status, got.error["code"]) == (400, "invalid_json")
    got = await stranger.post("/session", {})
    assert (got.error["code"], got.error["param"]) == ("missing_required_parameter", "password")
    got = await stranger.post("/session", {"password": PASSWORD, "remember": True})
    assert (got.status, got.error["param"]) == (400, "remember")
    got = await stranger.post("/session", b'{"password": "secret"}', content_type="text/plain")
    assert got.status == 400
    assert "secret" not in got.raw.decode()


SAME, OTHER = "http://127.0.0.1", "https://elsewhere.example"


async def test_a_cookie_changes_something_only_from_the_own_pages(stranger: Browser) -> None:
    cookie = cookie_of(await stranger.post("/session", {"password": PASSWORD}))
    own = stranger.base.removesuffix("/admin/api")
    refused: list[dict[str, str]] = [
        {},
        {"origin": OTHER},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site", "origin": own},
        {"sec_fetch_site": "same-site", "x_requested_with": "fetch"},
        {"sec_fetch_site": "none"},
    ]
    for headers in refused:
        got = await stranger.send("DELETE", "/jobs/job_none", cookie=cookie, **headers)
        assert got.status == 403, headers
    allowed: list[dict[str, str]] = [
        {"origin": own},
        {"sec_fetch_site": "same-origin"},
        {"x_requested_with": "fetch"},
    ]
    for headers in allowed:
        got = await stranger.send("DELETE", "/jobs/job_none", cookie=cookie, **headers)
        assert got.status == 404, headers
    assert (await stranger.get("/session", cookie=cookie, origin=OTHER)).status == 403
    assert (await stranger.get("/session", cookie=cookie, origin=own)).status == 200
