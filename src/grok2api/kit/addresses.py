"""Which IP addresses belong to the open internet: global unicast, and nothing that is kept for another use.

Denied unless known to be fine: what a registry sets aside tomorrow must be added here, but an address of a
family or block that nobody thought of is refused already. An IPv6 address that carries an IPv4 one
(mapped, compatible, NAT64, 6to4, Teredo) is never public, whatever it carries: it is a second spelling.
Must never look anything up.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out. Outside lie ::1, mapped, NAT64, unique local, link-local, multicast, ..."""

_NOT_PUBLIC: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers; metadata of Alibaba's cloud is 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks public; in Azure it is the host of the machine
        "169.254.0.0/16",  # link-local; metadata of most clouds is 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; metadata of Oracle's cloud is 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # kept for later, and broadcast
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID, ...
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the 6bone, given back
        "3fff::/20",  # documentation
    )
)

_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_6TO4: Final = IPv6Network("2002::/16")
_TEREDO: Final = IPv6Network("2001::/32")
_COMPATIBLE: Final = IPv6Network("::/96")


def is_public(address: Address) -> bool:
    """Tell whether an address is global unicast that anybody on the internet could reach."""
    if isinstance(address, IPv6Address) and (address.scope_id is not None or address not in _GLOBAL_UNICAST):
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def carried(address: Address) -> IPv4Address | None:
    """Return the IPv4 address at which a packet for this IPv6 address may arrive in the end, or None."""
    if isinstance(address, IPv4Address):
        return None
    if address in _6TO4:
        return address.sixtofour
    if address in _TEREDO:
        teredo = address.teredo
        return teredo[1] if teredo else None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if (address in _COMPATIBLE and int(address) > 1) or any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
