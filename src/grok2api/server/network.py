"""The ways of this worker to upstream: which proxies its credentials use, how they fare, and trying one.

Only what is already in use for calls is tried: nobody can have this server connect to an address of his own.
Must never tell a proxy's user name or password.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from grok2api.admin.network import Egress, Rest, Tried, Way, WayKind
from grok2api.server.services import Services
from grok2api.upstream.transport import TransportError, reachable, reachable_directly, read_proxy

_TIMEOUT: Final = 10.0
_AT_ONCE: Final = 4
_ID_LENGTH: Final = 16
_SHARED: Final = "shared"
"""The id of the way of credentials without a proxy of their own."""


def build_egress(services: Services, pepper: bytes) -> Egress:
    """Return what a worker tells of its ways.

    Args:
        services: The worker's.
        pepper: Key of the ids of proxies, whose URLs hold passwords.
    """
    ways = _Ways(services, pepper)
    return Egress(worker=services.holder, target=ways.target, ways=ways.all, attempt=ways.attempt)


class _Ways:
    def __init__(self, services: Services, pepper: bytes) -> None:
        self._services = services
        self._pepper = pepper
        self._gate = asyncio.Semaphore(_AT_ONCE)

    def target(self) -> str:
        parts = urlsplit(self._services.live.current.grok.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def all(self) -> Sequence[Way]:
        return [self._way(proxy, users) for proxy, users in self._used().items()]

    async def attempt(self, identifier: str) -> Tried | None:
        found = [proxy for proxy in self._used() if self._id(proxy) == identifier]
        if not found:
            return None
        (proxy,) = found
        settings, clock = self._services.live.current, self._services.clock
        address = proxy or settings.grok.proxy_url
        async with self._gate:
            begun = clock.monotonic()
            if address:
                trouble = await reachable(address, settings.grok.base_url, timeout=_TIMEOUT)
            else:
                trouble = await reachable_directly(settings.grok.base_url, timeout=_TIMEOUT)
            took = (clock.monotonic() - begun) * 1000
        if trouble is None:
            self._services.pool.proxy_well(proxy)
        return Tried(trouble or "", took)

    def _used(self) -> Mapping[str | None, list[str]]:
        """Return who goes which way; None is that of the settings, which is always there."""
        used: dict[str | None, list[str]] = defaultdict(list, {None: []})
        for identifier, member in self._services.pool.roster.members.items():
            used[member.proxy or None].append(identifier)
        return used

    def _way(self, proxy: str | None, users: Sequence[str]) -> Way:
        address = proxy or self._services.live.current.grok.proxy_url
        kind: WayKind = "own" if proxy else "shared" if address else "direct"
        shown, login = _shown(address)
        return Way(
            id=self._id(proxy), kind=kind, proxy=shown, login=login, credentials=users, rest=self._rest(proxy)
        )

    def _rest(self, proxy: str | None) -> Rest | None:
        resting = self._services.pool.proxies.resting.get(proxy)
        if resting is None:
            return None
        left = max(0.0, resting.until - self._services.clock.monotonic())
        return Rest(failures=resting.failures, seconds=left, reason=resting.reason)

    def _id(self, proxy: str | None) -> str:
        if proxy is None:
            return _SHARED
        return hmac.digest(self._pepper, proxy.encode(), "sha256").hex()[:_ID_LENGTH]


def _shown(address: str) -> tuple[str, bool]:
    """Return what may be shown of a proxy's URL, and whether it holds a login."""
    if not address:
        return "", False
    try:
        server = read_proxy(address)
    except TransportError:
        return "?", False
    return str(server), bool(server.user or server.password)
