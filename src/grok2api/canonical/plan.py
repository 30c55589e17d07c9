"""What was decided about a call: which upstream model, over which surface, on what kind of credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

Surface = Literal["responses", "chat", "images", "videos", "speech", "transcripts", "files"]
Mode = Literal["forward", "turn", "media"]
Tier = Literal["basic", "super"]


class ModelKind(StrEnum):
    """What a model makes."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Target:
    """One upstream model and the effort to send to it."""

    upstream_id: str
    effort: str | None = None
    """The effort after preset and clamp; None sends no effort field at all."""
    surface: Surface = "responses"


@dataclass(frozen=True, slots=True)
class PoolScope:
    """The part of the pool that a client key may use; what is None is open to it."""

    tags: frozenset[str] | None = None
    """A credential must have one of these."""
    tier: Tier | None = None
    """A credential must be of exactly this tier."""


WHOLE_POOL: Final = PoolScope()


@dataclass(frozen=True, slots=True)
class Demand:
    """What a credential must offer to serve one attempt."""

    upstream_id: str
    """Empty for a call that names no model."""
    tier: Tier | None = None
    account_pin: bytes | None = None
    preferred_account: bytes | None = None
    """Hash of the account that serves if it can right now."""
    affinity: str | None = None
    surface: Surface = "responses"
    scope: PoolScope = WHOLE_POOL

    @property
    def counted_as(self) -> str:
        """Return what xAI's rate limits count it as: its model, or its surface where it names none."""
        return self.upstream_id or self.surface


@dataclass(frozen=True, slots=True)
class Plan:
    """The decision for one call."""

    public_id: str
    mode: Mode
    targets: tuple[Target, ...]
    """The model meant, then its fallbacks, tried only when upstream lacks the one before."""
    tier: Tier | None = None
    kind: ModelKind = ModelKind.TEXT
    """What the models make."""
    reasoning_shown: bool = False
    """The row promises visible reasoning (it changes nothing where thinking is off)."""
    other_surfaces: Mapping[str, Surface] = field(default_factory=dict)
    """By upstream model: the surface that serves a turn too, where the first one is denied."""
    repeatable: bool = True
    """Whether a call that may have reached upstream can be sent again without harm."""
    repeats_failed: bool = False
    """Whether one that is not repeatable may be sent again after upstream itself said that it failed."""
    dropped: tuple[str, ...] = ()
    """Fields that the plan overrode, beside those of the call."""
