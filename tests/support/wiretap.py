"""A wire between gateway and sandbox that knows when the gateway let go of a call.

The sandbox's journal tells that a call was cancelled, not when; here the moment is on the same clock as the
client's hanging up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TAG = re.compile(rb"[a-z]+\d*-\d{5}")
_SECONDS = 10


@dataclass(slots=True)
class Wiretap:
    """Carries connections; `closed` tells for every tag when the gateway ended the connection of its call."""

    upstream: str
    base_url: str = ""
    closed: dict[str, float] = field(default_factory=dict)
    carrying: set[asyncio.Task[object]] = field(default_factory=set)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self.carrying.add(task)
        task.add_done_callback(self.carrying.discard)
        address = urlsplit(self.upstream)
        answers, calls = await asyncio.open_connection(address.hostname, address.port)
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(answers, writer))
            tag = await self._listen(reader, calls)
            self.closed[tag] = asyncio.get_running_loop().time()
            calls.transport.abort()
        writer.transport.abort()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        tag = ""
        with suppress(OSError):
            while piece := await reader.read(65536):
                if found := _TAG.search(piece):
                    tag = found[0].decode()
                writer.write(piece)
        return tag


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
    writer.close()


@asynccontextmanager
async def wiretap(upstream: str) -> AsyncIterator[Wiretap]:
    """Listen between a gateway and `upstream`, the sandbox's base URL, for as long as the block runs.

    The gateway must have ended by then: its connections do.
    """
    tap = Wiretap(upstream)
    server = await asyncio.start_server(tap.carry, "127.0.0.1", 0)
    tap.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield tap
    finally:
        server.close()
        if tap.carrying:
            await asyncio.wait(tap.carrying, timeout=_SECONDS)
