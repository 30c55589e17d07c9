"""The decision for one call: which upstream models, in which order, at which effort, over which surface.

Pure: everything it needs is handed to it. Must never choose a credential, and must never send a name
upstream that upstream retired.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from grok2api.canonical.call import Call, Caller
from grok2api.canonical.limits import Family
from grok2api.canonical.plan import Mode, ModelKind, Plan, Surface, Target, Tier
from grok2api.errors import InvalidRequest, ModelNotFound, Unsupported
from grok2api.routing import claude
from grok2api.routing import effort as efforts
from grok2api.routing.catalogue import Catalogue, UpstreamModel
from grok2api.routing.row import Row, RowTarget

Servable = Callable[[str, Tier | None], bool]
"""(upstream id, tier needed) -> whether some credential of the pool may serve it."""

_EFFORT_FIELD = {
    "chat": "reasoning_effort",
    "responses": "reasoning.effort",
    "messages": "output_config.effort",
}
_SHOWN_NAME = 100
_TALKING: Final[frozenset[Family]] = frozenset({"chat", "responses", "messages"})
"""Conversations are for models of every kind."""
_MAKING: Final[Mapping[Family, ModelKind]] = MappingProxyType(
    {"images": ModelKind.IMAGE, "videos": ModelKind.VIDEO}
)
SERVED: Final = frozenset({ModelKind.TEXT, ModelKind.IMAGE, ModelKind.VIDEO})
"""What clients choose models for; speech is made by whoever is asked."""


def plan(
    call: Call,
    catalogue: Catalogue,
    *,
    chat_surface: Surface,
    servable: Servable,
    pool_empty: bool,
    claude_aliases: bool = False,
) -> Plan:
    """Decide about `call`.

    With an empty pool every known model passes, so that the pool can say that it is empty.

    Args:
        call: The request.
        catalogue: The models there are.
        chat_surface: The surface for turns, where a model has both.
        servable: Tells whether somebody may serve a model.
        pool_empty: Whether there are no credentials for this caller at all.
        claude_aliases: Whether names of Claude stand for models of ours.

    Raises:
        ModelNotFound: there is no such text model for this caller and this pool.
        Unsupported: the model cannot do what the call asks for.
        InvalidRequest: the effort is no word of the scale.
    """
    row = _text_row(call, catalogue, servable, claude_aliases=claude_aliases)
    _check_effort(call)
    known = [(target, catalogue.model(target.target)) for target in row.targets]
    _check_tools(call, known[0][1])
    only: Surface | None = "responses" if call.needs_responses else None
    usable = [
        (target, model)
        for target, model in known
        if (pool_empty or servable(model.id, row.tier)) and _can(model, call)
    ]
    if not usable:
        _check_reading(call, known)
        raise ModelNotFound(no_such_model(call.model), param="model")
    turn = call.dialect != "responses"
    mode: Mode = "turn" if turn else "forward"
    return Plan(
        public_id=call.model,
        mode=mode,
        targets=tuple(
            Target(
                model.id,
                _effort(target, model, call),
                only or _surface(model, chat_surface, turn=turn),
            )
            for target, model in usable
        ),
        tier=row.tier,
        other_surfaces=_other_surfaces(usable, chat_surface) if turn and only is None else {},
        reasoning_shown=row.reasoning_shown,
        dropped=_dropped(call, *usable[0]),
    )


def kinds_for(caller: Caller) -> frozenset[ModelKind]:
    """Return the kinds of models that the endpoints of a caller's key can make use of."""
    limits = caller.limits
    if limits is None or limits.endpoints is None or not limits.endpoints.isdisjoint(_TALKING):
        return SERVED
    return frozenset(kind for family, kind in _MAKING.items() if family in limits.endpoints)


def public_models(
    catalogue: Catalogue,
    caller: Caller,
    servable: Servable,
    *,
    kinds: Collection[ModelKind] = SERVED,
    unlisted: bool = False,
) -> list[tuple[str, int]]:
    """Return (id, created) of every model of these kinds that this caller may use now, rows first.

    Args:
        catalogue: The models there are.
        caller: Who may use them.
        servable: Tells whether somebody may serve a model.
        kinds: What they make.
        unlisted: Also those that are served but not listed.
    """
    usable = kinds_for(caller)
    return [
        (name, row.created)
        for name, row in catalogue.public_ids(unlisted=unlisted)
        if row.kind in kinds
        and row.kind in usable
        and allowed(caller, name, row)
        and any(servable(catalogue.model(target.target).id, row.tier) for target in row.targets)
    ]


def public_model(
    catalogue: Catalogue, caller: Caller, servable: Servable, name: str, *, claude_aliases: bool = False
) -> tuple[str, int]:
    """Return (id, created) of one model; a name of Claude that stands for one keeps its own id.

    Raises:
        ModelNotFound: this caller may not use it now, or there is no such model.
    """
    meant = _meant(name, catalogue, claude_aliases=claude_aliases)
    for found, created in public_models(catalogue, caller, servable, unlisted=True):
        if found == meant:
            return name, created
    raise ModelNotFound(no_such_model(name), param="model")


def _text_row(call: Call, catalogue: Catalogue, servable: Servable, *, claude_aliases: bool) -> Row:
    """Return the row that the call means, if its caller may use it and it makes text."""
    row = catalogue.resolve(_meant(call.model, catalogue, claude_aliases=claude_aliases))
    if row is None or not allowed(call.caller, call.model, row):
        raise ModelNotFound(_unknown(call, catalogue, servable), param="model")
    if row.kind is not ModelKind.TEXT:
        raise ModelNotFound(
            f"The model '{shown_name(call.model)}' makes {row.kind.value}; conversations with it are "
            "for POST /v1/chat/completions, /v1/responses and /v1/messages.",
            param="model",
        )
    return row


def _meant(name: str, catalogue: Catalogue, *, claude_aliases: bool) -> str:
    """Return the id that a name stands for; what an operator says of a name of Claude goes first."""
    if not claude_aliases or name in catalogue.overrides:
        return name
    return claude.stands_for(name) or name


def allowed(caller: Caller, name: str, row: Row) -> bool:
    """Tell whether a client key may use a model under this name."""
    return caller.models is None or name in caller.models or row.id in caller.models


def _check_effort(call: Call) -> None:
    if call.effort is not None and call.effort not in efforts.SCALE:
        param = _effort_field(call)
        raise InvalidRequest(f"'{param}' must be one of {', '.join(efforts.SCALE)}.", param=param)


def _check_tools(call: Call, model: UpstreamModel) -> None:
    if call.has_client_tools and not model.client_tools:
        raise Unsupported(
            f"'tools' cannot hold functions with the model '{shown_name(call.model)}': its agents do not "
            "call what the client executes. Server-side tools work.",
            param="tools",
        )
    if call.needs_responses and "responses" not in model.surfaces:
        raise Unsupported(
            f"The model '{shown_name(call.model)}' has no server-side tools: "
            "remove them, or the search options.",
            param="tools",
        )


def _can(model: UpstreamModel, call: Call) -> bool:
    """Tell whether a model can do all that a call needs."""
    return (
        (model.client_tools or not call.has_client_tools)
        and ("responses" in model.surfaces or not call.needs_responses)
        and (model.reasons or not call.reads_files)
    )


def _check_reading(call: Call, known: Sequence[tuple[RowTarget, UpstreamModel]]) -> None:
    """Say what is wrong where it is the documents that no model of the row can read."""
    if not call.reads_files or any(model.reasons for _, model in known):
        return
    param = next((one.param for one in call.enclosures if one.kind == "document"), call.pinned_by)
    raise Unsupported(
        f"The model '{shown_name(call.model)}' cannot read files: xAI has them read by models that reason. "
        "Send the text itself, or use another model, such as grok-4.",
        param=param,
    )


def _preset(target: RowTarget, call: Call) -> str | None:
    """Return the effort that the row forces, if it forces one."""
    return target.asked if target.asked is not None and _asks_to_reason(call) else target.effort


def _asks_to_reason(call: Call) -> bool:
    """Tell whether the client asks for reasoning: by an effort, or else by asking to be shown some."""
    if call.effort is None:
        return call.thinking is not None and call.thinking != "off"
    return efforts.asks_to_reason(call.effort)


def _effort(target: RowTarget, model: UpstreamModel, call: Call) -> str | None:
    wanted = _preset(target, call) or call.effort
    return None if wanted is None else efforts.clamp(wanted, model.efforts)


def _other_surfaces(
    usable: Sequence[tuple[RowTarget, UpstreamModel]], chat_surface: Surface
) -> dict[str, Surface]:
    """Return the second surface of each model that has two."""
    first = {model.id: _surface(model, chat_surface, turn=True) for _, model in usable}
    return {
        model.id: surface for _, model in usable for surface in model.surfaces if surface != first[model.id]
    }


def _surface(model: UpstreamModel, chat_surface: Surface, *, turn: bool) -> Surface:
    if not turn:
        return "responses"
    return chat_surface if chat_surface in model.surfaces else model.surfaces[0]


def _dropped(call: Call, target: RowTarget, model: UpstreamModel) -> tuple[str, ...]:
    """Name the effort field if the client's value has no say in what is sent.

    Raises:
        Unsupported: under a strict key.
    """
    if call.effort is None or _honoured(call, target, model):
        return ()
    param = _effort_field(call)
    if call.caller.strict:
        raise Unsupported(
            f"'{param}' cannot be set to '{call.effort}' with the model '{shown_name(call.model)}'.",
            param=param,
        )
    return (param,)


def _effort_field(call: Call) -> str:
    return call.effort_field or _EFFORT_FIELD[call.dialect]


def _honoured(call: Call, target: RowTarget, model: UpstreamModel) -> bool:
    if not model.efforts:
        return call.effort == "none" and not model.reasons
    forced = _preset(target, call)
    return forced is None or forced == call.effort


def _unknown(call: Call, catalogue: Catalogue, servable: Servable) -> str:
    """Return the sentence for a name that means nothing to this caller, with the best advice there is."""
    name = call.model
    said = no_such_model(name)
    if name.startswith(claude.PREFIX):
        return said
    served = [found for found, _ in public_models(catalogue, call.caller, servable)]
    successor = catalogue.retired.get(name)
    if successor in served:
        return f"{said} xAI retired it; use '{successor}' instead."
    close = difflib.get_close_matches(name[:_SHOWN_NAME], served, n=3, cutoff=0.6)
    if close:
        return f"{said} Did you mean {' or '.join(repr(match) for match in close)}?"
    return f"{said} GET /v1/models lists the models you can use."


def no_such_model(name: str) -> str:
    """Return the sentence for a name that means nothing to its caller."""
    said = f"The model '{shown_name(name)}' does not exist here, or you may not use it."
    if not name.startswith(claude.PREFIX):
        return said
    return (
        f"{said} Names of Claude are served with Grok if the operator turns the setting {claude.SETTING} on "
        f"({claude.VARIABLE}=true); else ask for one of the models that GET /v1/models lists."
    )


def shown_name(name: str) -> str:
    """Return a name as far as it may stand in a sentence."""
    return name if len(name) <= _SHOWN_NAME else f"{name[:_SHOWN_NAME]}…"
