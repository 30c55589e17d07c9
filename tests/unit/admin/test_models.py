"""The list of models, and what operators say of it."""

from __future__ import annotations

from typing import Any

import pytest

from support.admin_client import Browser
from support.admin_server import AdminServer

FIELDS = {
    *("id", "kind", "source", "visibility", "servable", "tier", "reasoning_shown", "targets", "override"),
    "created_at",
}


async def shown(operator: Browser, name: str) -> Any:
    return (await operator.get(f"/models/{name}")).json


async def test_every_name_is_listed_with_what_stands_behind_it(operator: Browser, admin: AdminServer) -> None:
    admin.world.usable_models = {"grok-4.6"}
    rows = {row["id"]: row for row in (await operator.get("/models")).json["data"]}
    assert all(row.keys() == FIELDS for row in rows.values())
    best = rows["grok-4"]
    assert [(each["model"], each["servable"]) for each in best["targets"]] == [
        ("grok-4.7", False), ("grok-4.6", True), ("grok-4.5", False), ("grok-4.3", False),
    ]  # fmt: skip
    assert (best["kind"], best["source"], best["servable"], best["override"]) == (
        "text",
        "built_in",
        True,
        None,
    )
    assert rows["grok-4.7"]["source"] == "upstream"
    assert rows["grok-4.20-reasoning"]["source"] == "alias"
    assert rows["grok-3"]["servable"] is False


async def test_an_alias_is_made_changed_and_taken_back(operator: Browser, admin: AdminServer) -> None:
    body = {"target": "grok-4", "fallbacks": [{"model": "grok-3", "effort": "low"}], "note": "for agents"}
    made = (await operator.send("PUT", "/models/team%2Fbest", body)).json
    assert (made["id"], made["source"], made["visibility"]) == ("team/best", "operator", "listed")
    assert [each["model"] for each in made["targets"]][:2] == ["grok-4.7", "grok-4.6"]
    assert made["override"]["note"] == "for agents"
    (kept,) = await admin.world.records.models.list()
    assert kept.id == "team/best"
    first = made["override"]["created_at"]
    admin.world.clock.advance(60)
    changed = (await operator.send("PUT", "/models/team/best", {"target": "grok-3"})).json
    assert (changed["override"]["created_at"], changed["override"]["note"]) == (first, "")
    assert (await operator.send("DELETE", "/models/team/best")).json is None
    again = await operator.send("DELETE", "/models/team/best")
    assert (again.status, again.error["code"], again.error["param"]) == (404, "not_found", "id")
    assert (await operator.get("/models/team/best")).status == 404


async def test_what_was_said_is_read_at_once_by_a_worker_that_goes_by_it_later(
    operator: Browser, admin: AdminServer
) -> None:
    known = admin.world.catalogue
    await operator.send("PUT", "/models/team/best", {"target": "grok-4"})
    await operator.send("PUT", "/models/grok-3", {"visibility": "off"})
    assert admin.world.catalogue is known
    assert (await shown(operator, "team/best"))["override"]["target"] == "grok-4"
    rows = {row["id"]: row["visibility"] for row in (await operator.get("/models")).json["data"]}
    assert (rows["team/best"], rows["grok-3"]) == ("listed", "off")
    await operator.send("DELETE", "/models/grok-3")
    assert (await shown(operator, "grok-3"))["visibility"] == "listed"


async def test_a_known_model_is_hidden_and_comes_back_as_it_was(operator: Browser) -> None:
    before = await shown(operator, "grok-3")
    hidden = (await operator.send("PUT", "/models/grok-3", {"visibility": "off"})).json
    assert (hidden["visibility"], hidden["servable"]) == ("off", False)
    assert hidden["targets"] == before["targets"]
    assert (await operator.send("DELETE", "/models/grok-3")).json == before


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "target"),
        ({"target": "mine"}, "target"),
        ({"target": "grok-4", "effort": "much"}, "effort"),
        ({"target": "grok-4", "visibility": "gone"}, "visibility"),
        ({"target": "grok-4", "fallbacks": [{"model": "grok-imagine-1.0"}]}, "fallbacks[0].model"),
        ({"target": "grok-4", "fallback": []}, "fallback"),
    ],
)
async def test_what_cannot_be_kept_is_refused_by_name(
    operator: Browser, admin: AdminServer, body: dict[str, Any], param: str
) -> None:
    got = await operator.send("PUT", "/models/mine", body)
    assert (got.status, got.error["param"]) == (400, param)
    assert await admin.world.records.models.list() == ()


async def test_the_audit_tells_what_was_said_of_a_name_before_and_after(operator: Browser) -> None:
    await operator.send("PUT", "/models/best", {"target": "grok-4", "note": "one"})
    await operator.send("PUT", "/models/best", {"target": "grok-4", "note": "two"})
    await operator.send("DELETE", "/models/best")
    told = (await operator.get("/audit?target=best&outcome=done")).json["data"]
    assert [(each["action"], each["after"] and each["after"]["note"]) for each in told] == [
        ("models.unset", None),
        ("models.set", "two"),
        ("models.set", "one"),
    ]
    assert (told[1]["before"], told[0]["before"]["note"]) == ({"note": "one"}, "two")


async def test_the_audit_tells_a_price_before_and_after(operator: Browser) -> None:
    price = {"input_usd_per_million": "1", "cached_usd_per_million": "0.5", "output_usd_per_million": "2"}
    await operator.send("PUT", "/prices/grok-4.6", price)
    await operator.send("PUT", "/prices/grok-4.6", {**price, "output_usd_per_million": "3"})
    await operator.send("DELETE", "/prices/grok-4.6")
    unset, second, first = (await operator.get("/audit?target=grok-4.6&outcome=done")).json["data"]
    assert first["after"] == price
    assert (second["before"], second["after"]) == (
        {"output_usd_per_million": "2"},
        {"output_usd_per_million": "3"},
    )
    assert unset["before"]["output_usd_per_million"] == "3"
