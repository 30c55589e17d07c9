"""Accounts by order: what can be said about a name or a team, and how each of it is refused."""

from __future__ import annotations

from typing import Any

import pytest

WEEK = 7 * 86_400
HELLO = {"model": "grok-4.3", "input": "hello"}


async def sign_in(client: Any, account: str, **more: Any) -> str:
    token: str = (await client.control("oauth/issue", {"account": account} | more))["access_token"]
    return token


async def test_the_free_tier_signs_in_but_may_not_ask(client: Any) -> None:
    token = await sign_in(client, "zoe", tier="free")
    assert (await client.bearing(token, "GET", "/v1/me")).status == 200
    assert (await client.bearing(token, "GET", "/v1/models")).status == 200
    got = await client.bearing(token, "POST", "/v1/responses", HELLO)
    assert (got.status, got.json["code"]) == (403, "permission-denied")
    assert "Access to the chat endpoint is denied" in got.json["error"]


async def test_a_tier_that_was_ordered_goes_before_the_one_signed_in_with(client: Any) -> None:
    token = await sign_in(client, "zoe", tier="free")
    await client.control("accounts", {"name": "zoe", "tier": "supergrok"})
    assert (await client.bearing(token, "POST", "/v1/responses", HELLO)).status == 200
    await client.control("accounts", {"name": "zoe", "api_access": False})
    assert (await client.bearing(token, "POST", "/v1/responses", HELLO)).status == 403


@pytest.mark.parametrize(
    ("exhausted", "status", "code", "words"),
    [
        ({}, 429, 429, "[WKE=personal-team-blocked:spending-limit]"),
        ({"status": 403, "form": "kebab"}, 403, "personal-team-blocked:spending-limit", "run out of credits"),
        ({"status": 402, "form": "numeric"}, 402, 402, "[WKE=personal-team-blocked:spending-limit]"),
    ],
)
async def test_a_weekly_quota_ends_and_comes_back(
    client: Any, exhausted: Any, status: int, code: Any, words: str
) -> None:
    await client.control("accounts", {"name": "zoe", "weekly_quota": 3, "used": 1, "exhausted": exhausted})
    first = await sign_in(client, "zoe", expires_in=10 * WEEK)
    second = await sign_in(client, "zoe", expires_in=10 * WEEK)
    for token in (first, second):
        assert (await client.bearing(token, "POST", "/v1/responses", HELLO)).status == 200
    got = await client.bearing(first, "POST", "/v1/responses", HELLO)
    assert (got.status, got.json["code"]) == (status, code)
    assert words in got.json["error"]
    assert "retry-after" not in got.headers
    await client.control("clock", {"advance": WEEK})
    assert (await client.bearing(first, "POST", "/v1/responses", HELLO)).status == 200
    row = (await client.control("accounts", method="GET"))["accounts"][0]
    assert (row["name"], row["used"], row["weekly_quota"]) == ("zoe", 1, 3)


async def test_a_nested_refusal_may_say_when_the_week_ends(client: Any) -> None:
    order = {"name": "zoe", "weekly_quota": 0, "exhausted": {"form": "nested", "retry_after": True}}
    await client.control("accounts", order)
    got = await client.bearing(await sign_in(client, "zoe"), "POST", "/v1/responses", HELLO)
    assert got.json["error"]["type"] == "billing_error"
    assert got.headers["retry-after"] == str(WEEK)


async def test_a_week_of_ticks_and_a_credit_are_used_up_by_what_answers_cost(client: Any) -> None:
    await client.control("accounts", {"team": "ann", "weekly_ticks": 1})
    cost = (await client.respond(key="ann")).json["usage"]["cost_in_usd_ticks"]
    row = (await client.control("accounts", method="GET"))["accounts"][0]
    assert (row["used"], row["used_ticks"], row["spent_ticks"]) == (1, cost, cost)
    assert "spending-limit" in (await client.respond(key="ann--2")).raw.decode()
    await client.control("accounts", {"name": "bob", "credit": 1e-9})
    assert (await client.respond(key="bob")).status == 200
    got = await client.respond(key="bob")
    assert (got.status, "used all available credits" in got.json["error"]) == (403, True)
    await client.control("accounts", {"name": "eve", "credit": 0, "exhausted": {"status": 429}})
    got = await client.respond(key="eve")
    assert (got.status, "doesn't have any credits" in got.json["error"]) == (429, True)


async def test_a_rate_per_model_with_retry_after(client: Any) -> None:
    order = {"team": "ann", "rate_per_minute": {"grok-4.3": 1}, "retry_after": True, "resets_in": False}
    await client.control("accounts", order)
    assert (await client.chat(key="ann")).status == 200
    got = await client.chat(key="ann--2")
    assert (got.status, got.headers["retry-after"]) == (429, "60")
    assert got.json["error"].endswith("Requests per Minute (actual/limit): 2/1")
    assert (await client.chat(key="ann", model="grok-4.7")).status == 200
    await client.control("clock", {"advance": 60})
    assert (await client.chat(key="ann")).status == 200


async def test_rates_per_second_and_per_minute_hold_together(client: Any) -> None:
    await client.control("accounts", {"name": "ann", "rate_per_second": 1, "rate_per_minute": 2})
    assert (await client.chat(key="ann")).status == 200
    got = await client.chat(key="ann")
    assert got.json["error"].endswith("Requests per Second (actual/limit): 2/1")
    assert "retry-after" not in got.headers
    await client.control("clock", {"advance": 1})
    assert (await client.chat(key="ann")).status == 200
    await client.control("clock", {"advance": 1})
    assert (await client.chat(key="ann")).json["error"].endswith("Resets in: 58s")


@pytest.mark.parametrize(
    ("blocked", "flags", "words"),
    [
        ("user", (False, False, False), "unauthorized:blocked-user"),
        ("team", (True, False, False), "team_blocked"),
        (["key"], (False, True, False), "is blocked"),
        (None, (False, False, True), "is disabled"),
    ],
)
async def test_blocks_are_told_and_refuse(client: Any, blocked: Any, flags: Any, words: str) -> None:
    await client.control("accounts", {"name": "ann", "blocked": blocked, "disabled": blocked is None})
    key = (await client.send("GET", "/v1/api-key", key="ann")).json
    assert tuple(key[name] for name in ("team_blocked", "api_key_blocked", "api_key_disabled")) == flags
    me = (await client.send("GET", "/v1/me", key="ann")).json
    assert (me["team_blocked"], me["api_key"]["blocked"], me["api_key"]["disabled"]) == flags
    for got in (await client.chat(key="ann"), await client.send("GET", "/v1/models", key="ann")):
        assert got.status == 403
        assert words in got.raw.decode()
    await client.control("accounts", {"name": "ann", "blocked": None, "disabled": False})
    assert (await client.chat(key="ann")).status == 200


async def test_an_access_list_by_order(client: Any) -> None:
    await client.control("accounts", {"name": "ann", "acls": ["api-key:model:*", "api-key:endpoint:image"]})
    assert (await client.send("GET", "/v1/api-key", key="ann")).json["acls"] == [
        "api-key:model:*",
        "api-key:endpoint:image",
    ]
    got = await client.chat(key="ann")
    assert got.status == 403
    assert "endpoint chat" in got.json["error"]
    assert (await client.respond(key="ann--2")).status == 200
    await client.control(
        "accounts", {"name": "ann", "acls": ["api-key:model:grok-4.7", "api-key:endpoint:chat"]}
    )
    assert (await client.respond(key="ann", model="grok-4.7")).status == 200
    listed = (await client.send("GET", "/v1/models", key="ann")).json["data"]
    assert [row["id"] for row in listed] == ["grok-4.7"]


async def test_orders_add_up_until_they_are_cleared(client: Any) -> None:
    await client.control("accounts", {"team": "ann", "blocked": "team"})
    await client.control("accounts", {"name": "ann--2", "disabled": True})
    await client.control("accounts", {"team": "ann", "weekly_quota": 5})
    rows = (await client.control("accounts", method="GET"))["accounts"]
    assert [(row.get("team"), row.get("name")) for row in rows] == [("ann", None), (None, "ann--2")]
    assert (rows[0]["blocked"], rows[0]["weekly_quota"]) == ("team", 5)
    me = (await client.send("GET", "/v1/me", key="ann--2")).json
    assert (me["team_blocked"], me["api_key"]["disabled"]) == (True, True)
    assert await client.control("accounts", method="DELETE") == {"cleared": 2}
    assert (await client.chat(key="ann--2")).status == 200


@pytest.mark.parametrize(
    "order",
    [[], {}, {"name": "a", "team": "b"}, {"name": "a", "nothing": 1}, {"name": "a", "tier": "gold"}],
)
async def test_an_order_that_is_not_understood_is_refused(client: Any, order: Any) -> None:
    assert (await client.send("POST", "/sandbox/accounts", order, key=None)).status == 400
    assert (await client.control("accounts", method="GET"))["accounts"] == []


async def test_the_wall_clock_steps_alone(client: Any) -> None:
    token = await sign_in(client, "zoe", expires_in=600)
    await client.control("accounts", {"name": "ann", "rate_per_minute": 1})
    assert (await client.chat(key="ann")).status == 200
    before = (await client.control("health", method="GET"))["now"]
    assert (await client.control("clock", {"set_wall_offset": 3600}))["now"] == before + 3600
    assert (await client.bearing(token, "GET", "/v1/me")).status == 403
    assert (await client.chat(key="ann")).status == 429
    await client.control("clock", {"set_wall_offset": 0})
    assert (await client.bearing(token, "GET", "/v1/me")).status == 200
    for body in ({}, {"advance": -1}, {"advance": True}, {"back": 1}):
        assert (await client.send("POST", "/sandbox/clock", body, key=None)).status == 400


async def test_a_name_says_of_an_oauth_account_what_it_says_of_a_key(client: Any) -> None:
    token = await sign_in(client, "zoe-spent")
    got = await client.bearing(token, "POST", "/v1/responses", HELLO)
    assert "[WKE=personal-team-blocked:spending-limit]" in got.json["error"]
