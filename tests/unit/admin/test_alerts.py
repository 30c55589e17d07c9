"""What needs an operator, and the try of the webhook."""

from __future__ import annotations

from grok2api.alerts.book import Standing
from support.admin_client import Browser
from support.admin_server import AdminServer


async def test_what_stands_is_told_in_both_languages(operator: Browser, admin: AdminServer) -> None:
    assert (await operator.get("/alerts")).json == {"configured": False, "data": []}
    facts = {"enabled": "3", "name": "one"}
    admin.world.alerts = {
        "pool.last_usable:": Standing("pool.last_usable", "", facts, 1_795_000_000.0, 1_795_000_100.0),
    }
    admin.world.alerts_configured = True
    told = (await operator.get("/alerts")).json
    assert told["configured"] is True
    (row,) = told["data"]
    assert row["title"] == "Only one of 3 credentials is still usable: one"
    assert row["title_chinese"] == "3 个凭据中仅剩一个可用：one"
    assert (row["severity"], row["since"], row["told_at"]) == ("warning", "2026-11-18T11:06:40Z", None)


async def test_the_webhook_is_tried(operator: Browser, admin: AdminServer) -> None:
    assert (await operator.post("/alerts/test")).json == {"delivered": True, "reason": ""}
    admin.world.alert_trouble = "the receiver answered 404 and did not take it"
    assert (await operator.post("/alerts/test")).json == {
        "delivered": False,
        "reason": "the receiver answered 404 and did not take it",
    }
