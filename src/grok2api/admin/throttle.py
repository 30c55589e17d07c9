"""Slows down who guesses a password: per account and network, and all networks together.

Every attempt counts as a failure until it has succeeded, so that a thousand at once are no way around. After
five, each further one has to wait twice as long as the one before. A network that has signed in to an account
before is not held up by what others do. Each worker counts for itself, and in bounded memory. Must never hold
up the command line: it does not come through here.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from grok2api.errors import LimitExceeded

if TYPE_CHECKING:
    from grok2api.kit.clock import Clock

FREE: Final = 5
"""Failures in a row that cost nothing."""
LONGEST: Final = 900.0
"""Seconds of the longest wait."""
FORGOTTEN: Final = 3600.0
"""Seconds after the last failure in which they are forgotten."""
WINDOW: Final = 300.0
"""Seconds for which a failure counts among those of all networks."""
MOST_OF_ALL: Final = 100
_REMEMBERED: Final = 4096
_IPV6_BITS: Final = 64
_IPV4_BITS: Final = 24

_Place = tuple[str, str]


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until the next attempt may be made."""
        if self.count < FREE:
            return 0.0
        return self.last + min(2.0 ** (self.count - FREE), LONGEST) - now


class LoginThrottle:
    """The failed sign-ins of the last hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_one: OrderedDict[_Place, _Failures] = OrderedDict()
        self._of_all: deque[float] = deque()
        self._known: OrderedDict[_Place, None] = OrderedDict()

    def begin(self, account: str, address: str) -> None:
        """Count an attempt.

        Raises:
            LimitExceeded: it comes too early; it says when the next one may come.
        """
        now, place = self._clock.monotonic(), (account, network_of(address))
        own = self._of_one.setdefault(place, _Failures())
        self._of_one.move_to_end(place)
        if own.last <= now - FORGOTTEN:
            own.count = 0
        _check(own.wait(now))
        while self._of_all and self._of_all[0] <= now - WINDOW:
            self._of_all.popleft()
        if place not in self._known and len(self._of_all) >= MOST_OF_ALL:
            _check(self._of_all[-MOST_OF_ALL] + WINDOW - now)
        own.count += 1
        own.last = now
        self._of_all.append(now)
        if len(self._of_one) > _REMEMBERED:
            self._of_one.popitem(last=False)

    def succeed(self, account: str, address: str) -> None:
        """Forget the attempts of a network on an account, and remember that it knew the password."""
        place = (account, network_of(address))
        gone = self._of_one.pop(place, None)
        for _ in range(min(gone.count, len(self._of_all)) if gone is not None else 0):
            self._of_all.pop()
        self._known[place] = None
        self._known.move_to_end(place)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _check(wait: float) -> None:
    if wait > 0:
        raise LimitExceeded("Too many failed sign-ins; try again later.", retry_after=max(wait, 1.0))


def network_of(address: str) -> str:
    """Return what one person is likely to hold: a /24 of IPv4, or a /64 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((int(parsed), _IPV6_BITS), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ip_network((int(parsed), _IPV4_BITS), strict=False))
