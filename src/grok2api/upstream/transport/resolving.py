"""Looks up the addresses of hosts that strangers name, away from the look-ups that calls to xAI need.

A name whose servers never answer holds a thread for long; a few threads of their own make sure that it
holds up only other strangers' names. Must never judge an address.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final, Protocol

from grok2api.kit.addresses import Address

_THREADS: Final = 4


class Resolver(Protocol):
    """Whoever knows the addresses of names."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Return all addresses of a host, the best first.

        Raises:
            OSError: The host has none, or nobody can say.
        """
        ...

    def close(self) -> None:
        """Look up nothing more."""
        ...


class SystemResolver:
    """Asks the system: its hosts file, its DNS servers."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch-resolver")

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Return all addresses of a host, in the system's order.

        Raises:
            OSError: The host has none, or nobody can say.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _look_up, host, port)
        except UnicodeError as error:
            raise OSError("the name cannot be asked for") from error
        return tuple(dict.fromkeys(ip_address(address) for address in found))

    def close(self) -> None:
        """Look up nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _, _, _, _, sockaddr in entries]
