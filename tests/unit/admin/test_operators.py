"""Accounts of operators, their passwords and sessions: made by the owner, ended by whoever they belong to."""

from __future__ import annotations

import pytest

from support.admin_client import Browser
from support.admin_server import PASSWORD, AdminServer, World

LONG = "a password of twelve"


async def test_the_owner_makes_changes_and_deletes_an_account(operator: Browser, stranger: Browser) -> None:
    made = await operator.post("/operators", {"name": " Zoë ", "role": "operator", "password": LONG})
    assert made.status == 400
    made = await operator.post("/operators", {"name": "Zoë", "role": "operator", "password": LONG})
    assert (made.status, made.json["name"], made.json["role"]) == (201, "Zoë", "operator")
    assert LONG not in made.raw.decode()
    one = f"/operators/{made.json['id']}"
    assert (await operator.get("/operators")).json["data"] == [made.json]
    changed = await operator.send("PATCH", one, {"name": "Zoe", "role": "viewer"})
    assert (changed.json["name"], changed.json["role"]) == ("Zoe", "viewer")
    assert (await stranger.post("/session", {"name": "Zoë", "password": LONG})).status == 401
    assert (await stranger.post("/session", {"name": "ZOE", "password": LONG})).status == 200
    assert (await operator.send("DELETE", one)).status == 204
    assert (await stranger.post("/session", {"name": "Zoe", "password": LONG})).status == 401
    assert (await operator.get(one)).status == 404


@pytest.mark.parametrize("name", ["admin", "ADMIN", "ａｄｍｉｎ", "ada"])
async def test_a_name_belongs_to_one(operator: Browser, name: str) -> None:
    assert (
        await operator.post("/operators", {"name": "Ada", "role": "owner", "password": LONG})
    ).status == 201
    got = await operator.post("/operators", {"name": name, "role": "viewer", "password": LONG})
    assert (got.status, got.error["code"], got.error["param"]) == (409, "name_taken", "name")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"name": "", "role": "viewer", "password": LONG}, "name"),
        ({"name": "x\ny", "role": "viewer", "password": LONG}, "name"),
        ({"name": "x", "role": "king", "password": LONG}, "role"),
        ({"name": "x", "role": "viewer", "password": "short"}, "password"),
        ({"name": "x", "role": "viewer", "password": LONG, "more": 1}, "more"),
    ],
)
async def test_what_cannot_be_is_told_and_no_password_repeated(
    operator: Browser, body: dict[str, object], param: str
) -> None:
    got = await operator.post("/operators", body)
    assert (got.status, got.error["param"]) == (400, param)
    assert "short" not in got.error["message"]


async def test_somebody_who_is_switched_off_is_out(operator: Browser, stranger: Browser) -> None:
    ada = await operator.named("Ada", "owner")
    identifier = (await operator.get("/operators")).json["data"][0]["id"]
    await operator.send("PATCH", f"/operators/{identifier}", {"enabled": False})
    assert (await ada.get("/session")).status == 401
    assert (await stranger.post("/session", {"name": "Ada", "password": LONG})).status == 401
    await operator.send("PATCH", f"/operators/{identifier}", {"enabled": True})
    assert (await ada.get("/session")).status == 401
    assert (await stranger.post("/session", {"name": "Ada", "password": LONG})).status == 200


async def test_a_refusal_does_not_tell_who_is_there(operator: Browser, stranger: Browser) -> None:
    await operator.named("Ada", "owner")
    told = {
        (await stranger.post("/session", {"name": name, "password": "wrong"})).error["message"]
        for name in ("", "admin", "Ada", "nobody")
    }
    assert len(told) == 1


async def test_somebody_changes_his_own_password(operator: Browser, stranger: Browser) -> None:
    ada = await operator.named("Ada", "viewer")
    second = await stranger.post("/session", {"name": "Ada", "password": LONG})
    wrong = await ada.send("PUT", "/session/password", {"current": "wrong", "new": LONG + "!"})
    assert (wrong.status, wrong.error["param"]) == (400, "current")
    got = await ada.send("PUT", "/session/password", {"current": LONG, "new": LONG + "!"})
    assert (got.status, got.json["name"], got.json["role"]) == (200, "Ada", "viewer")
    for old in (ada.headers["authorization"], f"Bearer {second.json['token']}"):
        assert (await stranger.get("/session", authorization=old)).status == 401
    assert (await stranger.get("/session", authorization=f"Bearer {got.json['token']}")).status == 200
    assert (await stranger.post("/session", {"name": "Ada", "password": LONG})).status == 401
    assert (await operator.get("/session")).status == 200


async def test_a_password_of_the_settings_is_changed_there(operator: Browser) -> None:
    got = await operator.send("PUT", "/session/password", {"current": PASSWORD, "new": LONG})
    assert (got.status, got.error["param"]) == (400, "new")
    assert "app.app_key" in got.error["message"]


async def test_a_password_that_the_first_start_made_is_to_be_changed() -> None:
    from grok2api.admin.passwords import ensure_password  # noqa: PLC0415
    from grok2api.config.settings import Settings  # noqa: PLC0415

    world = World(settings=Settings())
    made = await ensure_password(world.records)
    async with AdminServer.running(world) as admin:
        await _changes_it(admin, str(made))


async def _changes_it(admin: AdminServer, made: str) -> None:
    import aiohttp  # noqa: PLC0415

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        browser = Browser(admin.base, http)
        assert (await browser.get("/setup")).json == {
            "password_from": "generated",
            "password_login": True,
            "single_sign_on": None,
            "groups_claim": None,
        }
        got = await browser.post("/session", {"password": made})
        assert got.json["password_from"] == "generated"
        browser.headers["authorization"] = f"Bearer {got.json['token']}"
        assert (await browser.get("/session")).json["change_password"] is True
        got = await browser.send("PUT", "/session/password", {"current": made, "new": LONG})
        assert got.status == 200
        browser.headers["authorization"] = f"Bearer {got.json['token']}"
        assert (await browser.get("/session")).json["change_password"] is False
        assert (await browser.get("/setup")).json["password_from"] == "chosen"


async def test_sessions_are_listed_and_ended_one_by_one(operator: Browser, stranger: Browser) -> None:
    await stranger.post("/session", {"password": PASSWORD}, user_agent="Second/1.0")
    rows = (await operator.get("/sessions")).json["data"]
    assert [row["own"] for row in rows].count(True) == 1
    (other,) = [row for row in rows if not row["own"]]
    assert (other["agent"], other["address"], other["name"]) == ("Second/1.0", "127.0.0.1", "admin")
    assert (await operator.send("DELETE", f"/sessions/{other['id']}")).status == 204
    assert (await operator.send("DELETE", f"/sessions/{other['id']}")).status == 404
    assert len((await operator.get("/sessions")).json["data"]) == 1


async def test_nobody_but_the_owner_sees_or_ends_the_sessions_of_others(operator: Browser) -> None:
    ada = await operator.named("Ada", "operator")
    everyone = (await operator.get("/sessions?everyone=true")).json["data"]
    assert {row["name"] for row in everyone} == {"admin", "Ada"}
    assert {row["name"] for row in (await ada.get("/sessions")).json["data"]} == {"Ada"}
    assert (await ada.get("/sessions?everyone=true")).status == 403
    assert (await ada.send("DELETE", "/sessions?everyone=true")).status == 403
    (owners,) = [row["id"] for row in everyone if row["name"] == "admin"]
    assert (await ada.send("DELETE", f"/sessions/{owners}")).status == 404
    assert (await operator.send("DELETE", "/sessions?everyone=true&keep_own=true")).json == {"revoked": 1}
    assert (await ada.get("/session")).status == 401
    assert (await operator.send("DELETE", "/sessions")).json == {"revoked": 1}
    assert (await operator.get("/session")).status == 401
