"""Slows down who guesses the operator's password: per network address, and all addresses together.

Every attempt counts as a failure until it has succeeded, so that a thousand at once are no way around. An
address that has signed in before is not held up by what others do. Each worker counts for itself, and in
bounded memory. Must never hold up the command line: it does not come through here.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from grok2api.errors import LimitExceeded

if TYPE_CHECKING:
    from grok2api.kit.clock import Clock

WINDOW: Final = 300.0
"""Seconds for which a failure counts."""
MOST_OF_ONE: Final = 10
MOST_OF_ALL: Final = 100
_REMEMBERED: Final = 4096
_HOST_BITS: Final = 64


class LoginThrottle:
    """The failed sign-ins of the last minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_one: OrderedDict[str, deque[float]] = OrderedDict()
        self._of_all: deque[float] = deque()
        self._known: OrderedDict[str, None] = OrderedDict()

    def begin(self, address: str) -> None:
        """Count an attempt.

        Raises:
            LimitExceeded: there were too many; it says when the next one may come.
        """
        now, network = self._clock.monotonic(), _network(address)
        own = self._of_one.setdefault(network, deque())
        self._of_one.move_to_end(network)
        for moments in (own, self._of_all):
            while moments and moments[0] <= now - WINDOW:
                moments.popleft()
        _check(own, MOST_OF_ONE, now)
        if network not in self._known:
            _check(self._of_all, MOST_OF_ALL, now)
        own.append(now)
        self._of_all.append(now)
        if len(self._of_one) > _REMEMBERED:
            self._of_one.popitem(last=False)

    def succeed(self, address: str) -> None:
        """Forget the attempts of an address, and remember that it knew the password."""
        network = _network(address)
        for moment in self._of_one.pop(network, ()):
            if moment in self._of_all:
                self._of_all.remove(moment)
        self._known[network] = None
        self._known.move_to_end(network)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _check(moments: deque[float], most: int, now: float) -> None:
    if len(moments) >= most:
        wait = moments[-most] + WINDOW - now
        raise LimitExceeded("Too many failed sign-ins; try again later.", retry_after=max(wait, 1.0))


def _network(address: str) -> str:
    """Return what one person is likely to hold: an IPv4 address, or a /64 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), _HOST_BITS), strict=False))
    return str(parsed)
