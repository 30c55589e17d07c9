"""Slows down who guesses a password: per account and network, and all networks together.

Every attempt counts as a failure until it has succeeded, so that a thousand at once are no way around. After
five, each further one has to wait twice as long as the one before. A network that has signed in to an account
before is not held up by what others do. The store counts, so that further workers and hosts are no further
tries; whoever cannot be counted is not let in. Must never hold up the command line, which does not come
through here, and must never keep an account or an address in the clear.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final, NoReturn

from grok2api.errors import LimitExceeded
from grok2api.kit.pace import Pace
from grok2api.storage.access import SignInAttempts

if TYPE_CHECKING:
    from collections.abc import Callable

    from grok2api.kit.clock import Clock
    from grok2api.storage.access import AttemptStore

FREE: Final = 5
"""Failures in a row that cost nothing."""
LONGEST: Final = 900.0
"""Seconds of the longest wait."""
FORGOTTEN: Final = 3600.0
"""Seconds after the last failure in which they are forgotten."""
REMEMBERED: Final = 90 * 86_400.0
"""Seconds for which a network is known to have signed in to an account."""
WINDOW: Final = 300.0
"""Seconds in which the failures of all networks are counted."""
MOST_OF_ALL: Final = 100
_BELIEVED: Final = 5.0
"""Seconds for which a refusal is believed without asking again: whoever succeeds takes failures away, and so
does a reset of the password."""
_REMEMBERED: Final = 4096
_TRIES: Final = 20
"""How often somebody looks again who was overtaken by others."""
_EVERYBODY: Final = b"everybody"
_IPV6_BITS: Final = 64
_IPV4_BITS: Final = 24


class LoginThrottle:
    """The failed sign-ins of the last hour, on all workers and hosts.

    Args:
        store: Counts.
        pepper: Key of the hashes under which it does; the same for the whole fleet.
        clock: Where time comes from.
    """

    def __init__(self, store: AttemptStore, *, pepper: bytes, clock: Clock) -> None:
        self._store = store
        self._pepper = pepper
        self._clock = clock
        self._counting = asyncio.Lock()
        """One after the other: many at once would overtake each other, and stand before clients' requests."""
        self._shut: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Until when a refusal is believed, and when it ends: a flood of tries does not reach the store."""

    def check(self, account: str, address: str) -> None:
        """Refuse what was refused a moment ago and still comes too early; look at nothing else.

        Raises:
            LimitExceeded: it does.
        """
        self._check_known(self._place(account, address))

    async def begin(self, account: str, address: str) -> None:
        """Count an attempt.

        Raises:
            LimitExceeded: it comes too early; it says when the next one may come.
            StorageError: the store did not answer.
        """
        place = self._place(account, address)
        self._check_known(place)

        def counted(kept: SignInAttempts) -> SignInAttempts:
            now = self._clock.now()
            if now - kept.last_at >= FORGOTTEN:
                kept = replace(kept, failures=0)
            self._check(place, wait_of(kept, now), now)
            lasting = REMEMBERED if kept.known else FORGOTTEN
            return _failed(kept, now, expires_at=now + lasting)

        async with self._counting:
            self._check_known(place)
            kept, among_all = await self._kept(place), None
            if not kept.known:
                self._check_known(self._everybody())
                among_all = await self._kept(self._everybody())
                self._counted_among_all(among_all)
            await self._change(place, counted, kept)
            if among_all is not None:
                await self._change(self._everybody(), self._counted_among_all, among_all)
            await Pace().rest()

    async def succeed(self, account: str, address: str) -> None:
        """Forget the attempts of a network on an account, and remember that it knew the password.

        Raises:
            StorageError: the store did not answer.
        """
        place, now = self._place(account, address), self._clock.now()
        gone = await self._kept(place)
        await self._change(
            place, lambda kept: replace(kept, failures=0, known=True, expires_at=now + REMEMBERED), gone
        )
        if not gone.known:
            await self._change(
                self._everybody(), lambda kept: replace(kept, failures=max(0, kept.failures - gone.failures))
            )

    def _counted_among_all(self, kept: SignInAttempts) -> SignInAttempts:
        now = self._clock.now()
        if not kept.first_at <= now < kept.first_at + WINDOW:
            kept = replace(kept, failures=0, first_at=now)
        if kept.failures >= MOST_OF_ALL:
            self._check(kept.id, kept.first_at + WINDOW - now, now)
        return _failed(kept, now, expires_at=kept.first_at + WINDOW)

    def _check_known(self, place: str) -> None:
        """Refuse what was refused a moment ago and comes too early still."""
        now = self._clock.now()
        believed, until = self._shut.get(place, (now, now))
        if now < believed <= now + _BELIEVED:
            _refuse(until - now)
        self._shut.pop(place, None)

    def _check(self, place: str, wait: float, now: float) -> None:
        if wait <= 0:
            return
        self._shut[place] = (now + min(wait, _BELIEVED), now + wait)
        if len(self._shut) > _REMEMBERED:
            self._shut.popitem(last=False)
        _refuse(wait)

    async def _kept(self, place: str) -> SignInAttempts:
        now = self._clock.now()
        kept = await self._store.get(place, now=now)
        return kept or SignInAttempts(
            id=place, version=0, failures=0, first_at=now, last_at=now, expires_at=now
        )

    async def _change(
        self,
        place: str,
        change: Callable[[SignInAttempts], SignInAttempts],
        known: SignInAttempts | None = None,
    ) -> None:
        """Change what is kept of a place; what was just read of it saves a look unless it has changed."""
        for _ in range(_TRIES):
            kept, known = known or await self._kept(place), None
            changed = replace(change(kept), version=kept.version + 1)
            if await self._store.swap(changed, now=self._clock.now()):
                return
        raise LimitExceeded("Too many sign-ins at once; try again shortly.", retry_after=2)

    def _place(self, account: str, address: str) -> str:
        return self._hash(b"one " + network_of(address).encode() + b" " + account.encode("utf-8", "replace"))

    def _everybody(self) -> str:
        return self._hash(_EVERYBODY)

    def _hash(self, place: bytes) -> str:
        return hmac.digest(self._pepper, b"attempts " + place, hashlib.sha256).hex()


def wait_of(kept: SignInAttempts, now: float) -> float:
    """Return the seconds until the next attempt may be made, 0 or less if it may be made now.

    A last attempt that lies ahead was noted before the clock went back, and counts as made now.
    """
    if kept.failures < FREE:
        return 0.0
    return min(kept.last_at, now) + min(2.0 ** (kept.failures - FREE), LONGEST) - now


def _failed(kept: SignInAttempts, now: float, *, expires_at: float) -> SignInAttempts:
    return replace(kept, failures=kept.failures + 1, last_at=now, expires_at=expires_at)


def _refuse(wait: float) -> NoReturn:
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
