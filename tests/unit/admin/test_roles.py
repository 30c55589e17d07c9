"""Every route asks for a role, and whoever has less gets nothing of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grok2api.admin.access import open_access
from grok2api.admin.app import create_framework
from grok2api.admin.gate import PREFIX
from grok2api.admin.roles import RANKS, RULES, Rule, find_rule, may
from support.admin_client import Browser
from support.admin_server import AdminServer


def served(admin: AdminServer) -> Iterator[tuple[str, str]]:
    """Yield what the framework serves."""
    paths = create_framework(admin.services, open_access(admin.services)).openapi()["paths"]
    for path, methods in paths.items():
        yield from ((method.upper(), path) for method in methods)


def concrete(rule: Rule) -> str:
    return rule.path.replace("{", "").replace("}", "")


async def test_the_table_names_what_is_served_and_nothing_else(admin: AdminServer) -> None:
    wanted = sorted((rule.method, rule.path.replace(":path", "")) for rule in RULES)
    assert sorted(served(admin)) == wanted


def test_what_changes_something_has_a_name_and_what_does_not_has_none() -> None:
    harmless = {("POST", "/session"), ("POST", "/settings/check"), ("POST", "/settings/read")}
    told = {("GET", "/requests/{request_id}/content")}
    for rule in RULES:
        if (rule.method, rule.path) in told:
            assert rule.action, "a look at somebody's words"
            continue
        quiet = rule.method == "GET" or (rule.method, rule.path) in harmless
        assert bool(rule.action) != quiet, rule


def test_what_is_open_is_little() -> None:
    assert [(rule.method, rule.path) for rule in RULES if rule.least == "open"] == [
        ("GET", "/setup"),
        ("POST", "/session"),
        ("GET", "/session/sso"),
        ("GET", "/session/sso/callback"),
        ("GET", "/session/sso/end"),
    ]


def test_nobody_who_only_looks_may_change_the_pool() -> None:
    own = {
        "session.end",
        "session.password",
        "session.second-factor.begin",
        "session.second-factor.add",
        "session.second-factor.remove",
        "sessions.revoke",
        "sessions.revoke-all",
    }
    for rule in RULES:
        if rule.action and rule.action not in own:
            assert not may("viewer", rule.least), rule


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_each_route_is_closed_to_a_lower_role(operator: Browser, role: str) -> None:
    for somebody in (await operator.named("Ada", role), await operator.program(role)):
        for rule in RULES:
            if RANKS.index(rule.least) > RANKS.index(role):
                got = await somebody.send(rule.method, concrete(rule))
                assert (got.status, got.error["code"]) == (403, "permission_denied"), rule
                assert rule.least in got.error["message"]


async def test_a_viewer_sees_and_changes_nothing(operator: Browser) -> None:
    added = (await operator.post("/credentials", {"key": "xai-abcdefghijklmnop"})).json["id"]
    viewer = await operator.named("Vera", "viewer")
    assert (await viewer.get("/credentials")).json["total"] == 1
    for method, path in (("DELETE", ""), ("PATCH", ""), ("POST", "/disable")):
        assert (await viewer.send(method, f"/credentials/{added}{path}", {})).status == 403
    assert (await operator.get(f"/credentials/{added}")).json["enabled"] is True


async def test_a_role_that_is_changed_counts_at_once_and_everywhere(
    operator: Browser, admin: AdminServer
) -> None:
    ada = await operator.named("Ada", "operator")
    identifier = (await operator.get("/operators")).json["data"][0]["id"]
    async with AdminServer.running(admin.world) as other:
        there = Browser(other.base, operator.http, dict(ada.headers))
        assert (await there.get("/settings")).status == 200
        await operator.send("PATCH", f"/operators/{identifier}", {"role": "viewer"})
        assert (await there.get("/settings")).status == 403
        await operator.send("PATCH", f"/operators/{identifier}", {"enabled": False})
        assert (await there.get("/session")).status == 401


async def test_a_route_that_no_row_names_is_not_there(
    operator: Browser, admin: AdminServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tuple(rule for rule in RULES if rule.path != "/system")
    monkeypatch.setattr("grok2api.admin.roles.RULES", left)
    got = await operator.get("/system")
    assert (got.status, got.error["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("POST", "/credentials/bulk", "credentials.bulk"),
        ("PATCH", "/credentials/bulk", "credentials.edit"),
        ("DELETE", "/credentials/sign-ins/x", "sign-ins.cancel"),
        ("POST", "/credentials/x/test", "credentials.test"),
        ("POST", "/credentials//test", None),
        ("POST", "/credentials/", None),
        ("POST", "//credentials", None),
        ("POST", "/CREDENTIALS", None),
        ("HEAD", "/credentials", None),
    ],
)
def test_a_path_is_taken_as_the_framework_takes_it(method: str, path: str, found: str | None) -> None:
    rule = find_rule(method, path)
    assert (None if rule is None else rule[0].action) == found
    assert PREFIX == "/admin/api"
