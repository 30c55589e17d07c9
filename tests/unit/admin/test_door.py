"""Every route of the admin API is closed, and every refusal has one form."""

from __future__ import annotations

from typing import Any

import pytest

from support.admin_client import Browser
from support.admin_server import CLIENT_KEY, AdminServer

OPEN = {
    ("POST", "/session"),
    ("GET", "/setup"),
    ("GET", "/session/sso"),
    ("GET", "/session/sso/callback"),
    ("GET", "/session/sso/end"),
}


async def table(operator: Browser) -> list[tuple[str, str]]:
    paths: dict[str, dict[str, Any]] = (await operator.get("/openapi.json")).json["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


async def test_no_route_answers_without_a_session(operator: Browser, stranger: Browser) -> None:
    routes = await table(operator)
    assert len(routes) > 15
    for method, path in routes:
        if (method, path) in OPEN:
            continue
        got = await stranger.send(method, path.replace("{", "").replace("}", ""))
        assert got.status == 401, (method, path)
        assert set(got.error) == {"message", "type", "param", "code"}
        got = await stranger.send(method, path, authorization=f"Bearer {CLIENT_KEY}")
        assert (got.status, got.error["code"]) == (403, "permission_denied"), (method, path)


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/nothing", "/session/", "//session", "/SESSION"])
async def test_what_is_not_there_is_closed_too(stranger: Browser, path: str) -> None:
    assert (await stranger.get(path)).status == 401
    assert (await stranger.post(path, {"password": "x"})).status == 401


async def test_an_operator_is_told_what_is_not_there(operator: Browser) -> None:
    got = await operator.get("/nothing")
    assert (got.status, got.error["code"]) == (404, "not_found")
    got = await operator.send("PUT", "/session")
    assert (got.status, got.error["code"]) == (405, "method_not_allowed")
    assert got.headers["allow"]


async def test_no_body_of_a_stranger_is_read(stranger: Browser) -> None:
    got = await stranger.post("/credentials/import", b"x" * 100_000, content_type="text/plain")
    assert got.status == 401


async def test_a_store_that_is_away_is_told_as_such(operator: Browser, admin: AdminServer) -> None:
    admin.world.records.revisions.away = True
    got = await operator.get("/credentials")
    assert (got.status, got.error["code"]) == (503, "store_unavailable")
    admin.world.records.revisions.away = False


async def test_the_document_describes_every_answer(operator: Browser) -> None:
    document = (await operator.get("/openapi.json")).json
    assert document["openapi"].startswith("3.")
    assert document["servers"] == [{"url": "/admin/api"}]
    assert set(document["components"]["securitySchemes"]) == {"session", "cookie"}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert told["summary"], (method, path)
            assert "4XX" in told["responses"], (method, path)
            assert "422" not in told["responses"], (method, path)
