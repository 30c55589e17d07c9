"""The issuer: both ways to sign in, tokens that rotate, and everything that can go wrong with them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec
import pytest

CLIENT = "b1a00492-073a-47ea-816f-4c329264a828"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-of-rfc-7636"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT = "http://127.0.0.1:56121/callback"
AUTHORIZE = {
    "response_type": "code",
    "client_id": CLIENT,
    "redirect_uri": REDIRECT,
    "state": "s&t",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
HELLO = {"model": "grok-4.3", "input": "hello"}


def claims_of(token: str) -> Any:
    part = token.split(".")[1]
    return msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def refresh(client: Any, token: str) -> Any:
    fields = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": token}
    return await client.form("/oauth2/token", fields)


async def start(client: Any) -> Any:
    return (await client.form("/oauth2/device/code", {"client_id": CLIENT})).json


async def poll(client: Any, device_code: str) -> Any:
    fields = {"grant_type": DEVICE_GRANT, "client_id": CLIENT, "device_code": device_code}
    return await client.form("/oauth2/token", fields)


async def issue(client: Any, account: str = "zoe", **more: Any) -> Any:
    return await client.control("oauth/issue", {"account": account} | more)


async def test_discovery_stays_on_the_issuer(client: Any) -> None:
    told = (await client.send("GET", "/.well-known/openid-configuration", key=None)).json
    issuer = client.base.removesuffix("/v1")
    assert told["issuer"] == issuer
    assert all(told[name].startswith(f"{issuer}/") for name in told if name.endswith(("endpoint", "uri")))
    assert told["token_endpoint"] == f"{issuer}/oauth2/token"
    assert told["device_authorization_endpoint"] == f"{issuer}/oauth2/device/code"
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["token_endpoint_auth_methods_supported"] == ["none"]
    assert set(told["grant_types_supported"]) == {"authorization_code", "refresh_token", DEVICE_GRANT}
    assert (await client.send("GET", "/.well-known/jwks.json", key=None)).json == {"keys": []}


async def test_an_unknown_client_is_turned_away(client: Any) -> None:
    for path in ("/oauth2/device/code", "/oauth2/token", "/oauth2/revoke"):
        got = await client.form(path, {"client_id": "stranger", "grant_type": "refresh_token"})
        assert got.status == 400
        assert got.json == {"error": "invalid_client", "error_description": "Unknown or disabled client"}
    assert (await client.form("/oauth2/device/code", {"client_id": "sandbox-mine"})).status == 200


async def test_a_device_signs_in_after_approval_on_the_page(client: Any) -> None:
    started = await start(client)
    assert (started["expires_in"], started["interval"]) == (1800, 5)
    assert (await poll(client, started["device_code"])).json["error"] == "authorization_pending"
    page = await client.send("GET", f"/oauth2/device?user_code={started['user_code']}", key=None)
    assert page.headers["content-type"].startswith("text/html")
    assert f'value="{started["user_code"]}"' in page.raw.decode()
    assert "<script" not in page.raw.decode()
    decision = {"user_code": started["user_code"].lower(), "account": "zoe", "tier": "supergrok_heavy"}
    approved = await client.form("/oauth2/device", decision | {"decision": "approve"})
    assert approved.status == 200
    assert "zoe" in approved.raw.decode()
    await client.control("clock", {"advance": 5})
    got = (await poll(client, started["device_code"])).json
    assert (got["token_type"], got["expires_in"]) == ("Bearer", 21600)
    assert claims_of(got["access_token"])["tier"] == 5
    assert (await client.bearing(got["access_token"], "POST", "/v1/responses", HELLO)).status == 200
    assert (await poll(client, started["device_code"])).json["error"] == "invalid_grant"


async def test_polling_too_fast_slows_that_code_down(client: Any) -> None:
    started = await start(client)
    code = started["device_code"]
    assert (await poll(client, code)).json["error"] == "authorization_pending"
    assert (await poll(client, code)).json["error"] == "slow_down"
    await client.control("clock", {"advance": 9})
    assert (await poll(client, code)).json["error"] == "slow_down"
    await client.control("clock", {"advance": 15})
    assert (await poll(client, code)).json["error"] == "authorization_pending"
    row = (await client.control("oauth", method="GET"))["device_codes"][0]
    assert (row["interval"], row["polls"], row["slow_downs"]) == (15, 4, 2)


async def test_a_code_that_is_denied_expired_or_made_up(client: Any) -> None:
    started = await start(client)
    await client.control("oauth/deny", {"user_code": started["user_code"]})
    assert (await poll(client, started["device_code"])).json["error"] == "access_denied"
    await client.control("oauth", {"device_expires": 60, "device_interval": 0})
    started = await start(client)
    assert (started["expires_in"], started["interval"]) == (60, 0)
    assert (await poll(client, started["device_code"])).json["error"] == "authorization_pending"
    assert (await poll(client, started["device_code"])).json["error"] == "authorization_pending"
    await client.control("clock", {"advance": 60})
    assert (await poll(client, started["device_code"])).json["error"] == "expired_token"
    late = {"user_code": started["user_code"], "decision": "approve"}
    assert (await client.form("/oauth2/device", late)).status == 400
    assert (await poll(client, "made-up")).json["error"] == "invalid_grant"


async def test_control_approves_with_account_tier_and_team(client: Any) -> None:
    started = await start(client)
    body = {"user_code": started["user_code"], "account": "ann@example.com", "team": "crew", "tier": "free"}
    assert (await client.control("oauth/approve", body))["state"] == "approved"
    token = (await poll(client, started["device_code"])).json["access_token"]
    crew = (await client.send("GET", "/v1/me", key="crew")).json["team_id"]
    assert claims_of(token)["team_id"] == crew
    assert (await client.bearing(token, "GET", "/v1/me")).json["team_id"] == crew


async def test_a_browser_signs_in_with_pkce(client: Any) -> None:
    query = "&".join(f"{name}={value.replace('&', '%26')}" for name, value in AUTHORIZE.items())
    page = await client.send("GET", f"/oauth2/authorize?{query}", key=None)
    assert page.status == 200
    assert 'name="state" value="s&amp;t"' in page.raw.decode()
    sent = AUTHORIZE | {"decision": "approve", "account": "zoe", "tier": "x_premium_plus"}
    back = await client.form("/oauth2/authorize", sent)
    assert back.status == 303
    told = parse_qs(urlsplit(back.headers["location"]).query)
    assert back.headers["location"].startswith(f"{REDIRECT}?")
    assert told["state"] == ["s&t"]
    fields = {
        "grant_type": "authorization_code",
        "client_id": CLIENT,
        "code": told["code"][0],
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    got = await client.form("/oauth2/token", fields)
    assert got.status == 200
    assert claims_of(got.json["access_token"])["tier"] == 4
    again = await client.form("/oauth2/token", fields)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("wrong", [{"code_verifier": "other"}, {"redirect_uri": "http://127.0.0.1:1/"}])
async def test_a_code_is_worthless_without_what_belongs_to_it(client: Any, wrong: Any) -> None:
    back = await client.form("/oauth2/authorize", AUTHORIZE | {"decision": "approve"})
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    fields = {"grant_type": "authorization_code", "client_id": CLIENT, "code": code}
    fields |= {"redirect_uri": REDIRECT, "code_verifier": VERIFIER} | wrong
    assert (await client.form("/oauth2/token", fields)).json["error"] == "invalid_grant"


async def test_a_denied_sign_in_and_a_foreign_redirect(client: Any) -> None:
    back = await client.form("/oauth2/authorize", AUTHORIZE | {"decision": "deny"})
    assert parse_qs(urlsplit(back.headers["location"]).query)["error"] == ["access_denied"]
    for change in ({"redirect_uri": "http://evil.example/"}, {"code_challenge_method": "plain"}):
        got = await client.form("/oauth2/authorize", AUTHORIZE | change | {"decision": "approve"})
        assert (got.status, got.json["error"]) == (400, "invalid_request")


async def test_an_access_token_is_an_account_of_the_api(client: Any) -> None:
    made = await issue(client, "zoe", tier="supergrok")
    token, claims = made["access_token"], claims_of(made["access_token"])
    assert claims["iss"] == client.base.removesuffix("/v1")
    assert claims["principal_id"] == claims["sub"]
    assert claims["exp"] - claims["iat"] == 21600
    me = (await client.bearing(token, "GET", "/v1/me")).json
    assert me["oauth"] == {"client_id": CLIENT}
    assert "api_key" not in me
    assert (me["team_id"], me["user_id"]) == (claims["team_id"], claims["sub"])
    assert (await client.bearing(token, "GET", "/v1/models")).json["data"]
    chat = {"model": "grok-4.3", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    assert (await client.bearing(token, "POST", "/v1/chat/completions", chat)).done
    assert (await client.bearing(token, "GET", "/v1/api-key")).status == 400
    assert (await client.bearing(token, "GET", "/oauth2/userinfo")).json["sub"] == claims["sub"]
    assert (await client.bearing("a.b.c", "GET", "/oauth2/userinfo")).status == 401


async def test_a_bad_token_is_403_or_401_if_told(client: Any) -> None:
    token = (await issue(client, expires_in=60))["access_token"]
    assert (await client.bearing(token, "GET", "/v1/me")).status == 200
    await client.control("clock", {"advance": 60})
    for bad in (token, "a.b.c", token[:-2] + "xx"):
        got = await client.bearing(bad, "POST", "/v1/responses", HELLO)
        assert got.status == 403
        assert got.json["code"] == "unauthenticated:bad-credentials"
        assert "OAuth2 access token could not be validated" in got.json["error"]
    await client.control("oauth", {"bad_token_status": 401})
    assert (await client.bearing(token, "POST", "/v1/responses", HELLO)).status == 401


async def test_a_refresh_rotates_and_the_old_access_token_lives_on(client: Any) -> None:
    first = await issue(client)
    second = (await refresh(client, first["refresh_token"])).json
    assert second["refresh_token"] != first["refresh_token"]
    for token in (first["access_token"], second["access_token"]):
        assert (await client.bearing(token, "GET", "/v1/me")).status == 200
    assert (await refresh(client, second["refresh_token"])).status == 200
    state = await client.control("oauth", method="GET")
    assert [(row["account"], row["generation"]) for row in state["families"]] == [("zoe", 3)]
    assert state["totals"] == {"families": 1, "refresh_calls": 2, "reuse_detections": 0, "revoked": 0}


async def test_a_reused_token_revokes_the_whole_family(client: Any) -> None:
    first, other = await issue(client), await issue(client, "yan")
    second = (await refresh(client, first["refresh_token"])).json
    reused = await refresh(client, first["refresh_token"])
    revoked = {"error": "invalid_grant", "error_description": "Refresh token has been revoked"}
    assert (reused.status, reused.json) == (400, revoked)
    assert (await refresh(client, second["refresh_token"])).json == revoked
    assert (await client.bearing(second["access_token"], "GET", "/v1/me")).status == 403
    assert (await client.bearing(other["access_token"], "GET", "/v1/me")).status == 200
    totals = (await client.control("oauth", method="GET"))["totals"]
    assert (totals["reuse_detections"], totals["revoked"]) == (1, 1)
    unknown = (await refresh(client, "made-up")).json
    assert unknown["error_description"] == "Invalid or unknown refresh token"


async def test_two_refreshes_at_once_kill_the_grant(client: Any) -> None:
    first = await issue(client)
    got = await asyncio.gather(*(refresh(client, first["refresh_token"]) for _ in range(2)))
    assert sorted(each.status for each in got) == [200, 400]
    assert (await client.control("oauth", method="GET"))["totals"]["revoked"] == 1


async def test_within_the_grace_the_same_pair_comes_again(client: Any) -> None:
    await client.control("oauth", {"reuse_grace": 60})
    first = await issue(client)
    second = (await refresh(client, first["refresh_token"])).json
    assert (await refresh(client, first["refresh_token"])).json == second
    await client.control("clock", {"advance": 61})
    assert (await refresh(client, first["refresh_token"])).json["error"] == "invalid_grant"


async def test_an_issuer_that_does_not_rotate_names_no_refresh_token(client: Any) -> None:
    await client.control("oauth", {"rotate": False, "access_token_seconds": 90})
    first = await issue(client)
    for _ in range(2):
        got = (await refresh(client, first["refresh_token"])).json
        assert "refresh_token" not in got
        assert got["expires_in"] == 90


async def test_an_answer_lost_after_the_rotation(client: Any) -> None:
    first = await issue(client)
    await client.control("oauth", {"drop": 1})
    with pytest.raises(aiohttp.ClientError):
        await refresh(client, first["refresh_token"])
    family = (await client.control("oauth", method="GET"))["families"][0]
    assert (family["generation"], family["revoked"]) == (2, False)
    assert (await refresh(client, first["refresh_token"])).status == 400


async def test_a_slow_answer_has_rotated_before_it_is_sent(client: Any) -> None:
    first = await issue(client)
    await client.control("oauth", {"delay": 60})
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(refresh(client, first["refresh_token"]))
        while (await client.control("oauth", method="GET"))["families"][0]["generation"] == 1:
            pass
        assert not waiting.done()
        waiting.cancel()
    row = await client.last_ended()
    assert (row["ended"], row["oauth"]["outcome"]) == ("cancelled", "granted")


async def test_failures_before_anything_happened(client: Any) -> None:
    first = await issue(client)
    fail = {"status": 503, "error": "temporarily_unavailable", "retry_after": 7, "times": 2}
    await client.control("oauth", {"fail": fail})
    for _ in range(2):
        got = await refresh(client, first["refresh_token"])
        assert (got.status, got.json["error"]) == (503, "temporarily_unavailable")
        assert got.headers["retry-after"] == "7"
    assert (await refresh(client, first["refresh_token"])).status == 200


async def test_a_denied_tier_is_403_and_rotates_nothing(client: Any) -> None:
    first = await issue(client, tier="free")
    await client.control("oauth", {"tier_denied": ["free"]})
    got = await refresh(client, first["refresh_token"])
    assert (got.status, got.json["error"]) == (403, "access_denied")
    await client.control("oauth", {"tier_denied": []})
    assert (await refresh(client, first["refresh_token"])).status == 200


async def test_revocation_by_the_client_and_by_control(client: Any) -> None:
    first, second = await issue(client), await issue(client, "yan")
    assert (
        await client.form("/oauth2/revoke", {"client_id": CLIENT, "token": first["refresh_token"]})
    ).status == 200
    assert (await client.form("/oauth2/revoke", {"client_id": CLIENT, "token": "unknown"})).status == 200
    assert (await client.bearing(first["access_token"], "GET", "/v1/me")).status == 403
    assert await client.control("oauth/revoke", {"account": "yan", "access_only": True}) == {"revoked": 1}
    assert (await client.bearing(second["access_token"], "GET", "/v1/me")).status == 403
    third = (await refresh(client, second["refresh_token"])).json
    assert (await client.bearing(third["access_token"], "GET", "/v1/me")).status == 200
    await client.control("oauth/revoke", {"account": "yan"})
    assert (await refresh(client, third["refresh_token"])).json["error"] == "invalid_grant"


async def test_the_journal_names_grant_account_and_outcome_but_no_token(client: Any) -> None:
    first = await issue(client)
    await refresh(client, first["refresh_token"])
    await refresh(client, first["refresh_token"])
    body = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    await client.send("POST", "/oauth2/token", body, key=None)
    await client.bearing(first["access_token"], "GET", "/v1/me")
    rows = await client.journal()
    assert [row["account"] for row in rows] == ["zoe", "zoe", None, "zoe"]
    assert [row["oauth"]["outcome"] for row in rows[:3]] == ["granted", "invalid_grant", "invalid_request"]
    assert rows[0]["oauth"] == {"grant_type": "refresh_token", "outcome": "granted", "generation": 2}
    assert rows[0]["body"]["refresh_token"] == f"...{first['refresh_token'][-8:]}"
    written = msgspec.json.encode(rows).decode()
    assert first["refresh_token"] not in written
    assert first["access_token"] not in written


async def test_faults_strike_the_token_endpoint_by_path_and_account(client: Any) -> None:
    zoe, yan = await issue(client), await issue(client, "yan")
    match = {"path": "/oauth2/token", "key": "zoe"}
    await client.order("status", status=500, body={"error": "server_error"}, times=1, match=match)
    assert (await refresh(client, zoe["refresh_token"])).json == {"error": "server_error"}
    await client.order("drop", times=1, match=match)
    assert (await refresh(client, yan["refresh_token"])).status == 200
    with pytest.raises(aiohttp.ClientError):
        await refresh(client, zoe["refresh_token"])
    assert [row["generation"] for row in (await client.control("oauth", method="GET"))["families"]] == [2, 2]


async def test_what_is_not_understood_is_refused(client: Any) -> None:
    for path, body in (
        ("oauth", {"nothing": 1}),
        ("oauth", {"delay": -1}),
        ("oauth/issue", {"account": "zoe", "tier": "gold"}),
        ("oauth/approve", {"user_code": "AAAA-AAAA"}),
        ("oauth/deny", {}),
    ):
        assert (await client.send("POST", f"/sandbox/{path}", body, key=None)).status == 400
    assert (await client.send("GET", "/sandbox/oauth/nothing", key=None)).status == 404
    assert (await client.form("/oauth2/token", {"client_id": CLIENT, "grant_type": "password"})).json[
        "error"
    ] == "unsupported_grant_type"
    assert (await client.send("GET", "/oauth2/token", key=None)).status == 405


async def test_what_a_form_says_is_escaped_on_the_page(client: Any) -> None:
    page = await client.send("GET", "/oauth2/device?user_code=%22%3E%3Cscript%3E", key=None)
    assert "<script" not in page.raw.decode()


async def test_a_reset_forgets_every_grant(client: Any) -> None:
    made = await issue(client)
    await client.control("oauth", {"delay": 1})
    assert await client.control("oauth", method="DELETE") == {"cleared": {"families": 1, "device_codes": 0}}
    assert (await client.control("oauth", method="GET"))["settings"]["delay"] == 0
    assert (await client.bearing(made["access_token"], "GET", "/v1/me")).status == 403
