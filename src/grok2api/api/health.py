"""Is the process alive, and can it answer? Open to anybody, so both say as little as that."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from starlette.types import Receive, Scope, Send

from grok2api.api.context import context_of, send_json
from grok2api.api.inflight import InFlight


class Root:
    """HEAD / and HEAD on the base URL: clients probe them before their first call.

    Args:
        console: Where a browser is led that opens the address which the start prints.
    """

    def __init__(self, console: str = "") -> None:
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 with no body to speak of; lead a person's browser to the console."""
        reading = scope["method"] == "GET"
        if reading and self._console and "text/html" in context_of(scope).header(b"accept"):
            headers = [(b"location", self._console.encode()), (b"cache-control", b"no-store")]
            await send_json(send, 302, b"{}", headers)
        else:
            await send_json(send, 200, b"{}" if reading else b"")


class Health:
    """GET /health: the process serves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200."""
        await send_json(send, 200, b'{"status":"ok"}')


class Ready:
    """GET /ready: requests can be answered.

    What is done without is told, and no reason to send requests elsewhere: every other worker lacks it, too.

    Args:
        in_flight: Says whether the server ends.
        lacking: By name: whether the worker does without it at the moment. Asked often, so it must not wait.
    """

    def __init__(self, in_flight: InFlight, *, lacking: Mapping[str, Callable[[], bool]]) -> None:
        self._in_flight = in_flight
        self._lacking = lacking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 or 503."""
        if self._in_flight.draining:
            body: dict[str, object] = {"status": "unavailable", "failed": ["draining"]}
            await send_json(send, 503, msgspec.json.encode(body), [(b"retry-after", b"5")])
            return
        degraded = [name for name, lacks in self._lacking.items() if lacks()]
        body = {"status": "degraded", "degraded": degraded} if degraded else {"status": "ready"}
        await send_json(send, 200, msgspec.json.encode(body))
