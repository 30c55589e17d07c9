"""Ids on their way out and back: sealed for one client key and one account, opened for upstream.

Upstream may name two items of one response alike, or leave an item without a name; clients tell items
apart by their ids, so the second of the same name gets a number, and a nameless one its place. Both are
taken off again on the way back. An item's id also tells which response holds it, so that a later request can
merely refer to the item: most names hold the response's own, the others get it added in its shortest form.
Must never show an id of upstream, nor say why an id was refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec

from grok2api.canonical.references import ItemAddress
from grok2api.dialects.file_ids import seal_file_on
from grok2api.dialects.reasoning_origin import marked_on
from grok2api.kit import base64url
from grok2api.kit.sealedid import LONGEST_UPSTREAM_ID, SealedId, SealedIds

RESPONSE_PREFIX = "resp"
_MODEL_MARK = "|"
_NUMBER_MARK = "#"
_HOLDER_MARK = "@"
_DIGEST_MARK = "="
_UNKEPT, _BACKGROUND = "!", "b"
"""What a response's id says after its model."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_PREFIX_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "message": "msg",
        "reasoning": "rs",
        "function_call": "fc",
        "function_call_output": "fco",
        "web_search_call": "ws",
        "x_search_call": "xs",
        "file_search_call": "fs",
        "code_interpreter_call": "ci",
        "image_generation_call": "ig",
        "mcp_call": "mcp",
        "mcp_list_tools": "mcpl",
        "mcp_approval_request": "mcpr",
        "custom_tool_call": "ctc",
        "custom_tool_call_output": "ctco",
        "shell_call": "sh",
        "tool_search_call": "tsc",
        "compaction": "cmp",
    }
)
ITEM_PREFIXES = frozenset({*_PREFIX_OF_TYPE.values(), "item"})


class Sealer:
    """Seals the ids of one answer for the client key that asked, on the account that serves.

    Args:
        ids: The gateway's seal.
        account: Id of the account that holds the response upstream, or its hash from an id made before.
        owner: Id of the client key.
        model: The public model id, kept in the response's id so that a later GET can tell it.
        kept: Whether the client may ask for the response later; its id remembers a no.
        background: Whether the response was asked for in the background; kept there as well.
    """

    __slots__ = ("_held_by", "_ids", "_response", "_route", "_seen", "_suffix", "background", "model")

    def __init__(
        self,
        ids: SealedIds,
        *,
        account: str | bytes,
        owner: str,
        model: str,
        kept: bool = True,
        background: bool = False,
    ) -> None:
        self._ids = ids
        self._route = ids.route(account, owner)
        self._seen: dict[str, int] = {}
        self._response = self._held_by = ""
        self.model = model
        self.background = background
        flags = ("" if kept else _UNKEPT) + (_BACKGROUND if background else "")
        self._suffix = f"{_MODEL_MARK}{model}" + (f"{_MODEL_MARK}{flags}" if flags else "")

    def response(self, upstream_id: str) -> str:
        """Return the public id of a response; known before its items, it names those that have no name."""
        self._response, self._held_by = upstream_id, f"{_HOLDER_MARK}{_shortened(upstream_id)}"
        return self._seal(RESPONSE_PREFIX, f"{upstream_id}{self._suffix}")

    def unborn(self, request_id: str) -> str:
        """Return an id for a response that upstream never named."""
        return self._seal(RESPONSE_PREFIX, f"{_NUMBER_MARK}{request_id}"[:200])

    def item(self, kind: str, upstream_id: object, place: int) -> str:
        """Return the public id of the next item; call once per item of an answer, in their order."""
        if not isinstance(upstream_id, str) or not upstream_id:
            return self._seal(_prefix(kind, ""), f"{_NUMBER_MARK}{self._response}.{place}")
        return self._named(kind, upstream_id)

    def input_item(self, kind: str, item: Mapping[str, Any]) -> str:
        """Return the public id of the next item that a response was made from."""
        name = item.get("id")
        if isinstance(name, str) and name:
            return self._named(kind, name)
        told = f"{_NUMBER_MARK}{_DIGEST_MARK}{digest_of(item)}"
        count = self._seen.get(told, 0)
        self._seen[told] = count + 1
        again = f".{count}" if count else ""
        return self._seal(_prefix(kind, ""), f"{told}{again}{self._held_by}")

    def _named(self, kind: str, name: str) -> str:
        count = self._seen.get(name, 0)
        self._seen[name] = count + 1
        told = f"{name}{_NUMBER_MARK}{count}" if count else name
        if self._response and _response_in(name) != self._response:
            held = f"{told if count else name + _NUMBER_MARK}{self._held_by}"
            if len(held.encode("utf-8", "surrogatepass")) <= LONGEST_UPSTREAM_ID:
                told = held
        return self._seal(_prefix(kind, name), told)

    def file(self, upstream_id: str) -> str:
        """Return the public id of a file that an item names."""
        return seal_file_on(self._ids, self._route, upstream_id)

    def encrypted(self, content: str) -> str:
        """Return encrypted content, marked with the account that can read it."""
        return marked_on(self._ids, self._route, content)

    def _seal(self, prefix: str, upstream_id: str) -> str:
        return self._ids.seal_on(self._route, prefix, upstream_id)


def _prefix(kind: str, upstream_id: str) -> str:
    known = _PREFIX_OF_TYPE.get(kind)
    if known is not None:
        return known
    own = upstream_id.partition("_")[0]
    return own if own in ITEM_PREFIXES else "item"


def owned(ids: SealedIds, public_id: str, owner: str) -> SealedId | None:
    """Return what an id says, if this owner's requests made it."""
    opened = ids.open(public_id)
    if opened is None or opened.owner_hash != ids.owner_hash(owner):
        return None
    return opened


@dataclass(frozen=True, slots=True)
class OwnedResponse:
    """What a response's id tells its owner."""

    account: bytes
    """Hash of the account that holds it."""
    upstream_id: str
    model: str
    """The public model id."""
    kept: bool = True
    """Whether it was asked to be stored."""
    background: bool = False
    """Whether it was asked for in the background."""


def owned_response(ids: SealedIds, public_id: str, owner: str) -> OwnedResponse | None:
    """Return what a response's id tells, if this owner may see it."""
    opened = owned(ids, public_id, owner)
    if opened is None or opened.prefix != RESPONSE_PREFIX:
        return None
    upstream_id, _, rest = opened.upstream_id.partition(_MODEL_MARK)
    model, _, flags = rest.partition(_MODEL_MARK)
    if not upstream_id or upstream_id.startswith(_NUMBER_MARK):
        return None
    return OwnedResponse(
        opened.account_hash, upstream_id, model, _UNKEPT not in flags, background=_BACKGROUND in flags
    )


def upstream_item_id(opened: SealedId) -> str | None:
    """Return upstream's own name of an item, if it gave one."""
    return opened.upstream_id.partition(_NUMBER_MARK)[0] or None


def address_of(opened: SealedId) -> ItemAddress | None:
    """Return where an item is kept; None if its id does not tell."""
    if opened.prefix not in ITEM_PREFIXES:
        return None
    name, _, told = opened.upstream_id.partition(_NUMBER_MARK)
    told, _, held = told.partition(_HOLDER_MARK)
    if name:
        address = ItemAddress(_lengthened(held) if held else _response_in(name), name, _number(told))
    elif told.startswith(_DIGEST_MARK):
        digest = told.removeprefix(_DIGEST_MARK).partition(".")[0]
        address = ItemAddress(_lengthened(held), digest=digest)
    else:
        holder, _, place = told.rpartition(".")
        address = ItemAddress(holder, number=_number(place))
    return address if address.holder else None


def digest_of(item: Mapping[str, Any]) -> str:
    """Return what an item without a name is known by."""
    return blake2b(msgspec.json.encode(item, order="deterministic"), digest_size=9).hexdigest()


def _response_in(name: str) -> str:
    """Return the response's id that an item's name holds; empty if it holds none."""
    found = _UUID.search(name)
    return found.group() if found else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _shortened(response: str) -> str:
    """Return a response's id in 22 characters if it is a UUID."""
    if _UUID.fullmatch(response):
        return base64url.encode(UUID(response).bytes)
    return f"{_HOLDER_MARK}{response}"


def _lengthened(text: str) -> str:
    """Undo `_shortened`."""
    if text.startswith(_HOLDER_MARK):
        return text[1:]
    try:
        return str(UUID(bytes=base64url.decode(text)))
    except ValueError:
        return ""
