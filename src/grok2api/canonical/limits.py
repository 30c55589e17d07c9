"""What a client key is held to: which routes, from where, how fast, and for how much money.

Must never know who calls: a limit is a plain value, and a key without any has none of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, Literal, get_args

Family = Literal["chat", "responses", "messages", "images", "videos", "audio", "files", "models"]
"""The routes that a key may be kept to; each route of `/v1` that needs a key belongs to one, or to none."""
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLimits:
    """The limits of one client key; 0 is no limit.

    Attributes:
        endpoints: Families of routes that it may use; None is all.
        networks: Where its client must be; none is anywhere.
        rpm: Requests a minute.
        tpm: Tokens a minute.
        max_concurrency: Requests at a time.
        budget_day: Ticks for a day in UTC; 1 USD is 10^10.
        budget_month: Ticks for a month in UTC.
    """

    endpoints: frozenset[str] | None = None
    networks: tuple[Network, ...] = ()
    rpm: int = 0
    tpm: int = 0
    max_concurrency: int = 0
    budget_day: int = 0
    budget_month: int = 0

    @property
    def has_budget(self) -> bool:
        """Whether it may spend so much money only."""
        return bool(self.budget_day or self.budget_month)

    def opens(self, family: Family | None) -> bool:
        """Tell whether routes of a family may be used; those of none always may."""
        return family is None or self.endpoints is None or family in self.endpoints

    def admits(self, address: str) -> bool:
        """Tell whether a client may be at an address; one that is none is nowhere."""
        if not self.networks:
            return True
        try:
            where = settled(ip_address(address))
        except ValueError:
            return False
        return any(where.version == each.version and where in each for each in self.networks)


NO_LIMITS: Final = KeyLimits()


def settled(address: Address) -> Address:
    """Return an IPv4 address for one that is written as IPv6, as sockets of both kinds do."""
    return getattr(address, "ipv4_mapped", None) or address


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request is thought to use, before it is sent.

    Args:
        tokens: Of the prompt and of the answer together.
        ticks: Money.
    """

    tokens: int = 0
    ticks: int = 0
