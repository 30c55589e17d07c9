"""How the server that answers is doing, as the composition root tells it. Must never hold a secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from grok2api.operations.releases import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """The store."""

    kind: str
    """What keeps the records."""
    state: Literal["ok", "away"]
    """Whether it answers."""
    lag_ms: float | None
    """How long it took to answer; null if it did not."""
    revision: int
    """Up to where this worker knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedStateState:
    """What workers share through Redis."""

    configured: bool
    """Whether the settings name a Redis."""
    up: bool
    """Whether it answers; false where none is named."""
    workers: int
    """Those that it knows of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaState:
    """Kept pictures, clips and sounds."""

    kind: str
    """`disk` or `object storage`."""
    bytes: int | None
    """What this host holds; null while unknown."""
    limit_bytes: int
    """How much may stay; 0 is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """Usage rows on their way to the store."""

    waiting: int
    """In memory."""
    spool_files: int
    """Files on disk that they wait in, until the store takes them."""
    spool_bytes: int
    """On disk, until the store takes them."""
    dropped: int
    """Lost since the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """One worker and what it stands on. `started_at` is wall time, `uptime` seconds."""

    version: str
    python: str
    host: str
    worker: str
    pid: int
    workers: int
    started_at: float
    uptime: float
    draining: bool
    sandbox: bool
    leads: bool
    leader: str | None
    degraded: tuple[str, ...]
    running_requests: int
    store: StoreState
    shared_state: SharedStateState
    media: MediaState
    ledger: LedgerState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseState:
    """Which version runs, and which one is the newest as far as is known. `asked_at` is wall time."""

    version: str
    asks: bool
    newest: Release | None
    newer: bool
    asked_at: float | None
    failure: str


System = Callable[[], Awaitable[SystemState]]
