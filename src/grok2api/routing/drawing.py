"""The decision for a conversation with a model that makes pictures or clips.

Such a model reads a prompt and pictures, and nothing else of a request; what it has no use for is named.
Pure. Must never let a field pass in silence that only a model of another kind has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from grok2api.canonical.call import Call
from grok2api.canonical.plan import ModelKind, Plan
from grok2api.errors import InvalidRequest, Unsupported
from grok2api.routing.catalogue import Catalogue
from grok2api.routing.media import plan_media
from grok2api.routing.router import Servable, shown_name

CONFIGS: Final[Mapping[ModelKind, str]] = {
    ModelKind.IMAGE: "image_config",
    ModelKind.VIDEO: "video_config",
}
"""The field that says how a model of each kind shall work."""
_OF_TEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "chat": (
        *("temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "tools", "functions"),
        *("tool_choice", "function_call", "response_format", "reasoning_effort"),
        *("search_parameters", "web_search_options"),
    ),
    "responses": (
        *("temperature", "top_p", "top_k", "min_p", "max_output_tokens", "max_turns", "tools"),
        *("tool_choice", "include", "text", "reasoning", "reasoning_effort", "instructions", "guidelines"),
    ),
    "messages": (
        *("temperature", "top_p", "top_k", "stop_sequences", "tools", "tool_choice", "mcp_servers"),
        *("output_config", "output_format", "system"),
    ),
}
"""Fields that only mean something to a model of text, by dialect."""
_NOTHING: Final = frozenset({b"[]", b"{}", b'""', b"false"})


def plan_drawing(call: Call, catalogue: Catalogue, *, servable: Servable, pool_empty: bool) -> Plan | None:
    """Decide about a conversation; None if its model makes no pictures or clips.

    Raises:
        ModelNotFound: this caller and this pool have no such model.
        InvalidRequest, Unsupported: the request asks for what such a model cannot do.
    """
    row = catalogue.resolve(call.model)
    if row is None or row.kind not in CONFIGS:
        return None
    decided = plan_media(call, row.kind, catalogue, servable=servable, pool_empty=pool_empty)
    _check(call)
    return replace(
        decided,
        kind=row.kind,
        mode="forward" if call.dialect == "responses" else "turn",
        dropped=_named(call, _useless(call, row.kind)),
    )


def idle_configs(call: Call) -> tuple[str, ...]:
    """Return the fields of a call to a model of text that only models of another kind have.

    Raises:
        Unsupported: the key is strict, and there is one.
    """
    return _named(call, (name for name in CONFIGS.values() if _says_something(call, name)))


def _check(call: Call) -> None:
    name = shown_name(call.model)
    if call.choices > 1:
        raise Unsupported(
            f"'n' is not supported with '{name}': ask for several pictures with 'image_config.n'.", param="n"
        )
    if call.continues is not None and call.history is None:
        raise InvalidRequest(
            f"'{name}' cannot go on from a stored response. Send the items of the conversation in 'input'.",
            param="previous_response_id",
        )
    document = next((one for one in call.enclosures if one.kind == "document"), None)
    if document is not None:
        raise Unsupported(f"'{name}' reads no documents. Send the text itself.", param=document.param)


def _useless(call: Call, kind: ModelKind) -> Iterator[str]:
    own = CONFIGS[kind]
    for name in (*_OF_TEXT.get(call.dialect, ()), *CONFIGS.values()):
        if name != own and _says_something(call, name):
            yield name


def _says_something(call: Call, name: str) -> bool:
    raw = call.body.raw(name)
    return raw is not None and raw not in _NOTHING


def _named(call: Call, names: Iterator[str]) -> tuple[str, ...]:
    found = tuple(names)
    if found and call.caller.strict:
        raise Unsupported(
            f"'{found[0]}' means nothing to the model '{shown_name(call.model)}'.", param=found[0]
        )
    return found
