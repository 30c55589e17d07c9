"""What a stored response holds: its output, what it was made from, and where one of its items stands.

For the gateway's own use, in upstream's form. Must never be shown to a client.
Source: xai-api.md §2.3 ("Other Responses routes").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from grok2api.canonical.references import ItemAddress
from grok2api.dialects.responses.items import is_hidden
from grok2api.dialects.responses.request import PATH
from grok2api.dialects.responses.sealing import digest_of

MOST_ON_A_PAGE: Final = 100

_decode = msgspec.json.Decoder().decode


class _Response(msgspec.Struct):
    output: list[msgspec.Raw] = []
    previous_response_id: str | None = None
    store: bool | None = None


class _Page(msgspec.Struct):
    data: list[msgspec.Raw] = []
    has_more: bool | None = None
    last_id: str | None = None


_response = msgspec.json.Decoder(_Response).decode
_page = msgspec.json.Decoder(_Page).decode


@dataclass(frozen=True, slots=True)
class Held:
    """One stored response."""

    output: tuple[msgspec.Raw, ...]
    previous: str | None
    """Upstream's id of the response that it goes on from."""
    kept: bool
    """Whether upstream says that it was meant to be stored."""


@dataclass(frozen=True, slots=True)
class InputPage:
    """Some of the items that a response was made from, oldest first."""

    items: tuple[msgspec.Raw, ...]
    after: str | None
    """The cursor of the next page; None if there is none."""


def response_path(response_id: str) -> str:
    """Return upstream's path of a response."""
    return f"{PATH}/{response_id}"


def input_path(response_id: str, after: str | None) -> str:
    """Return upstream's path of a page of what a response was made from."""
    query = {"limit": str(MOST_ON_A_PAGE), "order": "asc"}
    if after is not None:
        query["after"] = after
    return f"{PATH}/{response_id}/input_items?{urlencode(query)}"


def read_held(content: bytes) -> Held:
    """Read upstream's answer.

    Raises:
        ValueError: it is not a response.
    """
    told = _response(content)
    return Held(tuple(told.output), told.previous_response_id or None, told.store is not False)


def read_page(content: bytes) -> InputPage:
    """Read upstream's answer.

    Raises:
        ValueError: it is not a list of items.
    """
    told = _page(content)
    more = told.has_more is True and bool(told.data) and bool(told.last_id)
    return InputPage(tuple(told.data), told.last_id if more else None)


def found_in_output(output: Sequence[msgspec.Raw], address: ItemAddress) -> bytes | None:
    """Return the item of an output that is meant."""
    if address.digest:
        return None
    if not address.name:
        return bytes(output[address.number]) if address.number < len(output) else None
    return _of_name(output, address)


def found_in_input(items: Sequence[msgspec.Raw], address: ItemAddress) -> bytes | None:
    """Return the item of what a response was made from that is meant."""
    if address.name:
        return _of_name(items, address)
    for raw in items:
        item = _decode(raw)
        if isinstance(item, dict) and not item.get("id") and digest_of(item) == address.digest:
            return bytes(raw)
    return None


def name_of(item: msgspec.Raw) -> str:
    """Return upstream's id of an item; empty if it has none."""
    told = _object(item).get("id")
    return told if isinstance(told, str) else ""


def _of_name(items: Sequence[msgspec.Raw], address: ItemAddress) -> bytes | None:
    """Return the item of that name and number; the first of the name where there are fewer."""
    named = [raw for raw in items if address.name.encode() in bytes(raw) and _is(raw, address.name)]
    if not named:
        return None
    return bytes(named[min(address.number, len(named) - 1)])


def _is(raw: msgspec.Raw, name: str) -> bool:
    item = _object(raw)
    return item.get("id") == name and not is_hidden(item)


def _object(raw: msgspec.Raw) -> Mapping[str, Any]:
    item = _decode(raw)
    return item if isinstance(item, dict) else {}
