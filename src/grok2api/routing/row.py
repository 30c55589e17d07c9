"""One public model: the upstream models that stand behind it, in order, each with its effort.

Must never say where a row comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.canonical.plan import ModelKind, Tier


@dataclass(frozen=True, slots=True)
class RowTarget:
    """One upstream model of a row, and the effort that the row forces there."""

    target: str
    effort: str | None = None
    """None leaves the effort to the client."""
    asked: str | None = None
    """Stands in for `effort` when the client asks to reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """One public model."""

    id: str
    kind: ModelKind
    created: int
    targets: tuple[RowTarget, ...]
    tier: Tier | None = None
    reasoning_shown: bool = False
