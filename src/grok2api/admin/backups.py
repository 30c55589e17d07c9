"""Copies of the store on this host, as the composition root makes and keeps them.

A copy holds sealed secrets and no key that opens them. Must never be reached by a path: a copy has a name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

MOST = 10
"""Copies that are kept; more are refused until one was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One copy; `made_at` is wall time."""

    name: str
    bytes: int
    made_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """What can be done about copies.

    Attributes:
        command: What makes a copy in a terminal, where this server cannot; empty if it can.
        host: Where the copies lie.
        all: Gives those that there are, the newest first.
        make: Makes one, whole or not at all.
        read: Gives the content of one in pieces; None if it is not there.
        delete: Deletes one; tells whether it was there.
    """

    command: str
    host: str
    all: Callable[[], Awaitable[Sequence[Backup]]]
    make: Callable[[], Awaitable[Backup]]
    read: Callable[[str], Awaitable[AsyncIterator[bytes] | None]]
    delete: Callable[[str], Awaitable[bool]]
