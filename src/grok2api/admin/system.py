"""How the server that answers is doing, as the composition root tells it. Must never hold a secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """The store.

    Attributes:
        kind: What keeps the records.
        state: Whether it answers.
        lag_ms: How long it took to answer; None if it did not.
        revision: Up to where this worker knows it.
    """

    kind: str
    state: Literal["ok", "away"]
    lag_ms: float | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedStateState:
    """What workers share through Redis; `workers` are those that it knows of."""

    configured: bool
    up: bool
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaState:
    """Kept pictures, clips and sounds: where, how many bytes this host holds, and how many it may."""

    kind: str
    bytes: int | None
    limit_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """Usage rows that wait for the store, in memory and on disk, and those that were lost."""

    waiting: int
    spool_files: int
    spool_bytes: int
    dropped: int


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


System = Callable[[], Awaitable[SystemState]]
