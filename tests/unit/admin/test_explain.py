"""The decision trace of one request."""

from __future__ import annotations

from support.admin_client import Browser
from support.admin_server import AdminServer


async def test_a_request_is_explained(operator: Browser, admin: AdminServer) -> None:
    nothing = {"request": None, "demand": None, "rescued_after": None, "now": None}
    admin.world.traces["req_1"] = {"request_id": "req_1", "decisions": [{"at": 0.5}], **nothing}
    admin.world.traces["mine#0a1b2c"] = {"request_id": "mine#0a1b2c", "decisions": [], **nothing}
    assert (await operator.get("/requests/req_1/explain")).json == admin.world.traces["req_1"]
    assert (await operator.get("/requests/mine%230a1b2c/explain")).json["request_id"] == "mine#0a1b2c"


async def test_an_unknown_request_is_404(operator: Browser) -> None:
    got = await operator.get("/requests/req_none/explain")
    assert (got.status, got.error["code"]) == (404, "not_found")
