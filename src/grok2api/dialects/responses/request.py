"""One request: read once, then written anew for every attempt from the client's own bytes.

Must never change what was read: attempts share it. Must never decide the model or the effort: the plan
did. Must never edit a field that upstream takes as it is.
Source: xai-api.md §2.3; product promise "what cannot be honoured is never lost in silence".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.plan import Target
from grok2api.dialects.base import Envelope
from grok2api.dialects.conversation import conversation_of
from grok2api.dialects.fields import refusal
from grok2api.dialects.responses.fields import RESPONSES_FIELDS
from grok2api.dialects.responses.input_items import check_input, continued_input, edited_input
from grok2api.dialects.responses.sealing import owned_response
from grok2api.dialects.responses.tools import (
    Dropped,
    edited_tool_choice,
    edited_tools,
    has_client_tools,
)
from grok2api.errors import InvalidRequest
from grok2api.kit.ids import header_safe
from grok2api.kit.sealedid import SealedIds

PATH = "/responses"

_EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})
_FORMATS = ("text", "json_object", "json_schema")
_INCLUDES = frozenset(
    {
        "reasoning.encrypted_content",
        "web_search_call.action.sources",
        "code_interpreter_call.outputs",
        "file_search_call.results",
        "mcp_call.output",
        "no_inline_citations",
    }
)
_LOGPROBS = "message.output_text.logprobs"
_SANE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}\Z")


@dataclass(slots=True)
class _Edits:
    """What must differ from the client's body, whatever the attempt."""

    changes: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    has_client_tools: bool = False

    def replace(self, name: str, old: object, new: object) -> None:
        """Take down a new value: an empty one leaves the field out, the same one leaves it untouched."""
        if not new:
            self.without.add(name)
        elif new != old:
            self.changes[name] = new


@dataclass(frozen=True, slots=True)
class _Reading:
    """A checked body, and what every attempt changes in it."""

    values: Mapping[str, Any]
    """The fields that carry a meaning, decoded."""
    dropped: tuple[str, ...]
    changes: Mapping[str, Any]
    without: frozenset[str]
    has_client_tools: bool


def parse(raw: bytes, envelope: Envelope, ids: SealedIds) -> Call:
    """Check a request body.

    Raises:
        InvalidRequest: something is missing or malformed.
        Unsupported: something is asked for that Grok cannot do.
    """
    body = Body.parse(raw)
    reading = _read(body, strict=envelope.caller.strict)
    values = reading.values
    previous = values.get("previous_response_id")
    pin = _opened(ids, str(previous), envelope.caller.key_id)[0] if previous is not None else None
    return Call(
        request_id=envelope.request_id,
        dialect="responses",
        model=str(values["model"]),
        stream=values.get("stream") is True,
        body=body,
        caller=envelope.caller,
        received_at=envelope.received_at,
        dropped=reading.dropped,
        effort=_effort(values),
        account_pin=pin,
        continues=None if previous is None else str(previous),
        affinity=_affinity(values.get("prompt_cache_key"))
        or envelope.conversation
        or (None if pin is not None else conversation_of(body, "input", envelope.caller.key_id)),
        has_client_tools=reading.has_client_tools,
        prepared=reading,
    )


def translate(call: Call, target: Target, ids: SealedIds, amendments: Amendments) -> Dispatch:
    """Write the request for one attempt."""
    reading, owner = _reading_of(call), call.caller.key_id
    values, edits = reading.values, _Edits(dict(reading.changes), set(reading.without))
    if target.upstream_id != call.model:
        edits.changes["model"] = target.upstream_id
    _set_effort(edits, values, target.effort)
    previous = values.get("previous_response_id")
    if call.history is not None:
        edits.without.add("previous_response_id")
    elif previous is not None:
        edits.changes["previous_response_id"] = _opened(ids, str(previous), owner)[1]
    _set_input(edits, call, ids)
    refused = amendments.arguments & (call.body.fields.keys() | edits.changes.keys())
    for name in refused:
        edits.changes.pop(name, None)
        edits.without.add(name)
    edited = call.body.edited(edits.changes, edits.without) if edits.changes or edits.without else call.body
    return Dispatch(
        method="POST",
        path=PATH,
        content=edited.content(),
        stream=call.stream,
        conversation=call.affinity,
        dropped=tuple(sorted(refused)),
    )


def _set_input(edits: _Edits, call: Call, ids: SealedIds) -> None:
    given = call.body.raw("input")
    if call.history is not None:
        given = continued_input(call.history, given)
        edits.changes["input"] = msgspec.Raw(given)
    items = edited_input(given, ids, call.caller.key_id) if given is not None else None
    if items is not None:
        edits.changes["input"] = items


def asked(call: Call) -> Mapping[str, Any]:
    """Return the request's own fields, checked, for the response object to repeat."""
    return _reading_of(call).values


def _reading_of(call: Call) -> _Reading:
    """Return what `parse` read, or read it again."""
    return call.prepared if isinstance(call.prepared, _Reading) else _read(call.body, strict=False)


def _read(body: Body, *, strict: bool) -> _Reading:
    """Check a body, without opening the ids in it."""
    checked = RESPONSES_FIELDS.check(body, strict=strict)
    check_input(body.raw("input"), continued="previous_response_id" in checked.values)
    dropped = Dropped(strict=strict)
    edits = _edits(checked.values, dropped)
    return _Reading(
        values=checked.values,
        dropped=tuple(sorted((*checked.dropped, *dropped.paths))),
        changes=edits.changes,
        without=checked.remove | edits.without,
        has_client_tools=edits.has_client_tools,
    )


def _edits(values: Mapping[str, Any], dropped: Dropped) -> _Edits:
    edits = _Edits()
    _edit_tools(edits, values, dropped)
    _edit_include(edits, values.get("include"), dropped)
    _edit_text(edits, values.get("text"), dropped)
    _edit_tokens(edits, values.get("max_output_tokens"))
    return edits


def _edit_tools(edits: _Edits, values: Mapping[str, Any], dropped: Dropped) -> None:
    given = values.get("tools")
    tools = edited_tools(given, dropped) if given else []
    if given:
        edits.replace("tools", given, tools)
    edits.has_client_tools = has_client_tools(tools)
    choice = values.get("tool_choice")
    if choice is not None:
        edits.replace("tool_choice", choice, edited_tool_choice(choice, has_tools=bool(tools)))


def _edit_include(edits: _Edits, given: list[str] | None, dropped: Dropped) -> None:
    if given is None:
        return
    kept = []
    for place, value in enumerate(given):
        if value == _LOGPROBS:
            raise refusal("include", "Grok returns no log probabilities.")
        if value in _INCLUDES:
            kept.append(value)
        elif _SANE_NAME.match(value) is None:
            raise InvalidRequest(f"'include[{place}]' is not valid.", param=f"include[{place}]")
        else:
            dropped.note(f"include.{value}")
    edits.replace("include", given, kept)


def _edit_text(edits: _Edits, given: dict[str, Any] | None, dropped: Dropped) -> None:
    if given is None:
        return
    kept = {name: value for name, value in given.items() if value is not None}
    if kept.pop("verbosity", None) is not None:
        dropped.note("text.verbosity")
    form = kept.get("format")
    if form is not None and (not isinstance(form, dict) or form.get("type") not in _FORMATS):
        raise InvalidRequest(
            "'text.format.type' must be text, json_object or json_schema.", param="text.format.type"
        )
    edits.replace("text", given, kept)


def _edit_tokens(edits: _Edits, given: float | None) -> None:
    if isinstance(given, float):
        if not given.is_integer():
            raise InvalidRequest("'max_output_tokens' must be a whole number.", param="max_output_tokens")
        edits.changes["max_output_tokens"] = int(given)


def _effort(values: Mapping[str, Any]) -> str | None:
    """Return the effort asked for; the object's wins over the flat field."""
    effort = values.get("reasoning", {}).get("effort")
    if effort is None:
        effort = values.get("reasoning_effort")
    if effort is not None and (not isinstance(effort, str) or effort not in _EFFORTS):
        raise InvalidRequest("'reasoning.effort' is not an effort.", param="reasoning.effort")
    return effort


def _set_effort(edits: _Edits, values: Mapping[str, Any], effort: str | None) -> None:
    if "reasoning_effort" in values:
        edits.without.add("reasoning_effort")
    given = values.get("reasoning")
    if given is None and effort is None:
        return
    kept = {name: value for name, value in (given or {}).items() if value is not None and name != "effort"}
    if effort is not None:
        kept["effort"] = effort
    edits.replace("reasoning", given, kept)


def _opened(ids: SealedIds, public_id: str, owner: str) -> tuple[bytes, str]:
    """Return (account hash, upstream id) of the response to go on from.

    Raises:
        InvalidRequest: `previous_response_not_found`; it never says whether another key has it.
    """
    opened = owned_response(ids, public_id, owner)
    if opened is None:
        raise InvalidRequest(
            f"Previous response with id '{public_id[:256]}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    return opened[0], opened[1]


def _affinity(key: object) -> str | None:
    return header_safe(key) if isinstance(key, str) and key else None
