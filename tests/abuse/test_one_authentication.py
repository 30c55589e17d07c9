"""S6: there is one way to be let in, whatever carries the key: the same limits, and none in an address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from support.observing import eventually
from support.operator import Operator
from support.processes import Gateway, request
from support.sockets import Talk, handshake, socket_url

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: ok"}]}
ELSEWHERE = "203.0.113.0/24"


def key_with(house: Gateway, owner: Operator, **limits: object) -> str:
    """Make a key, and wait until both workers know it; a request that is none counts nothing."""
    status, made = owner.send("POST", "/keys", {"name": "held", **limits})
    assert status == 201, made
    key: str = made["key"]
    known = {"Authorization": f"Bearer {key}"}
    eventually(
        lambda: all(told(house, "/chat/completions", {}, known)[0] != 401 for _ in range(12)), "the key"
    )
    return key


def carried(key: str) -> list[dict[str, str]]:
    """Return the ways in which a key may travel."""
    return [{"Authorization": f"Bearer {key}"}, {"Authorization": f"bearer   {key}"}, {"x-api-key": key}]


def offered(key: str) -> str:
    """Return the subprotocols that a page in a browser offers to show a key."""
    return f"responses, openai-insecure-api-key.{key}"


def sockets(key: str) -> list[dict[str, Any]]:
    """Return the same ways for a WebSocket, and the one that only it has."""
    ways = [{"Authorization": "", **headers} for headers in carried(key)]
    return [*ways, {"Authorization": "", "subprotocols": offered(key)}]


def told(gateway: Gateway, path: str, body: object, headers: dict[str, str]) -> tuple[int, Any]:
    status, _, answer = request("POST", gateway.base_url + path, body, headers=headers)
    return status, json.loads(answer)


@pytest.mark.parametrize(
    ("limits", "status"),
    [({"endpoints": ["files"]}, 403), ({"networks": [ELSEWHERE]}, 403), ({"models": ["grok-4"]}, 404)],
    ids=["endpoints", "networks", "models"],
)
def test_a_key_is_held_to_what_it_may_however_it_is_shown(
    house: Gateway, owner: Operator, limits: dict[str, Any], status: int
) -> None:
    key = key_with(house, owner, **limits)
    for headers in carried(key):
        assert told(house, "/chat/completions", CHAT, headers)[0] == status
        assert told(house, "/messages", CHAT | {"max_tokens": 9}, headers)[0] == status
        if status == 403:
            assert handshake(house, headers)[0] == status
    if status == 403:
        assert handshake(house, {"Sec-WebSocket-Protocol": offered(key)})[0] == status
        return
    for way in sockets(key):
        with Talk(house, **way) as talk:
            talk.send({"input": "say exactly: ok"})
            assert talk.event()["error"]["code"] == "model_not_found"


def test_requests_are_counted_together_however_the_key_is_shown(house: Gateway, owner: Operator) -> None:
    key = key_with(house, owner, rpm=2)
    statuses = [told(house, "/chat/completions", CHAT, headers)[0] for headers in carried(key) * 3]
    assert statuses.count(200) <= 2
    assert set(statuses) == {200, 429}
    refused = 0
    for way in sockets(key):
        with Talk(house, **way) as talk:
            talk.send({"input": "say exactly: ok"})
            refused += talk.event().get("error", {}).get("code") == "rate_limit_exceeded"
    assert refused + statuses.count(200) >= 4


def test_a_second_secret_beside_a_key_lifts_no_limit(house: Gateway, owner: Operator) -> None:
    """The first key that is valid counts, and a wrong one beside it changes nothing."""
    held = key_with(house, owner, endpoints=["files"])
    assert (
        told(house, "/chat/completions", CHAT, {"Authorization": f"Bearer {held}", "x-api-key": "wrong"})[0]
        == 403
    )
    assert (
        told(house, "/chat/completions", CHAT, {"Authorization": "Bearer wrong", "x-api-key": held})[0] == 403
    )
    both = {"Authorization": f"Bearer {held}", "x-api-key": house.key}
    assert told(house, "/chat/completions", CHAT, both)[0] == 403


@pytest.mark.parametrize(
    "carrier",
    ["?key={}", "?api_key={}", "?access_token={}", "?authorization=Bearer%20{}", "?x-api-key={}"],
)
def test_an_address_carries_no_key(house: Gateway, carrier: str) -> None:
    query = carrier.format(house.key)
    assert told(house, "/chat/completions" + query, CHAT, {})[0] == 401
    with pytest.raises(InvalidStatus):
        connect(socket_url(house, "/v1/responses" + query))


def test_a_page_shows_its_key_as_a_subprotocol_and_never_gets_it_back(house: Gateway) -> None:
    with Talk(house, **sockets(house.key)[-1]) as talk:
        answer = talk.connection.response
        assert answer is not None
        assert answer.headers.get_all("Sec-WebSocket-Protocol") == ["responses"]
        assert house.key not in str(answer.headers)
        assert talk.ask("say exactly: ok")["status"] == "completed"
    wrong = f"openai-insecure-api-key.wrong, openai-insecure-api-key.{house.key}"
    assert handshake(house, {"Sec-WebSocket-Protocol": wrong})[0] == 401  # one guess for one handshake
    assert told(house, "/chat/completions", CHAT, {"Sec-WebSocket-Protocol": offered(house.key)})[0] == 401


def test_nothing_else_carries_a_key(house: Gateway) -> None:
    for headers in (
        {"Cookie": f"api_key={house.key}; grok2api_session={house.key}"},
        {"Sec-WebSocket-Protocol": house.key},
        {"Sec-WebSocket-Protocol": f"xai-client-secret.{house.key}"},
        {"Proxy-Authorization": f"Bearer {house.key}"},
        {"api-key": house.key},
        {"Authorization": house.key},
        {"Authorization": f"Basic {house.key}"},
    ):
        assert told(house, "/chat/completions", CHAT, headers)[0] == 401, headers
        assert handshake(house, headers)[0] == 401, headers


def test_a_wrong_a_disabled_and_a_revoked_key_are_told_apart_by_nobody(
    house: Gateway, owner: Operator
) -> None:
    """S7: the body tells no more than that the key is not valid."""
    _, disabled = owner.send("POST", "/keys", {"name": "off"})
    owner.send("PATCH", f"/keys/{disabled['id']}", {"enabled": False})
    _, revoked = owner.send("POST", "/keys", {"name": "gone"})
    owner.send("DELETE", f"/keys/{revoked['id']}")
    valid = key_with(house, owner)
    for key in (disabled["key"], revoked["key"]):
        ended = {"x-api-key": key}
        eventually(
            lambda ended=ended: all(  # type: ignore[misc]
                told(house, "/chat/completions", {}, ended)[0] == 401 for _ in range(12)
            ),
            "the end of the key",
        )
    keys = ["sk-wrong", disabled["key"], revoked["key"], valid[:-1], valid + "x"]
    bodies = {json.dumps(told(house, "/chat/completions", CHAT, way)) for key in keys for way in carried(key)}
    assert len(bodies) == 1
    assert "401" in bodies.pop()
