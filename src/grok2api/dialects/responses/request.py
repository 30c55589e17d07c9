"""One request: read once, then written anew for every attempt from the client's own bytes.

Must never change what was read: attempts share it. Must never decide the model or the effort: the plan
did. Must never edit a field that upstream takes as it is.
Source: xai-api.md §2.3; product promise "what cannot be honoured is never lost in silence".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.enclosures import Content, Enclosure
from grok2api.canonical.plan import Target
from grok2api.dialects.base import Envelope
from grok2api.dialects.conversation import affinity_of, conversation_of
from grok2api.dialects.enclosing import FileOpener, Pin, pinned_files, reads_files
from grok2api.dialects.fields import Dropped, refusal, whole_number
from grok2api.dialects.responses.enclosures import enclosures_in, with_contents
from grok2api.dialects.responses.encrypted_input import readers_of
from grok2api.dialects.responses.fields import RESPONSES_FIELDS
from grok2api.dialects.responses.input_items import check_input, continued_input, system_message
from grok2api.dialects.responses.item_edits import ItemEditor
from grok2api.dialects.responses.references import placed, references_in
from grok2api.dialects.responses.sealing import OwnedResponse, owned_response
from grok2api.dialects.responses.tool_choice import chosen_tools
from grok2api.dialects.responses.tool_names import ToolNames
from grok2api.dialects.responses.tools import edited_tools, has_client_tools
from grok2api.errors import InvalidRequest
from grok2api.kit.sealedid import SealedIds

PATH = "/responses"

_EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})
_FORMATS = ("text", "json_object", "json_schema")
_FORMAT_MEMBERS: Mapping[str, type] = {"name": str, "description": str, "schema": dict, "strict": bool}
_JSON_NAMES: Mapping[type, str] = {str: "a string", dict: "an object", bool: "true or false"}
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
_NOBODY = Lease(credential_id="", account_id="", token="", base_url="")
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
    names: ToolNames
    """What the client's tools are called upstream."""
    references: tuple[int, ...]
    """Places of items that only refer to stored ones."""


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
    owner = envelope.caller.key_id
    pin = previous_response(ids, str(previous), owner).account if previous is not None else None
    readers = readers_of(body.raw("input"), ids, owner, previous=pin)
    enclosures = enclosures_in(body.raw("input"))
    files = pinned_files(body, enclosures, ids, envelope.caller, Pin(readers.pin, readers.pinned_by))
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
        account_pin=files.pin.account,
        pinned_by=files.pin.path,
        files_in=files.holder,
        enclosures=enclosures,
        reads_files=reads_files(enclosures),
        preferred_account=readers.preferred,
        references=references_in(body.raw("input") or b"", reading.references, ids, owner),
        continues=None if previous is None else str(previous),
        affinity=affinity_of(values.get("prompt_cache_key"))
        or envelope.conversation
        or (None if pin is not None else conversation_of(body, "input", owner)),
        has_client_tools=reading.has_client_tools,
        background=values.get("background") is True,
        prepared=reading,
    )


def translate(call: Call, target: Target, lease: Lease, ids: SealedIds, amendments: Amendments) -> Dispatch:
    """Write the request for one attempt.

    Raises:
        Unsupported: the account that was found cannot read what is encrypted, and the key is strict.
    """
    reading, owner = _reading_of(call), call.caller.key_id
    values, edits = reading.values, _Edits(dict(reading.changes), set(reading.without))
    if target.upstream_id != call.model:
        edits.changes["model"] = target.upstream_id
    dropped = _set_reasoning(edits, values, target.effort, amendments.arguments)
    previous = values.get("previous_response_id")
    if call.history is not None:
        edits.without.add("previous_response_id")
    elif previous is not None:
        edits.changes["previous_response_id"] = previous_response(ids, str(previous), owner).upstream_id
    written, left_out = written_input(call, lease, ids, amendments, reading.names)
    if "instructions" in amendments.arguments and values.get("instructions"):
        given = call.body.raw("input") if written is None else written
        written = continued_input((system_message(values["instructions"]),), given)
        edits.without.add("instructions")
    if written is not None:
        edits.changes["input"] = msgspec.Raw(written)
    dropped += left_out
    refused = amendments.arguments & (call.body.fields.keys() | edits.changes.keys()) - edits.without
    for name in refused:
        edits.changes.pop(name, None)
        edits.without.add(name)
    edited = call.body.edited(edits.changes, edits.without) if edits.changes or edits.without else call.body
    return Dispatch(
        method="POST",
        path=PATH,
        content=edited.content(),
        stream=call.stream or call.background,
        conversation=call.affinity,
        dropped=tuple(sorted((*refused, *dropped))),
    )


def written_input(
    call: Call, lease: Lease, ids: SealedIds, amendments: Amendments, names: ToolNames
) -> tuple[bytes | None, tuple[str, ...]]:
    """Return the input as one account is sent it, None where it is the client's own, and what is left out.

    Raises:
        Unsupported: the account cannot read what is encrypted, and the key is strict.
    """
    own = call.body.raw("input")
    given = own if call.history is None else continued_input(call.history, own)
    if given is None:
        return None, ()
    accounts = frozenset(map(ids.account_hash, (lease.account_id, *lease.former_accounts)))
    editor = ItemEditor(
        ids=ids,
        owner=call.caller.key_id,
        names=names,
        accounts=accounts,
        without_reasoning=amendments.without_reasoning,
        strict=call.caller.strict,
        files=_files(call, given, ids, accounts) if lease.account_id else None,
    )
    edited = editor.edited(given, before=len(call.history or ()))
    written, left_out = given if edited.content is None else bytes(edited.content), edited.dropped
    if call.references:
        written, more = placed(written, call, accounts, without_reasoning=amendments.without_reasoning)
        left_out += tuple(more)
    return (None if written is own else written), left_out


def _files(call: Call, given: bytes, ids: SealedIds, accounts: frozenset[bytes]) -> FileOpener | None:
    """Return what opens the ids of files; in a conversation that stands for a response there may be some."""
    named = call.files_in is not None or (call.history is not None and b'"file_id"' in given)
    return FileOpener(ids, call.caller, accounts) if named else None


def enclosed(call: Call, contents: Mapping[Enclosure, Content]) -> Call:
    """Return the call with what Grok can take in the place of what it encloses."""
    return replace(call, body=with_contents(call.body, contents), enclosures=(), prepared=None)


def conversation(call: Call, ids: SealedIds) -> list[dict[str, Any]]:
    """Return all items of a request, ids of files as the client knows them.

    Raises:
        InvalidRequest: an item that it refers to was never fetched.
    """
    written, _ = written_input(call, _NOBODY, ids, UNAMENDED, names(call))
    given = call.body.raw("input") if written is None else written
    return msgspec.json.decode(continued_input((), given), type=list[dict[str, Any]])


def unkept(call: Call) -> Call:
    """Return the call to a model whose answers upstream cannot keep."""
    body = call.body.edited({"store": False})
    told = ("store",) if call.body.peek("store") is True else ()
    return replace(call, body=body, prepared=None, dropped=(*call.dropped, *told))


def names(call: Call) -> ToolNames:
    """Return what the request's tools are called upstream."""
    return _reading_of(call).names


def asked(call: Call) -> Mapping[str, Any]:
    """Return the request's own fields, checked, for the response object to repeat."""
    return _reading_of(call).values


def _reading_of(call: Call) -> _Reading:
    """Return what `parse` read, or read it again."""
    return call.prepared if isinstance(call.prepared, _Reading) else _read(call.body, strict=False)


def _read(body: Body, *, strict: bool) -> _Reading:
    """Check a body, without opening the ids in it."""
    checked = RESPONSES_FIELDS.check(body, strict=strict)
    references = check_input(body.raw("input"), continued="previous_response_id" in checked.values)
    dropped = Dropped(strict=strict)
    values: Mapping[str, Any] = checked.values
    names = ToolNames.of_request(values.get("tools", ()))
    edits = _edits(values, names, dropped)
    return _Reading(
        values=checked.values,
        dropped=tuple(sorted((*checked.dropped, *dropped.paths))),
        changes=edits.changes,
        without=checked.remove | edits.without,
        has_client_tools=edits.has_client_tools,
        names=names,
        references=references,
    )


def _edits(values: Mapping[str, Any], names: ToolNames, dropped: Dropped) -> _Edits:
    edits = _Edits()
    _edit_tools(edits, values, names, dropped)
    _edit_include(edits, values.get("include"), dropped)
    _edit_text(edits, values.get("text"), dropped)
    _edit_tokens(edits, values.get("max_output_tokens"))
    _check_background(edits, values)
    return edits


def _edit_tools(edits: _Edits, values: Mapping[str, Any], names: ToolNames, dropped: Dropped) -> None:
    given, choice = values.get("tools"), values.get("tool_choice")
    tools = edited_tools(given, names, dropped) if given else []
    if choice is not None:
        tools, wanted = chosen_tools(choice, tools, names)
        edits.replace("tool_choice", choice, wanted)
    if given:
        edits.replace("tools", given, tools)
    edits.has_client_tools = has_client_tools(tools)


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
    if isinstance(form, dict):
        kept["format"] = _checked_format({name: value for name, value in form.items() if value is not None})
    edits.replace("text", given, kept)


def _checked_format(form: dict[str, Any]) -> dict[str, Any]:
    """Return a text format whose members are what clients read in the echo. Raises: InvalidRequest."""
    for name, kind in _FORMAT_MEMBERS.items():
        if name in form and not isinstance(form[name], kind):
            raise InvalidRequest(
                f"'text.format.{name}' must be {_JSON_NAMES[kind]}.", param=f"text.format.{name}"
            )
    return form


def _edit_tokens(edits: _Edits, given: float | None) -> None:
    if isinstance(given, float):
        edits.changes["max_output_tokens"] = whole_number(given, "max_output_tokens")


def _check_background(edits: _Edits, values: Mapping[str, Any]) -> None:
    """Have upstream stream what goes on in the background: it has no background of its own."""
    if values.get("background") is not True:
        return
    if values.get("store") is False:
        raise InvalidRequest(
            "A background response must be stored: leave 'store' out, or set it to true.", param="store"
        )
    if values.get("stream") is not True:
        edits.changes["stream"] = True


def _effort(values: Mapping[str, Any]) -> str | None:
    """Return the effort asked for; the object's wins over the flat field."""
    effort = values.get("reasoning", {}).get("effort")
    if effort is None:
        effort = values.get("reasoning_effort")
    if effort is not None and (not isinstance(effort, str) or effort not in _EFFORTS):
        raise InvalidRequest("'reasoning.effort' is not an effort.", param="reasoning.effort")
    return effort


def _set_reasoning(
    edits: _Edits, values: Mapping[str, Any], effort: str | None, refused: frozenset[str]
) -> tuple[str, ...]:
    """Write the effort of the plan; return its path where upstream refused to have one at all."""
    if "reasoning_effort" in values:
        edits.without.add("reasoning_effort")
    given, dropped = values.get("reasoning"), tuple[str, ...]()
    if effort is not None and "reasoning_effort" in refused:
        effort, dropped = None, ("reasoning.effort",)
    if given is None and effort is None:
        return dropped
    kept = {name: value for name, value in (given or {}).items() if value is not None and name != "effort"}
    if effort is not None:
        kept["effort"] = effort
    edits.replace("reasoning", given, kept)
    return dropped


def previous_response(ids: SealedIds, public_id: str, owner: str) -> OwnedResponse:
    """Return the response to go on from.

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
    return opened
