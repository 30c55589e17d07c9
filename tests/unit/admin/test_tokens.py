"""API tokens: a program's own way in, shown once, with a role and an end."""

from __future__ import annotations

from support.admin_client import Browser
from support.admin_server import AdminServer


async def test_a_token_is_shown_once_and_opens_what_its_role_may(
    operator: Browser, admin: AdminServer
) -> None:
    made = await operator.post("/tokens", {"name": "nightly", "role": "operator"})
    token = made.json["token"]
    assert token.startswith("gat-")
    assert token not in (await operator.get("/tokens")).raw.decode()
    assert token not in repr(vars(admin.world.records.tokens))
    program = Browser(operator.base, operator.http, {"authorization": f"Bearer {token}"})
    told = (await program.get("/session")).json
    assert (told["name"], told["role"], told["way"]) == ("nightly", "operator", "token")
    assert (told["created_at"], told["expires_at"]) == (None, None)
    assert (await program.get("/credentials")).status == 200
    assert (await program.post("/credentials", {"key": "xai-abcdefghijklmnop"})).status == 201
    assert (await program.get("/operators")).status == 403


async def test_a_token_that_is_revoked_or_over_opens_nothing(operator: Browser, admin: AdminServer) -> None:
    program = await operator.program("viewer", expires_at="2126-01-01T00:00:00Z")
    admin.world.clock.advance(1)
    lasting = await operator.program("viewer")
    admin.world.clock.wall = 4_923_000_000.0
    await operator.sign_in()
    assert (await program.get("/session")).status == 401
    rows = (await operator.get("/tokens")).json["data"]
    assert [row["expired"] for row in rows] == [True, False]
    assert (await lasting.get("/session")).status == 200
    assert (await operator.send("DELETE", f"/tokens/{rows[1]['id']}")).status == 204
    assert (await lasting.get("/session")).status == 401
    assert (await operator.send("DELETE", f"/tokens/{rows[1]['id']}")).status == 404


async def test_its_use_is_noted_to_the_hour(operator: Browser, admin: AdminServer) -> None:
    program = await operator.program("viewer")
    assert (await operator.get("/tokens")).json["data"][0]["last_used_at"] is None
    await program.get("/session")
    first = (await operator.get("/tokens")).json["data"][0]["last_used_at"]
    admin.world.clock.advance(600)
    await program.get("/session")
    assert (await operator.get("/tokens")).json["data"][0]["last_used_at"] == first
    admin.world.clock.advance(3600)
    await program.get("/session")
    assert (await operator.get("/tokens")).json["data"][0]["last_used_at"] > first


async def test_an_end_is_a_moment_to_come(operator: Browser) -> None:
    for end in ("yesterday", "2001-01-01T00:00:00Z"):
        got = await operator.post("/tokens", {"name": "x", "role": "viewer", "expires_at": end})
        assert (got.status, got.error["param"]) == (400, "expires_at")


async def test_a_token_is_no_cookie_and_no_session(operator: Browser, stranger: Browser) -> None:
    program = await operator.program("owner")
    token = program.headers["authorization"].removeprefix("Bearer ")
    assert (await stranger.get("/session", cookie=f"grok2api_session={token}")).status == 401
    assert (await stranger.get("/session", x_api_key=token)).status == 401
    for method, path in (("DELETE", "/session"), ("DELETE", "/sessions")):
        assert (await program.send(method, path)).status == 403
    body = {"current": "x", "new": "a password of twelve"}
    assert (await program.send("PUT", "/session/password", body)).status == 403
