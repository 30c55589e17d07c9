"""What the admin API takes and gives of models.

Fields that are not known are refused by name. Must never decide what may be said: `routing.overrides` does.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grok2api.admin.shapes import Sent, Told
from grok2api.operations.modelling import PublicModel, Source
from grok2api.operations.notation import moment
from grok2api.routing.overrides import Override, Stand, Visibility

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class SentStand(Sent):
    """One model of a chain."""

    model: str
    """A public name, or an id of xAI's."""
    effort: Effort | None = None
    """Reasoning effort that is forced there; null leaves it to the model's own preset, or the client."""
    asked: Effort | None = None
    """In place of `effort` when the client asks to reason."""


class SentOverride(Sent):
    """What is said of one public name, in place of all that was said before."""

    target: str = ""
    """What the name stands for: any public name, or an id of xAI's; empty keeps what is known under it."""
    effort: Effort | None = None
    """Reasoning effort that is forced on the target; null leaves it to the model's own preset, or the client.
    """
    asked: Effort | None = None
    """In place of `effort` when the client asks to reason."""
    fallbacks: tuple[SentStand, ...] = Field(default=(), strict=False)
    """Tried in this order after the target, in place of those that are known."""
    reasoning_shown: bool | None = None
    """Whether visible reasoning is promised; null leaves it."""
    tier: Literal["basic", "super", "any"] | None = None
    """The tier that a credential needs; `any` lifts the need, null leaves it."""
    visibility: Visibility = "listed"
    """`unlisted` is served but not listed; `off` is as if it did not exist."""
    note: str = ""
    """For people; at most 2,000 characters."""

    def override(self) -> Override:
        """Return it as the routing knows it."""
        return Override(
            target=self.target,
            effort=self.effort,
            asked=self.asked,
            fallbacks=tuple(Stand(each.model, each.effort, each.asked) for each in self.fallbacks),
            reasoning_shown=self.reasoning_shown,
            tier=self.tier,
            visibility=self.visibility,
            note=self.note,
        )


class ToldStand(Told):
    """One model of a chain."""

    model: str
    """A public name, or an id of xAI's."""
    effort: str | None
    """Reasoning effort that is forced there; null leaves it to the model's own preset, or the client."""
    asked: str | None
    """In place of `effort` when the client asks to reason; null leaves `effort`."""


class ToldOverride(Told):
    """What an operator says of a name."""

    target: str
    """What the name stands for; empty keeps what is known under it."""
    effort: str | None
    """Reasoning effort that is forced on the target; null leaves it to the model's own preset, or the client.
    """
    asked: str | None
    """In place of `effort` when the client asks to reason; null leaves `effort`."""
    fallbacks: list[ToldStand]
    """Tried in this order after the target; empty keeps those that are known."""
    reasoning_shown: bool | None
    """Whether visible reasoning is promised; null leaves it."""
    tier: str | None
    """The tier that a credential needs; `any` lifts the need, null leaves it."""
    visibility: Visibility
    """`listed`, `unlisted` but served, or `off`: as if it did not exist."""
    note: str
    """For people; empty if there is none."""
    created_at: str | None
    """When it was first said, UTC in ISO 8601; null while unknown."""


class ToldTarget(Told):
    """One upstream model that stands behind a name."""

    model: str
    """xAI's id."""
    effort: str | None
    """Reasoning effort that is forced there; null leaves it to the client."""
    asked: str | None
    """In place of `effort` when the client asks to reason; null leaves `effort`."""
    efforts: list[str]
    """The efforts that it takes; empty means that it rejects the field."""
    known: bool
    """Whether the program or a model list of xAI's knows it."""
    servable: bool
    """Whether some credential of the pool may serve it now."""
    accounts: int
    """How many accounts' model lists name it."""


class ModelView(Told):
    """One name that clients may ask for, or might if it were not off."""

    id: str
    """The name itself."""
    kind: str
    """`text`, `image`, `video` or `audio`; empty where the name means nothing."""
    source: Source
    """Who knows the name: an operator alone, the program, xAI's model list, or xAI as another name."""
    visibility: Visibility
    """`listed`, `unlisted` but served, or `off`: as if it did not exist."""
    servable: bool
    """Whether clients get answers under this name now."""
    tier: str | None
    """The tier that a credential needs; null is any."""
    reasoning_shown: bool
    """Whether visible reasoning is promised."""
    targets: list[ToldTarget]
    """In the order in which they are tried."""
    override: ToldOverride | None
    """What an operator says of it; null if nothing."""
    created_at: str | None
    """What clients are told as its `created`, here UTC in ISO 8601; null while unknown."""


class ModelPage(Told):
    """Every name."""

    data: list[ModelView]
    """Names that operators speak of come first, then the program's, xAI's, and xAI's other names."""


def override_view(override: Override) -> ToldOverride:
    """Return how an override looks."""
    return ToldOverride(
        target=override.target,
        effort=override.effort,
        asked=override.asked,
        fallbacks=[ToldStand(model=e.model, effort=e.effort, asked=e.asked) for e in override.fallbacks],
        reasoning_shown=override.reasoning_shown,
        tier=override.tier,
        visibility=override.visibility,
        note=override.note,
        created_at=moment(override.created or None),
    )


def model_view(model: PublicModel, targets: list[ToldTarget]) -> ModelView:
    """Return how a name looks; `targets` belong to what it means, or would mean if it were on."""
    meant = model.row or model.unsaid
    return ModelView(
        id=model.id,
        kind="" if meant is None else meant.kind.value,
        source=model.source,
        visibility="listed" if model.override is None else model.override.visibility,
        servable=model.row is not None and any(each.servable for each in targets),
        tier=None if meant is None else meant.tier,
        reasoning_shown=meant is not None and meant.reasoning_shown,
        targets=targets,
        override=None if model.override is None else override_view(model.override),
        created_at=moment((meant.created if meant is not None else 0) or None),
    )
