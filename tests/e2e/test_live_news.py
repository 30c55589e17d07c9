"""What one operator changes, and what clients use, reaches whoever watches any of several workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from support.news import Newsreader
from support.observing import eventually
from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox, request

PRICE = {"input_usd_per_million": "1", "cached_usd_per_million": "0.5", "output_usd_per_million": "2"}
ASKED = {"model": "grok-3", "messages": [{"role": "user", "content": "Hello"}]}
VIEWER = "a password of twelve"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    sandbox = Sandbox.start()
    environment = SIGNED | {"SERVER_WORKERS": "3", "GROK2API_LEDGER__FLUSH_MS": "10"}
    gateway = Gateway.start(
        tmp_path_factory.mktemp("fleet"),
        upstream=sandbox.base_url,
        keys=("xai-sandbox-one", "xai-sandbox-two"),
        environment=environment,
    )
    yield gateway
    gateway.stop()
    sandbox.stop()


def test_a_change_reaches_all_who_watch_and_what_they_read_then_is_new(fleet: Gateway) -> None:
    operator = Operator(fleet)
    with ExitStack() as stack:
        readers = [stack.enter_context(Newsreader(operator.base, operator.headers)) for _ in range(4)]
        for reader in readers:
            reader.until("hello")
        status, _ = operator.send("PUT", "/models/team%2Fbest", {"target": "grok-4"})
        assert status == 200
        for reader in readers:
            reader.until("models")
        for _ in range(6):  # whichever worker answers knows it soon after
            assert eventually(
                lambda: any(each["id"] == "team/best" for each in operator.get("/models")["data"]),
                "the alias",
            )
        status, told = operator.send("PUT", "/prices/grok-4.6", PRICE)
        assert status == 200, told
        for reader in readers:
            reader.until("prices")


def test_usage_is_that_of_all_workers(fleet: Gateway) -> None:
    operator = Operator(fleet)
    with Newsreader(operator.base, operator.headers) as reader:
        reader.until("usage")
        told, cost = [], 0
        for _ in range(12):
            status, _, body = fleet.post("/chat/completions", ASKED)
            assert status == 200, body
            told.append(json.loads(body)["usage"])
        assert fleet.post("/chat/completions", {"model": "grok-3", "messages": []})[0] == 400
        ended = output = 0
        while ended < 13:
            tick = reader.until("usage", lambda data: data["ended"] > 0)
            ended += tick["ended"]
            output = max(output, tick["output_tokens"])
            cost = max(cost, tick["cost_in_usd_ticks"])
        assert ended == 13
        assert 0 < output <= sum(each["completion_tokens"] for each in told)
        assert cost > 0
        quiet = reader.until("usage", lambda data: data["requests"] == 0)
        assert quiet["requests_per_second"] == 0


def test_a_viewer_hears_of_models_and_not_of_settings(fleet: Gateway) -> None:
    owner = Operator(fleet)
    made, told = owner.send("POST", "/operators", {"name": "vera", "role": "viewer", "password": VIEWER})
    assert made == 201, told
    sign_in = {"name": "vera", "password": VIEWER}
    status, _, body = request("POST", owner.base + "/session", sign_in)
    assert status == 200, body
    headers = {"Authorization": f"Bearer {json.loads(body)['token']}"}
    with (
        Newsreader(owner.base, headers) as viewer,
        Newsreader(owner.base, owner.headers) as watcher,
    ):
        viewer.until("hello")
        watcher.until("hello")
        owner.send("PATCH", "/settings", {"set": {"grok.max_retry": 2}})
        watcher.until("settings")
        owner.send("PUT", "/models/grok-3-fast", {"visibility": "unlisted"})
        viewer.until("models")
        assert "settings" not in viewer.names
