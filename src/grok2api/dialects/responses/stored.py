"""Responses that upstream keeps: what an id tells, and how upstream's answers about it are shown.

Must never tell whether an id that is not this key's own exists.
Source: openai-python `responses.retrieve`, `.delete`, `.input_items.list`; xai-api.md §2.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from grok2api.canonical.call import Caller
from grok2api.canonical.price import Price
from grok2api.dialects.responses.envelope import (
    FAILED_CODE,
    FAILED_MESSAGE,
    Echo,
    usage_of,
    whole_response,
)
from grok2api.dialects.responses.forward import ResponsesForwarder, decoded
from grok2api.dialects.responses.items import JsonObject, is_hidden, kind_of, public_item
from grok2api.dialects.responses.outgoing import Outgoing
from grok2api.dialects.responses.request import PATH
from grok2api.dialects.responses.sealing import Sealer, owned, owned_response, upstream_item_id
from grok2api.dialects.responses.tool_names import NO_DISGUISES, ToolNames, client_tools
from grok2api.errors import InvalidRequest, NotFound, UpstreamError
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.sse import Frame

PriceOf = Callable[[str], Price | None]
"""Tells what an upstream model costs."""
_ENDINGS = frozenset({"completed", "incomplete", "failed"})
_OWN_METADATA = frozenset({"system_fingerprint"})
"""What xAI itself writes there."""
_TEXT_ROLES = frozenset({"user", "system", "developer"})


@dataclass(frozen=True, slots=True)
class StoredRef:
    """Where a stored response lies, and what was asked for when it was made."""

    public_id: str
    account_pin: bytes
    upstream_id: str
    model: str
    """The public model id."""
    background: bool = False
    """Whether it was asked for in the background."""

    @property
    def path(self) -> str:
        """Upstream's path of the response, below its base URL."""
        return f"{PATH}/{self.upstream_id}"


def open_stored(public_id: str, caller: Caller, ids: SealedIds) -> StoredRef:
    """Return what a response's id tells.

    Raises:
        NotFound: it is no id of ours, another key's, or of a response that was not to be stored.
    """
    opened = owned_response(ids, public_id, caller.key_id)
    if opened is None or not opened.kept:
        raise missing(public_id)
    return StoredRef(
        public_id, opened.account, opened.upstream_id, opened.model, background=opened.background
    )


def missing(public_id: str) -> NotFound:
    """Return the error for a response that is not there (any more)."""
    return NotFound(f"No response found with id '{public_id[:256]}'.")


def stored_sealer(ref: StoredRef, ids: SealedIds, caller: Caller) -> Sealer:
    """Return what seals the ids of a stored response again, as they were when it was made.

    The account may have got another name since (its key was examined only then): the ids stay.
    """
    return Sealer(
        ids, account=ref.account_pin, owner=caller.key_id, model=ref.model, background=ref.background
    )


def response_body(content: bytes, sealer: Sealer, created: int, price_of: PriceOf) -> bytes:
    """Return the body of GET, the same as the answer was.

    Args:
        content: Upstream's own response object.
        sealer: Seals its ids.
        created: Unix seconds, for when upstream does not say.
        price_of: Tells what an upstream model costs.

    Raises:
        ValueError: upstream's answer is not a response object.
    """
    upstream = decoded(content)
    echo = _echo(upstream, sealer, created, price_of)
    return msgspec.json.encode(whole_response(upstream, echo, usage_of(upstream)))


def replayed(content: bytes, sealer: Sealer, created: int, price_of: PriceOf) -> bytes:
    """Return a finished response as the stream that it could have been; arguments as for `response_body`.

    Raises:
        ValueError: upstream's answer is not a response object.
        InvalidRequest: it is not finished.
    """
    upstream = decoded(content)
    status = upstream.get("status")
    if status not in _ENDINGS:
        raise InvalidRequest("This response is not finished, so it cannot be streamed.", param="stream")
    forwarder = ResponsesForwarder(_echo(upstream, sealer, created, price_of), "")
    kind = f"response.{status}".encode()
    event = msgspec.json.encode({"type": kind.decode(), "response": upstream})
    written = forwarder.feed([Frame(kind, event)])
    if status == "failed":
        written += forwarder.fail(UpstreamError(FAILED_MESSAGE, code=FAILED_CODE))
    return written


def kept(content: bytes) -> bool:
    """Tell whether upstream's answer is a response that was meant to be stored.

    Raises:
        ValueError: it is not a response object.
    """
    return decoded(content).get("store") is not False


def _echo(upstream: Mapping[str, Any], sealer: Sealer, created: int, price_of: PriceOf) -> Echo:
    """Return what upstream repeats of the request; of its metadata, what is not xAI's own."""
    previous = upstream.get("previous_response_id")
    sealed = sealer.response(previous) if isinstance(previous, str) and previous else None
    names = ToolNames.recognised(upstream.get("tools"))
    asked = {name: value for name, value in upstream.items() if name != "metadata"}
    told = upstream.get("metadata")
    if isinstance(told, dict):
        asked["metadata"] = {name: value for name, value in told.items() if name not in _OWN_METADATA}
    asked["background"] = sealer.background
    asked["tools"] = client_tools(upstream.get("tools"))
    asked["tool_choice"] = names.client_choice(upstream.get("tool_choice"))
    return Echo(
        sealer=sealer,
        created=created,
        asked=asked,
        previous_response_id=sealed,
        names=names,
        price=price_of(str(upstream.get("model"))),
    )


def deleted_body(public_id: str) -> bytes:
    """Return the body of DELETE."""
    return msgspec.json.encode({"id": public_id, "object": "response", "deleted": True})


def names_calls(content: bytes) -> bool:
    """Tell whether a list of input items holds calls, which only the response's tools can explain."""
    return b'"function_call"' in content


def stored_names(content: bytes) -> ToolNames:
    """Return what the tools of a stored response are called upstream.

    Raises:
        ValueError: upstream's answer is not a response object.
    """
    return ToolNames.recognised(decoded(content).get("tools"))


def input_items_body(
    content: bytes, ref: StoredRef, sealer: Sealer, names: ToolNames = NO_DISGUISES
) -> bytes:
    """Return the body of GET input_items, every item with an id, calls in the form of the client's tools.

    Raises:
        ValueError: upstream's answer is not a list object.
    """
    upstream = decoded(content)
    sealer.response(ref.upstream_id)
    given = upstream.get("data")
    shown = _as_sent(given if isinstance(given, list) else [], Outgoing(sealer, names))
    items = [
        _input_item(with_sealed_files(item, sealer), sealer.input_item(_kind(item), item))
        for _, item in shown
    ]
    return msgspec.json.encode(
        {
            "object": "list",
            "data": items,
            "first_id": items[0]["id"] if items else "",
            "last_id": items[-1]["id"] if items else "",
            "has_more": upstream.get("has_more") is True,
        }
    )


def with_sealed_files(item: Mapping[str, Any], sealer: Sealer) -> Mapping[str, Any]:
    """Return an item that names files by their public ids; the same one where it names none."""
    changed: JsonObject = {}
    for name in ("content", "output"):
        parts = item.get(name)
        if isinstance(parts, list) and any(_names_file(part) for part in parts):
            changed[name] = [
                {**part, "file_id": sealer.file(part["file_id"])} if _names_file(part) else part
                for part in parts
            ]
    return {**item, **changed} if changed else item


def _names_file(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("file_id"), str) and bool(part["file_id"])


def _as_sent(given: Sequence[object], outgoing: Outgoing) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the items that a client may see, as it sent them, each with its place."""
    shown = [
        (place, outgoing.item(item))
        for place, item in enumerate(given)
        if isinstance(item, dict) and not is_hidden(item)
    ]
    custom = [item.get("call_id") for _, item in shown if item.get("type") == "custom_tool_call"]
    return [
        (place, {**item, "type": "custom_tool_call_output"})
        if item.get("type") == "function_call_output" and item.get("call_id") in custom
        else (place, item)
        for place, item in shown
    ]


def upstream_cursor(public_item_id: str, caller: Caller, ids: SealedIds) -> str | None:
    """Return upstream's name of the item that `after` points to; None if it is not this key's."""
    opened = owned(ids, public_item_id, caller.key_id)
    return None if opened is None else upstream_item_id(opened)


def _kind(item: Mapping[str, Any]) -> str:
    return kind_of(item) or ("message" if "role" in item else "")


def _input_item(item: Mapping[str, Any], public_id: str) -> JsonObject:
    if _kind(item) != "message" or item.get("role") not in _TEXT_ROLES:
        return public_item({**item, "type": _kind(item)}, public_id)
    content = item.get("content")
    if isinstance(content, str):
        content = [{"type": "input_text", "text": content}]
    return {
        "type": "message",
        "id": public_id,
        "status": "completed",
        "role": item["role"],
        "content": content if isinstance(content, list) else [],
    }
