"""What a limited client key meets: on every kind of request, through the official SDK, and at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from support.limited_keys import SIGNED, KeyMaker, MadeKey
from support.observing import eventually
from support.processes import Gateway, Sandbox, request
from support.sdk import openai_client
from support.sockets import Talk
from support.turnstile import Turnstile, turnstile

HELLO = [{"role": "user", "content": "hello"}]
CHAT = {"model": "grok-3", "messages": HELLO}


@pytest.fixture(scope="module")
def stile(shared_sandbox: Sandbox) -> Iterator[Turnstile]:
    with turnstile(shared_sandbox.base_url) as made:
        yield made


@pytest.fixture(scope="module")
def keys(
    shared_sandbox: Sandbox, stile: Turnstile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KeyMaker]:
    gateway = Gateway.start(
        tmp_path_factory.mktemp("limits"),
        upstream=stile.url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
        environment=SIGNED | {"GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1"},
    )
    yield KeyMaker(gateway)
    gateway.stop()


def client_of(key: MadeKey) -> OpenAI:
    return openai_client(key.gateway, key=key.key)


def test_the_sdk_reads_how_requests_stand_and_is_refused_at_once(keys: KeyMaker) -> None:
    with client_of(keys.make(rpm=2)) as client:
        raw = client.chat.completions.with_raw_response
        left = [
            raw.create(model="grok-3", messages=[{"role": "user", "content": "hi"}]).headers for _ in range(2)
        ]
        assert [each["x-ratelimit-remaining-requests"] for each in left] == ["1", "0"]
        assert left[0]["x-ratelimit-limit-requests"] == "2"
        assert left[0]["x-ratelimit-reset-requests"] in {"30s", "29s"}
        assert "x-ratelimit-limit-tokens" not in left[0]
        with pytest.raises(openai.RateLimitError) as refused:
            client.chat.completions.create(model="grok-3", messages=[{"role": "user", "content": "hi"}])
    headers = refused.value.response.headers
    assert refused.value.code == "rate_limit_exceeded"
    assert 0 < int(headers["retry-after"]) <= 30
    assert headers["x-ratelimit-remaining-requests"] == "0"
    assert "x-should-retry" not in headers


def test_one_limit_holds_through_every_door(keys: KeyMaker) -> None:
    key = keys.make(rpm=3)
    assert key.post("/chat/completions", CHAT)[0] == 200
    by_other_header = {"x-api-key": key.key}
    body = {"model": "grok-3", "max_tokens": 50, "messages": HELLO}
    url = keys.gateway.base_url + "/messages"
    status, headers, _ = request("POST", url, body, headers=by_other_header)
    assert (status, headers["x-ratelimit-remaining-requests"]) == (200, "1")
    with Talk(keys.gateway, Authorization=f"Bearer {key.key}") as talk:
        talk.send({"input": "hello"})
        events = talk.turn()
        assert events[0]["headers"]["x-ratelimit-remaining-requests"] == "0"
        talk.send({"input": "hello"})
        (refused,) = talk.turn()
        assert (refused["type"], refused["status"]) == ("error", 429)
        assert refused["headers"]["x-ratelimit-remaining-requests"] == "0"
        assert int(refused["headers"]["retry-after"]) > 0
    url = f"{keys.gateway.base_url}/chat/completions?key={key.key}&api_key={key.key}"
    assert request("POST", url, CHAT)[0] == 401
    streamed = key.post("/chat/completions", {**CHAT, "stream": True})
    assert (streamed[0], streamed[2]["error"]["code"]) == (429, "rate_limit_exceeded")


def test_a_stream_tells_how_the_limits_stand(keys: KeyMaker) -> None:
    key = keys.make(rpm=10, tpm=50_000)
    status, headers, _ = key.post("/chat/completions", {**CHAT, "stream": True})
    assert status == 200
    assert headers["x-ratelimit-remaining-requests"] == "9"
    assert 40_000 < int(headers["x-ratelimit-remaining-tokens"]) < 50_000
    assert headers["x-ratelimit-reset-tokens"].endswith("s")


def test_an_error_tells_them_too_and_costs_nothing(keys: KeyMaker) -> None:
    key = keys.make(rpm=10, models=["grok-3"])
    for body, code in (({**CHAT, "model": "grok-4"}, 404), ({"model": "grok-3"}, 400)):
        status, headers, _ = key.post("/chat/completions", body)
        assert (status, headers["x-ratelimit-remaining-requests"]) == (code, "10")


def test_tokens_are_set_aside_and_then_settled(keys: KeyMaker) -> None:
    key = keys.make(tpm=10_000)
    body = {**CHAT, "max_tokens": 9000}
    status, headers, answer = key.post("/chat/completions", body)
    assert status == 200
    assert int(headers["x-ratelimit-remaining-tokens"]) < 1000
    used = answer["usage"]["total_tokens"]
    _, headers, _ = key.post("/chat/completions", {"model": "grok-3"})
    assert int(headers["x-ratelimit-remaining-tokens"]) >= 10_000 - used
    assert key.post("/chat/completions", body)[0] == 200


def test_a_request_that_is_larger_than_its_limit_takes_all_of_it(keys: KeyMaker) -> None:
    key = keys.make(tpm=100)
    status, headers, _ = key.post("/chat/completions", {**CHAT, "max_tokens": 5000})
    assert (status, headers["x-ratelimit-remaining-tokens"]) == (200, "0")


def test_no_more_run_at_a_time_than_may(keys: KeyMaker, stile: Turnstile) -> None:
    key = keys.make(max_concurrency=1, rpm=60, tpm=50_000)
    outcomes: list[int] = []

    def ask() -> None:
        outcomes.append(key.post("/chat/completions", CHAT)[0])

    stile.hold()
    try:
        first = threading.Thread(target=ask)
        first.start()
        eventually(lambda: sum(stile.running.values()) > 0, "the first call")
        assert keys.send("GET", f"/keys/{key.id}")["live"]["running"] == 1
        status, headers, body = key.post("/chat/completions", CHAT)
        assert (status, body["error"]["code"], headers["retry-after"]) == (429, "rate_limit_exceeded", "1")
        assert headers["x-ratelimit-remaining-requests"] == "59"
        assert headers["x-ratelimit-limit-tokens"] == "50000"
    finally:
        stile.let_go()
    first.join()
    assert outcomes == [200]
    eventually(lambda: key.post("/chat/completions", CHAT)[0] == 200, "a free place")


def test_a_key_is_for_its_endpoints_alone_and_sees_their_models(keys: KeyMaker) -> None:
    chat, pictures = keys.make_all({"endpoints": ["chat", "models"]}, {"endpoints": ["images", "models"]})
    assert chat.post("/chat/completions", CHAT)[0] == 200
    with client_of(chat) as client, pytest.raises(openai.PermissionDeniedError) as refused:
        client.responses.create(model="grok-3", input="hello")
    assert refused.value.code == "endpoint_not_allowed"
    for path in ("/files", "/videos", "/tts/voices"):
        assert chat.get(path)[2]["error"]["code"] == "endpoint_not_allowed"
    _, _, told = chat.post("/messages", {"model": "grok-3", "max_tokens": 5, "messages": HELLO})
    assert (told["type"], told["error"]["type"]) == ("error", "permission_error")
    ids = {each["id"] for each in pictures.get("/models")[2]["data"]}
    assert ids
    assert all("imagine" in each and "video" not in each for each in ids)
    assert pictures.get("/models/grok-3")[0] == 404
    assert {"grok-3", "grok-imagine-1.0"} <= {each["id"] for each in chat.get("/models")[2]["data"]}
    assert keys.make(endpoints=["chat"]).get("/models")[0] == 403


def test_a_key_is_for_its_networks_alone_also_behind_a_proxy(keys: KeyMaker) -> None:
    key = keys.make(networks=["203.0.113.0/24", "2001:db8::/32"])
    status, _, told = key.get("/models")
    assert (status, told["error"]["code"]) == (403, "ip_not_authorized")
    assert "127.0.0.1" in told["error"]["message"]
    for client, expected in (("203.0.113.9", 200), ("2001:db8::7", 200), ("203.0.114.9", 403)):
        assert key.get("/models", **{"X-Forwarded-For": client})[0] == expected, client
    local = keys.make(networks=["127.0.0.0/8"])
    assert local.get("/models")[0] == 200
    assert local.get("/models", **{"X-Forwarded-For": "203.0.113.9"})[0] == 403


def test_a_wrong_and_a_disabled_key_are_told_the_same(keys: KeyMaker) -> None:
    key = keys.make()
    keys.send("POST", f"/keys/{key.id}/disable")
    eventually(lambda: key.get("/models")[0] == 401, "the end of the key")
    wrong = MadeKey(keys.gateway, "nobody", "sk-" + "0" * 48)
    assert key.get("/models")[2] == wrong.get("/models")[2]


def test_a_renewed_key_works_beside_its_successor(keys: KeyMaker) -> None:
    old = keys.make(rpm=100)
    told = keys.send("POST", f"/keys/{old.id}/rotate", {"overlap_seconds": 3600})
    new = MadeKey(keys.gateway, old.id, told["key"])
    eventually(lambda: new.get("/models")[0] == 200, "the new key")
    before = int(new.get("/models")[1]["x-ratelimit-remaining-requests"])
    assert int(old.get("/models")[1]["x-ratelimit-remaining-requests"]) in {before - 1, before}
    told = keys.send("POST", f"/keys/{old.id}/rotate", {"overlap_seconds": 0})
    eventually(lambda: new.get("/models")[0] == 401, "the end of the former key")
    assert old.get("/models")[0] == 401


def test_nothing_is_kept_of_a_key_that_never_logs(keys: KeyMaker) -> None:
    quiet, usual = keys.make_all({"never_log": True}, {"never_log": False})
    for key, traced in ((usual, True), (quiet, False)):
        _, headers, _ = key.post("/chat/completions", CHAT)
        told = keys.send("GET", f"/requests/{headers['x-request-id']}/explain")
        assert bool(told["decisions"]) is traced, told


def test_limits_change_while_a_key_is_used(keys: KeyMaker) -> None:
    key = keys.make(rpm=1)
    assert key.get("/models")[0] == 200
    assert key.get("/models")[0] == 429
    keys.change(key, rpm=0)
    eventually(lambda: key.get("/models")[0] == 200, "the end of the limit")
    assert "x-ratelimit-limit-requests" not in key.get("/models")[1]


def test_a_budget_is_spent_and_then_nothing_goes(keys: KeyMaker) -> None:
    key = keys.make(budget_day_usd="0.0001")
    assert key.post("/chat/completions", {**CHAT, "max_tokens": 1})[0] == 200
    eventually(lambda: spent_by(keys, key) > 0, "the settlement")
    keys.change(key, budget_day_usd="0.0000000001")
    with client_of(key) as client:

        def refused() -> openai.RateLimitError | None:
            try:
                client.chat.completions.create(model="grok-3", messages=[{"role": "user", "content": "hi"}])
            except openai.RateLimitError as error:
                # One that still went by the old budget holds what is left of that until it is settled.
                return error if error.code == "insufficient_quota" else None
            return None

        error = eventually(refused, "the end of the budget")
    assert error.response.headers["x-should-retry"] == "false"
    assert "retry-after" not in error.response.headers
    assert "UTC" in error.message


def test_a_request_that_has_ended_holds_nothing_any_more(keys: KeyMaker) -> None:
    key = keys.make(budget_day_usd="0.0000000001")
    assert key.post("/chat/completions", CHAT)[0] == 200
    status, headers, answer = key.post("/chat/completions", CHAT)
    assert (status, answer["error"]["code"]) == (429, "insufficient_quota")
    assert headers["x-should-retry"] == "false"


def spent_by(keys: KeyMaker, key: MadeKey) -> int:
    day = keys.send("GET", f"/keys/{key.id}")["spending"][0]
    spent: int = day["spent"]["ticks"]
    return spent


def test_what_a_request_did_cost_is_what_the_budget_has_lost(keys: KeyMaker, sandbox: Sandbox) -> None:
    del sandbox
    key = keys.make(budget_month_usd="5")
    costs = []
    for body in (CHAT, {**CHAT, "max_tokens": 10}):
        _, _, answer = key.post("/chat/completions", body)
        costs.append(answer["usage"]["cost_in_usd_ticks"])
    eventually(lambda: spent_by(keys, key) == sum(costs), "the settlement")
    windows = keys.send("GET", f"/keys/{key.id}")["spending"]
    assert [each["reserved"]["ticks"] for each in windows] == [0, 0]
    assert json.dumps(windows).count('"limit": null') == 1
    assert time.strftime("%Y-%m", time.gmtime()) == windows[1]["window"]
