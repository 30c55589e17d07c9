"""The decision for a call to a model that makes pictures or clips.

Pure, like the plan of a turn. Must never send a model of one kind to the surface of another.
"""

from __future__ import annotations

from typing import Final

from grok2api.canonical.call import Call
from grok2api.canonical.plan import ModelKind, Plan, Surface, Target
from grok2api.errors import ModelNotFound
from grok2api.routing.catalogue import Catalogue
from grok2api.routing.router import Servable, no_such_model, shown_name

_SURFACES: Final[dict[ModelKind, Surface]] = {
    ModelKind.IMAGE: "images",
    ModelKind.VIDEO: "videos",
    ModelKind.AUDIO: "audio",
}
_THINGS: Final[dict[ModelKind, str]] = {
    ModelKind.TEXT: "text",
    ModelKind.IMAGE: "pictures",
    ModelKind.VIDEO: "clips",
    ModelKind.AUDIO: "speech",
}


def plan_media(
    call: Call, kind: ModelKind, catalogue: Catalogue, *, servable: Servable, pool_empty: bool
) -> Plan:
    """Decide about a call to a model that makes `kind`.

    With an empty pool every known model passes, so that the pool can say that it is empty.

    Raises:
        ModelNotFound: there is no such model for this caller and this pool, or it makes something else.
    """
    row = catalogue.resolve(call.model)
    models = call.caller.models
    if row is None or (models is not None and call.model not in models and row.id not in models):
        raise ModelNotFound(no_such_model(call.model), param="model")
    if row.kind is not kind:
        raise ModelNotFound(
            f"The model '{shown_name(call.model)}' makes {_THINGS[row.kind]}, not {_THINGS[kind]}. "
            "GET /v1/models lists the models you can use.",
            param="model",
        )
    usable = [
        model.id
        for model in (catalogue.model(target.target) for target in row.targets)
        if pool_empty or servable(model.id, row.tier)
    ]
    if not usable:
        raise ModelNotFound(no_such_model(call.model), param="model")
    surface = _SURFACES[kind]
    return Plan(
        public_id=call.model,
        mode="media",
        targets=tuple(Target(name, surface=surface) for name in usable),
        tier=row.tier,
        repeatable=False,
    )
