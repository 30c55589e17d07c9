"""Is the process alive, and can it answer? Open to anybody, so both say as little as that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.types import Receive, Scope, Send

from grok2api.api.context import send_json
from grok2api.api.inflight import InFlight

Check = Callable[[], Awaitable[bool]]


class Root:
    """HEAD / and HEAD on the base URL: clients probe them before their first call."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 with no body to speak of."""
        await send_json(send, 200, b"" if scope["method"] == "HEAD" else b"{}")


class Health:
    """GET /health: the process serves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200."""
        await send_json(send, 200, b'{"status":"ok"}')


class Ready:
    """GET /ready: requests can be answered. Each check is named when it fails.

    Args:
        checks: What has to be well.
        in_flight: Says whether the server ends.
        degraded: What requests are answered without, by name; told, but no reason to send them elsewhere.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        in_flight: InFlight,
        *,
        degraded: Mapping[str, Callable[[], bool]],
    ) -> None:
        self._checks = checks
        self._in_flight = in_flight
        self._degraded = degraded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 or 503."""
        failed = ["draining"] if self._in_flight.draining else []
        for name, check in self._checks.items():
            if not await check():
                failed.append(name)
        body: dict[str, object] = (
            {"status": "unavailable", "failed": failed} if failed else {"status": "ready"}
        )
        if lacking := [name for name, is_away in self._degraded.items() if is_away()]:
            body["degraded"] = lacking
        headers = [(b"retry-after", b"5")] if failed else []
        await send_json(send, 503 if failed else 200, msgspec.json.encode(body), headers)
