"""Notices connections whose other end is gone without a word: TCP asks for it, about once in 10 seconds.

A peer that lost its power, or a firewall that forgot us, sends no end of a connection. The kernel gives
it up at the first question after 45 seconds without an acknowledgement: within a minute. It sends nothing
that upstream's HTTP sees.
"""

from __future__ import annotations

import socket
from typing import Final, Protocol

_TCP_OPTIONS: Final = (
    ("TCP_KEEPIDLE", 30),
    ("TCP_KEEPALIVE", 30),  # the name of TCP_KEEPIDLE on macOS
    ("TCP_KEEPINTVL", 10),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 45_000),  # milliseconds; Linux only
)

_Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class _Socket(Protocol):
    def setsockopt(self, level: int, name: int, value: int, /) -> None: ...


def watch(connection: _Socket) -> None:
    """Set the options that the platform has."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _TCP_OPTIONS:
        if (option := getattr(socket, name, None)) is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


def watched_socket(
    address: tuple[socket.AddressFamily | int, socket.SocketKind | int, int, str, _Address],
) -> socket.socket:
    """Return a new socket for an address, as getaddrinfo gives it."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family=family, type=kind, proto=protocol)
    try:
        watch(made)
    except OSError:
        made.close()
        raise
    return made
