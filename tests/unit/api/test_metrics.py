"""The metrics are shown to whoever has their token, and to nobody else."""

from __future__ import annotations

import pytest
from starlette.types import Message

from grok2api.api.context import make_context
from grok2api.api.health import Ready
from grok2api.api.inflight import InFlight
from grok2api.api.metrics import Metrics
from grok2api.errors import Unauthenticated

TOKEN = "a-token-of-the-metrics"


async def ask(token: str, *headers: tuple[bytes, bytes], method: str = "GET") -> list[Message]:
    async def page() -> str:
        return "grok2api_workers 4\n"

    sent = list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": method, "headers": list(headers)}
    make_context(scope)
    await Metrics(page, lambda: token, content_type="text/plain")(scope, receive, send)
    return sent


async def test_whoever_has_the_token_sees_the_page() -> None:
    start, body = await ask(TOKEN, (b"authorization", f"Bearer {TOKEN}".encode()))
    assert (start["status"], body["body"]) == (200, b"grok2api_workers 4\n")
    assert dict(start["headers"])[b"content-length"] == b"19"
    _, empty = await ask(TOKEN, (b"authorization", f"bearer {TOKEN}".encode()), method="HEAD")
    assert empty["body"] == b""


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (TOKEN, b""),
        (TOKEN, b"Bearer "),
        (TOKEN, b"Bearer a-token-of-the-metric"),
        (TOKEN, b"Basic " + TOKEN.encode()),
        (TOKEN, "Bearer schlüssel".encode()),
        ("", b""),
        ("", b"Bearer "),
        ("", b"Bearer " + TOKEN.encode()),
    ],
)
async def test_nobody_else_does(token: str, shown: bytes) -> None:
    with pytest.raises(Unauthenticated):
        await ask(token, (b"authorization", shown))


@pytest.mark.parametrize(
    ("draining", "away", "expected"),
    [
        (False, False, (200, b'{"status":"ready"}')),
        (False, True, (200, b'{"status":"degraded","degraded":["shared_state"]}')),
        (True, True, (503, b'{"status":"unavailable","failed":["draining"]}')),
    ],
)
async def test_readiness_names_what_is_degraded_and_sends_nobody_away_for_it(
    draining: bool, away: bool, expected: tuple[int, bytes]
) -> None:
    sent = list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    in_flight = InFlight()
    if draining:
        in_flight.drain()
    ready = Ready(in_flight, lacking={"store": lambda: False, "shared_state": lambda: away})
    await ready({"type": "http", "method": "GET", "headers": []}, receive, send)
    assert (sent[0]["status"], sent[1]["body"]) == expected
