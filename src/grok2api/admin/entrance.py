"""The admin API as the server mounts it: the gate, and behind it what is loaded once somebody comes through.

The framework costs more time and memory than all of the public API, and most workers never serve an operator.
Must never load it for a request that the gate refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.admin.access import open_access
from grok2api.admin.gate import Gate
from grok2api.admin.services import AdminServices


def create_admin(services: AdminServices) -> ASGIApp:
    """Return the admin API, to be mounted at `PREFIX`."""
    access = open_access(services)

    def framework() -> ASGIApp:
        from grok2api.admin.app import create_noted  # noqa: PLC0415  that is what waits

        return create_noted(services, access)

    return Gate(OnDemand(framework), access, services.entry.keys)


class OnDemand:
    """An application that is made by the first request, in a thread: others go on meanwhile.

    Args:
        make: Makes it.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        app = self._made or await self._ready()
        await app(scope, receive, send)

    async def _ready(self) -> ASGIApp:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made
