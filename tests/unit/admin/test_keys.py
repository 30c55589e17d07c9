"""Client keys over HTTP: made once, changed in part, renewed, listed page by page, with what they spent."""

from __future__ import annotations

import pytest

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.canonical.call import Caller
from support.admin_client import Browser
from support.admin_server import AdminServer
from support.usage_rows import completed

LIMITED = {
    "name": "laptop",
    "models": ["grok-4"],
    "endpoints": ["chat", "models"],
    "networks": ["10.1.2.3", "2001:db8::/32"],
    "rpm": 60,
    "tpm": 100_000,
    "max_concurrency": 4,
    "budget_day_usd": "2.50",
    "budget_month_usd": "40",
    "pool_tags": ["eu"],
    "pool_tier": "super",
    "never_log": True,
    "strict": True,
    "note": "of Ann's",
    "expires_at": "2199-01-31T00:00:00Z",
}


async def known(admin: AdminServer, key: str) -> Caller | None:
    """Return whom a server that reads the store takes a key for."""
    directory = KeyDirectory(pepper=b"pepper", clock=admin.world.clock)
    directory.apply(await admin.world.records.changes_since(0))
    return directory.authenticate(key)


async def test_a_key_is_made_and_told_once(operator: Browser, admin: AdminServer) -> None:
    made = await operator.post("/keys", LIMITED)
    assert made.status == 201
    key, identifier = made.json["key"], made.json["id"]
    assert key.startswith("sk-")
    shown = await operator.get(f"/keys/{identifier}")
    assert key not in shown.raw.decode()
    assert "hash" not in shown.raw.decode()
    told = shown.json
    assert {name: told[name] for name in LIMITED if name in told} == {
        **{name: value for name, value in LIMITED.items() if name in told},
        "networks": ["10.1.2.3/32", "2001:db8::/32"],
    }
    assert told["budget_day"] == {"usd": "2.50", "ticks": 25_000_000_000}
    assert told["live"] == {"running": 0, "requests_left": 60, "tokens_left": 100_000}
    caller = await known(admin, key)
    assert caller is not None
    assert caller.limits is not None
    assert (caller.limits.rpm, caller.limits.budget_month) == (60, 400_000_000_000)
    assert caller.never_log


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "n", "rpm": -1}, "rpm"),
        ({"name": "n", "rpm": "60"}, "rpm"),
        ({"name": "n", "tpm": 10_000_001}, "tpm"),
        ({"name": "n", "budget_day_usd": "a lot"}, "budget_day_usd"),
        ({"name": "n", "budget_day_usd": "0.00000000001"}, "budget_day_usd"),
        ({"name": "n", "budget_month_usd": "500001"}, "budget_month_usd"),
        ({"name": "n", "budget_month_usd": "NaN"}, "budget_month_usd"),
        ({"name": "n", "endpoints": ["chat", "telephone"]}, "endpoints[1]"),
        ({"name": "n", "networks": ["10.0.0.1/8"]}, "networks"),
        ({"name": "n", "networks": ["localhost"]}, "networks"),
        ({"name": "n", "pool_tier": "gold"}, "pool_tier"),
        ({"name": "n", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "n", "expires_at": "2199-01-01T00:00:00"}, "expires_at"),
        ({"name": "n", "never_log": True, "rescue_seconds": 60}, "never_log"),
        ({"name": "n", "colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_is_named(operator: Browser, body: dict[str, object], param: str) -> None:
    got = await operator.post("/keys", body)
    assert (got.status, got.error["param"]) == (400, param)
    assert (await operator.get("/keys")).json["total"] == 0


async def test_a_change_changes_only_what_was_said(operator: Browser) -> None:
    made = (await operator.post("/keys", LIMITED)).json
    one = f"/keys/{made['id']}"
    got = await operator.send("PATCH", one, {"rpm": 0, "networks": [], "note": "", "expires_at": ""})
    assert got.status == 200
    assert (got.json["rpm"], got.json["networks"], got.json["note"]) == (0, [], "")
    assert got.json["expires_at"] is None
    assert (got.json["tpm"], got.json["models"]) == (100_000, ["grok-4"])
    got = await operator.send("PATCH", one, {"budget_day_usd": "0", "pool_tier": ""})
    assert (got.json["budget_day"], got.json["pool_tier"]) == (None, None)
    assert (await operator.send("PATCH", "/keys/key_nobody", {"rpm": 1})).status == 404


async def test_a_key_is_switched_off_and_on_and_deleted(operator: Browser, admin: AdminServer) -> None:
    made = (await operator.post("/keys", {"name": "one"})).json
    one = f"/keys/{made['id']}"
    assert (await operator.post(one + "/disable")).json["state"] == "disabled"
    assert await known(admin, made["key"]) is None
    assert (await operator.post(one + "/enable")).json["state"] == "active"
    assert await known(admin, made["key"]) is not None
    assert (await operator.send("DELETE", one)).status == 204
    assert await known(admin, made["key"]) is None
    assert (await operator.get(one)).status == 404


async def test_a_renewed_key_is_valid_beside_its_successor_for_a_while(
    operator: Browser, admin: AdminServer
) -> None:
    first = (await operator.post("/keys", {"name": "one", "rpm": 5})).json
    one = f"/keys/{first['id']}"
    second = (await operator.post(one + "/rotate", {"overlap_seconds": 60})).json
    assert (second["id"], second["rpm"]) == (first["id"], 5)
    assert second["key"] != first["key"]
    assert second["former_until"]
    for key in (first["key"], second["key"]):
        caller = await known(admin, key)
        assert caller is not None
        assert caller.key_id == first["id"]
    admin.world.clock.advance(60)
    assert await known(admin, first["key"]) is None
    assert await known(admin, second["key"]) is not None
    third = (await operator.post(one + "/rotate", {"overlap_seconds": 0})).json
    assert await known(admin, second["key"]) is None
    assert await known(admin, third["key"]) is not None
    wrong = await operator.post(one + "/rotate", {"overlap_seconds": 9e9})
    assert (wrong.status, wrong.error["param"]) == (400, "overlap")
    assert (await operator.post(one + "/rotate")).status == 200


async def test_keys_are_listed_page_by_page_and_found_by_text(operator: Browser, admin: AdminServer) -> None:
    for number in range(7):
        admin.world.clock.advance(1)
        await operator.post("/keys", {"name": f"key {number}", "note": "Nachtschicht" if number > 4 else ""})
    names, cursor = [], ""
    while True:
        page = (await operator.get(f"/keys?limit=3&cursor={cursor}")).json
        assert page["total"] == 7
        names += [each["name"] for each in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == [f"key {number}" for number in range(7)]
    assert (await operator.get("/keys?text=nachtSCHICHT")).json["total"] == 2
    assert (await operator.get("/keys?state=disabled")).json["total"] == 0
    assert (await operator.get("/keys?cursor=nonsense")).status == 400


async def test_what_was_spent_is_shown_for_keys_with_a_budget(operator: Browser, admin: AdminServer) -> None:
    made = (await operator.post("/keys", {"name": "one", "budget_month_usd": "1"})).json
    free = (await operator.post("/keys", {"name": "two"})).json
    row = completed(
        started_at=admin.world.clock.now(),
        key_id=made["id"],
        cost_ticks=2_500_000_000,
    )
    await admin.world.gate.budgets.settle([row])
    told = (await operator.get(f"/keys/{made['id']}")).json["spending"]
    assert [each["spent"]["usd"] for each in told] == ["0.25", "0.25"]
    assert [each["limit"] for each in told] == [None, {"usd": "1.00", "ticks": 10_000_000_000}]
    assert (await operator.get(f"/keys/{free['id']}")).json["spending"] == []
