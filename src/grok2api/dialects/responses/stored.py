"""Responses that upstream keeps: what an id tells, and how upstream's answers about it are shown.

Must never tell whether an id that is not this key's own exists.
Source: openai-python `responses.retrieve`, `.delete`, `.input_items.list`; xai-api.md §2.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from grok2api.canonical.call import Caller
from grok2api.canonical.price import Price
from grok2api.dialects.responses.envelope import Echo, usage_of, whole_response
from grok2api.dialects.responses.forward import decoded
from grok2api.dialects.responses.items import JsonObject, is_hidden, kind_of, public_item
from grok2api.dialects.responses.request import PATH
from grok2api.dialects.responses.sealing import Sealer, owned, owned_response, upstream_item_id
from grok2api.errors import NotFound
from grok2api.kit.sealedid import SealedIds

_TEXT_ROLES = frozenset({"user", "system", "developer"})


@dataclass(frozen=True, slots=True)
class StoredRef:
    """Where a stored response lies, and what was asked for when it was made."""

    public_id: str
    account_pin: bytes
    upstream_id: str
    model: str
    """The public model id."""

    @property
    def path(self) -> str:
        """Upstream's path of the response, below its base URL."""
        return f"{PATH}/{self.upstream_id}"


def open_stored(public_id: str, caller: Caller, ids: SealedIds) -> StoredRef:
    """Return what a response's id tells.

    Raises:
        NotFound: it is no id of ours, or another key's.
    """
    opened = owned_response(ids, public_id, caller.key_id)
    if opened is None:
        raise missing(public_id)
    return StoredRef(public_id, *opened)


def missing(public_id: str) -> NotFound:
    """Return the error for a response that is not there (any more)."""
    return NotFound(f"No response found with id '{public_id[:256]}'.")


def stored_sealer(ref: StoredRef, ids: SealedIds, caller: Caller, account: str) -> Sealer:
    """Return what seals the ids of a stored response again; `account` is the one that holds it."""
    return Sealer(ids, account=account, owner=caller.key_id, model=ref.model)


def response_body(
    content: bytes, sealer: Sealer, created: int, price_of: Callable[[str], Price | None]
) -> bytes:
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
    previous = upstream.get("previous_response_id")
    sealed = sealer.response(previous) if isinstance(previous, str) and previous else None
    echoed = {name: value for name, value in upstream.items() if name != "metadata"}
    echo = Echo(
        sealer=sealer,
        created=created,
        asked=echoed,
        previous_response_id=sealed,
        price=price_of(str(upstream.get("model"))),
    )
    return msgspec.json.encode(whole_response(upstream, echo, usage_of(upstream)))


def deleted_body(public_id: str) -> bytes:
    """Return the body of DELETE."""
    return msgspec.json.encode({"id": public_id, "object": "response", "deleted": True})


def input_items_body(content: bytes, ref: StoredRef, sealer: Sealer) -> bytes:
    """Return the body of GET input_items, every item with an id.

    Raises:
        ValueError: upstream's answer is not a list object.
    """
    upstream = decoded(content)
    sealer.response(ref.upstream_id)
    given = upstream.get("data")
    items = [
        _input_item(item, sealer.item(_kind(item), item.get("id"), place))
        for place, item in enumerate(given if isinstance(given, list) else [])
        if isinstance(item, dict) and not is_hidden(item)
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
