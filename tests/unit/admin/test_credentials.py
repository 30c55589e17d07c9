"""The pool over HTTP: add, look, change, delete; one credential or ten thousand."""

from __future__ import annotations

from typing import Any

import pytest

from grok2api.admin.credential_shapes import CredentialView
from grok2api.admin.services import LiveState
from grok2api.operations.views import credential_view
from grok2api.pool.importing import new_credential, secret_context
from grok2api.storage.records import Credential
from support.admin_client import Browser
from support.admin_server import PEPPER, AdminServer, World
from support.usage_rows import completed

KEY = "xai-a-key-that-is-long-enough-0001"


def made(world: World, number: int, **fields: object) -> Credential:
    record = new_credential(
        f"xai-key-{number:010}", box=world.box, pepper=PEPPER, now=world.clock.now() + number
    )
    identifier = f"cred_{number:05}"
    secret = world.box.seal(f"xai-key-{number:010}", secret_context(identifier))
    values: dict[str, Any] = {"id": identifier, "name": f"key {number}", "secret": secret, **fields}
    return Credential(**{name: getattr(record, name) for name in record.__slots__} | values)


async def fill(admin: AdminServer, number: int, **fields: object) -> None:
    await admin.world.records.credentials.add_many(
        [made(admin.world, each, **fields) for each in range(1, number + 1)]
    )


async def test_a_key_is_added_and_never_shown(operator: Browser) -> None:
    got = await operator.post("/credentials", {"key": KEY, "name": "laptop", "tags": ["a", "b"]})
    assert got.status == 201
    assert (got.json["name"], got.json["tags"], got.json["status"]) == ("laptop", ["a", "b"], "active")
    assert KEY not in got.raw.decode()
    shown = await operator.get(f"/credentials/{got.json['id']}")
    assert shown.json == got.json
    again = await operator.post("/credentials", {"key": KEY})
    assert (again.status, again.error["code"]) == (409, "already_in_pool")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "key"),
        ({"key": "two words"}, "key"),
        ({"key": KEY, "weight": 0}, "weight"),
        ({"key": KEY, "weight": "3"}, "weight"),
        ({"key": KEY, "tier": "gold"}, "tier"),
        ({"key": KEY, "proxy": "ftp://user:secret@host"}, "proxy"),
        ({"key": KEY, "tags": ["a", 5]}, "tags[1]"),
        ({"key": KEY, "colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_is_named(operator: Browser, body: dict[str, object], param: str) -> None:
    got = await operator.post("/credentials", body)
    assert (got.status, got.error["param"]) == (400, param)
    assert "secret" not in got.raw.decode()


async def test_a_change_changes_only_what_was_said(operator: Browser, admin: AdminServer) -> None:
    await fill(admin, 1, note="as it was", tags=("x",))
    got = await operator.send("PATCH", "/credentials/cred_00001", {"priority": 7, "add_tags": ["y"]})
    assert got.status == 200
    assert (got.json["priority"], got.json["note"], got.json["tags"]) == (7, "as it was", ["x", "y"])
    got = await operator.send("PATCH", "/credentials/cred_00001", {"note": ""})
    assert (got.json["note"], got.json["priority"]) == ("", 7)


async def test_a_credential_is_switched_off_and_on(operator: Browser, admin: AdminServer) -> None:
    await fill(admin, 1)
    assert (await operator.post("/credentials/cred_00001/disable")).json["status"] == "disabled"
    assert (await operator.post("/credentials/cred_00001/enable")).json["status"] == "active"


async def test_a_rest_is_ended(operator: Browser, admin: AdminServer) -> None:
    until = admin.world.clock.now() + 3600
    await fill(admin, 1, status="cooling", reason="429", cooldown_until=until)
    assert (await operator.get("/credentials/cred_00001")).json["status"] == "cooling"
    assert (await operator.post("/credentials/cred_00001/clear-cooldown")).json["status"] == "active"


async def test_what_is_not_there_is_404(operator: Browser) -> None:
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/enable"),
        ("POST", "/test"),
        ("POST", "/refresh"),
    ):
        body: dict[str, object] | None = {} if method == "PATCH" else None
        got = await operator.send(method, "/credentials/cred_none" + path, body)
        assert (got.status, got.error["code"]) == (404, "not_found"), (method, path)


async def test_a_deleted_credential_is_gone(operator: Browser, admin: AdminServer) -> None:
    await fill(admin, 2)
    assert (await operator.send("DELETE", "/credentials/cred_00001")).status == 204
    listed = (await operator.get("/credentials")).json
    assert [each["id"] for each in listed["data"]] == ["cred_00002"]
    assert (await operator.send("DELETE", "/credentials/cred_00001")).status == 404


async def test_pages_hold_every_credential_once_while_the_pool_changes(
    operator: Browser, admin: AdminServer
) -> None:
    await fill(admin, 7)
    first = (await operator.get("/credentials?limit=3")).json
    await operator.send("DELETE", "/credentials/cred_00002")
    second = (await operator.get(f"/credentials?limit=3&cursor={first['next_cursor']}")).json
    third = (await operator.get(f"/credentials?limit=3&cursor={second['next_cursor']}")).json
    seen = [each["id"] for page in (first, second, third) for each in page["data"]]
    assert seen == [f"cred_{number:05}" for number in range(1, 8)]
    assert (first["total"], second["total"], third["next_cursor"]) == (7, 6, None)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "cursor=nonsense", "status=odd", "colour=red", "limit=many"]
)
async def test_a_list_refuses_what_it_does_not_know(operator: Browser, query: str) -> None:
    got = await operator.get(f"/credentials?{query}")
    assert got.status == 400
    assert str(got.error["param"]).startswith(query.partition("=")[0])


async def test_a_list_is_filtered(operator: Browser, admin: AdminServer) -> None:
    until = admin.world.clock.now() + 3600
    records = admin.world.records.credentials
    await records.add(made(admin.world, 1, tags=("eu", "fast"), team_id="team-1"))
    await records.add(made(admin.world, 2, tags=("us",), status="cooling", cooldown_until=until))
    await records.add(made(admin.world, 3, enabled=False, tier="basic", note="Ersatz"))
    for query, numbers in {
        "": [1, 2, 3],
        "status=active": [1],
        "status=active&status=cooling": [1, 2],
        "status=disabled": [3],
        "tag=eu&tag=us": [1, 2],
        "tier=basic": [3],
        "kind=oauth": [],
        "account=team-1": [1],
        "text=ersatz": [3],
        "text=key&tag=us": [2],
    }.items():
        got = (await operator.get(f"/credentials?{query}")).json
        assert [int(each["id"][-5:]) for each in got["data"]] == numbers, query
        assert got["total"] == len(numbers)


async def test_a_list_shows_what_other_processes_changed(operator: Browser, admin: AdminServer) -> None:
    await fill(admin, 2)
    assert len((await operator.get("/credentials")).json["data"]) == 2
    await admin.world.records.credentials.change("cred_00001", {"note": "changed elsewhere"})
    await admin.world.records.credentials.delete("cred_00002")
    (only,) = (await operator.get("/credentials")).json["data"]
    assert only["note"] == "changed elsewhere"


async def test_a_list_shows_usage_and_what_this_worker_knows(operator: Browser, admin: AdminServer) -> None:
    await fill(admin, 2)
    row = completed(
        started_at=admin.world.clock.now(),
        credential_id="cred_00001",
        input_tokens=10,
        cost_ticks=5,
    )
    await admin.world.records.usage.append([row])
    admin.world.live_states["cred_00001"] = LiveState(
        in_flight=3, status="cooling", reason="429", restrictions=(("grok-4.7", "rate limit", 1.8e9),)
    )
    first, second = (await operator.get("/credentials")).json["data"]
    assert (first["usage"]["requests"], first["usage"]["cost_usd"]) == (1, "0.0000000005")
    assert first["live"] == {
        "in_flight": 3,
        "status": "cooling",
        "reason": "429",
        "restrictions": [{"what": "grok-4.7", "reason": "rate limit", "until": "2027-01-15T08:00:00Z"}],
    }
    assert second["live"] is None


async def test_ten_thousand_credentials_are_listed_page_by_page(
    operator: Browser, admin: AdminServer
) -> None:
    await fill(admin, 10_000)
    got = (await operator.get("/credentials?limit=500&status=active")).json
    assert (len(got["data"]), got["total"]) == (500, 10_000)
    calls = admin.world.records.revisions.calls
    await operator.get(f"/credentials?limit=500&cursor={got['next_cursor']}")
    assert admin.world.records.revisions.calls - calls < 10


async def test_the_view_has_the_fields_of_the_operations(admin: AdminServer) -> None:
    fields = credential_view(made(admin.world, 1), box=admin.world.box, now=0.0)
    assert set(fields) | {"live"} == set(CredentialView.model_fields)


async def test_many_are_changed_at_once(operator: Browser, admin: AdminServer) -> None:
    await fill(admin, 4)
    ids = ["cred_00001", "cred_00002", "cred_none"]
    got = await operator.post("/credentials/bulk", {"action": "disable", "ids": ids})
    assert got.status == 200
    assert got.json == {"action": "disable", "chosen": 2, "done": 2, "gone": [], "needs_sign_in": []}
    edit = {"action": "edit", "filter": {"status": ["active"]}, "changes": {"add_tags": ["spare"]}}
    assert (await operator.post("/credentials/bulk", edit)).json["done"] == 2
    assert (await operator.get("/credentials?tag=spare")).json["total"] == 2
    everything = {"action": "delete", "filter": {"everything": True}}
    assert (await operator.post("/credentials/bulk", everything)).json["done"] == 4
    assert (await operator.get("/credentials")).json["total"] == 0


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"action": "disable"}, "ids"),
        ({"action": "disable", "ids": ["a"], "filter": {"text": "x"}}, "ids"),
        ({"action": "disable", "ids": []}, "ids"),
        ({"action": "delete", "filter": {}}, "filter"),
        ({"action": "delete", "filter": {"status": []}}, "filter"),
        ({"action": "explode", "ids": ["a"]}, "action"),
        ({"action": "edit", "ids": ["a"]}, "changes"),
        ({"action": "edit", "ids": ["a"], "changes": {"weight": -1}}, "weight"),
        ({"action": "disable", "ids": ["a"], "changes": {"note": "x"}}, "changes"),
        ({"action": "disable", "filter": {"statsu": ["active"]}}, "filter.statsu"),
    ],
)
async def test_an_action_on_nobody_or_with_doubt_is_refused(
    operator: Browser, body: dict[str, object], param: str
) -> None:
    got = await operator.post("/credentials/bulk", body)
    assert (got.status, got.error["param"]) == (400, param)


async def test_a_change_of_very_many_is_a_job(operator: Browser, admin: AdminServer) -> None:
    await fill(admin, 1200)
    body = {"action": "edit", "filter": {"everything": True}, "changes": {"priority": 3}}
    got = await operator.post("/credentials/bulk", body)
    assert got.status == 202
    job = await operator.ended_job(got.json["job"]["id"])
    assert (job["state"], job["total"], job["done"]) == ("done", 1200, 1200)
    assert (job["result"]["chosen"], job["result"]["done"]) == (1200, 1200)
    assert (await operator.get("/credentials/cred_01200")).json["priority"] == 3
