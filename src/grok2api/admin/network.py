"""The ways to upstream, as the composition root tells them: which proxies there are, and how they fare.

Must never hold a proxy's user name or password.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

WayKind = Literal["direct", "shared", "own"]
"""Without a proxy; through the one of the settings; through one that credentials have of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Why nothing goes a way at the moment, as the worker that answers sees it."""

    failures: int
    """Failures in a row."""
    seconds: float
    """Until it is tried again; 0 if that is due."""
    reason: str
    """What failed, without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to upstream.

    Attributes:
        id: The same as long as the proxy's URL is the same; tells nothing of it.
        proxy: Scheme, host and port; empty without a proxy.
        login: Whether the proxy is signed in to.
        credentials: Ids of those that go this way.
        rest: None while all is well.
    """

    id: str
    kind: WayKind
    proxy: str
    login: bool
    credentials: Sequence[str]
    rest: Rest | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying a way; `trouble` is empty if a connection to upstream came about."""

    trouble: str
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Egress:
    """What is known of the ways to upstream.

    Attributes:
        worker: Whose view it is.
        target: Gives the origin of upstream.
        ways: Gives all that are in use, that of the settings first.
        attempt: Opens a connection to upstream by a way and sends nothing; None for an unknown id.
    """

    worker: str
    target: Callable[[], str]
    ways: Callable[[], Sequence[Way]]
    attempt: Callable[[str], Awaitable[Tried | None]]
