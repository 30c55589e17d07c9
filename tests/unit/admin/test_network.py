"""The ways to upstream over HTTP: who goes them, how they fare, and an attempt that is in the audit."""

from __future__ import annotations

from grok2api.admin.network import Rest, Tried, Way
from support.admin_client import Browser
from support.admin_server import AdminServer

RESTING = Rest(
    failures=3, seconds=12.5, reason="the proxy refuses the login (407) (http://proxy.example:8080)"
)


async def test_ways_are_listed_with_who_goes_them(operator: Browser, admin: AdminServer) -> None:
    made = (await operator.post("/credentials", {"key": "xai-abcdefghijklmnop", "name": "ann"})).json
    admin.world.ways = [
        Way(
            id="0a1b",
            kind="own",
            proxy="http://proxy.example:8080",
            login=True,
            credentials=[made["id"], "gone"],
            rest=RESTING,
        ),
        Way(id="shared", kind="direct", proxy="", login=False, credentials=[], rest=None),
    ]
    told = (await operator.get("/network")).json
    assert (told["worker"], told["target"]) == ("worker_1", "https://api.x.ai")
    direct, own = told["data"]
    assert (direct["id"], direct["used_by"], direct["rest"]) == ("shared", 0, None)
    assert own["users"] == [{"id": made["id"], "name": "ann"}, {"id": "gone", "name": "gone"}]
    assert own["rest"] == {"failures": 3, "seconds": 12.5, "reason": RESTING.reason}


async def test_an_attempt_is_told_and_audited(operator: Browser, admin: AdminServer) -> None:
    admin.world.tried = {"shared": Tried("", 12.34), "0a1b": Tried(RESTING.reason, 3.0)}
    good = (await operator.post("/network/shared/test")).json
    assert good == {"reached": True, "latency_ms": 12.3, "reason": ""}
    bad = (await operator.post("/network/0a1b/test")).json
    assert (bad["reached"], bad["reason"]) == (False, RESTING.reason)
    assert (await operator.post("/network/none/test")).status == 404
    kept = [each for each in admin.world.records.audit.entries if each.action == "network.test"]
    assert {each.target for each in kept} == {"shared", "0a1b", "none"}
    assert any("407" in str(each.after) for each in kept)


async def test_a_viewer_sees_ways_and_tries_none(operator: Browser) -> None:
    vera = await operator.named("Vera", "viewer")
    assert (await vera.get("/network")).status == 200
    assert (await vera.post("/network/shared/test")).status == 403
