"""The decision for a call to a model that makes pictures or clips.

Pure, like the plan of a turn. Must never send a model of one kind to the surface of another, nor plan a call
so that it could be paid twice.
"""

from __future__ import annotations

from typing import Final

from grok2api.canonical.call import Call
from grok2api.canonical.plan import ModelKind, Plan, Surface, Target
from grok2api.errors import ModelNotFound
from grok2api.routing.catalogue import Catalogue
from grok2api.routing.router import Servable, allowed, no_such_model, public_models, shown_name

_SURFACES: Final[dict[ModelKind, Surface]] = {
    ModelKind.IMAGE: "images",
    ModelKind.VIDEO: "videos",
    ModelKind.AUDIO: "speech",
}
_THINGS: Final[dict[ModelKind, str]] = {
    ModelKind.TEXT: "text",
    ModelKind.IMAGE: "pictures",
    ModelKind.VIDEO: "clips",
    ModelKind.AUDIO: "speech",
}
_NAMED: Final = 6
"""Models that an error names."""
_LISTED: Final = "GET /v1/models lists the models you can use."


def plan_media(
    call: Call, kind: ModelKind, catalogue: Catalogue, *, servable: Servable, pool_empty: bool
) -> Plan:
    """Decide about a call to a model that makes `kind`.

    With an empty pool every known model passes, so that the pool can say that it is empty.

    Raises:
        ModelNotFound: there is no such model for this caller and this pool, or it makes something else.
    """
    row = catalogue.resolve(call.model)
    if row is None or not allowed(call.caller, call.model, row):
        raise _not_found(no_such_model(call.model), call, kind, catalogue, servable)
    if row.kind is not kind:
        said = f"The model '{shown_name(call.model)}' makes {_THINGS[row.kind]}, not {_THINGS[kind]}."
        raise _not_found(said, call, kind, catalogue, servable)
    usable = [
        model.id
        for model in (catalogue.model(target.target) for target in row.targets)
        if pool_empty or servable(model.id, row.tier)
    ]
    if not usable:
        raise _not_found(no_such_model(call.model), call, kind, catalogue, servable)
    surface = _SURFACES[kind]
    return Plan(
        public_id=call.model,
        mode="media",
        targets=tuple(Target(name, surface=surface) for name in usable),
        tier=row.tier,
        repeatable=False,
        repeats_failed=kind is ModelKind.IMAGE,
    )


def _not_found(
    said: str, call: Call, kind: ModelKind, catalogue: Catalogue, servable: Servable
) -> ModelNotFound:
    """Return the error, which names the models that would do."""
    served = [name for name, _ in public_models(catalogue, call.caller, servable, kinds={kind})]
    there = ", ".join(repr(name) for name in served[:_NAMED])
    advice = f"Models for {_THINGS[kind]} are {there}." if there else _LISTED
    return ModelNotFound(f"{said} {advice}", param="model")
