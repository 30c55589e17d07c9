"""Items that the input only names (`item_reference`): read from it, and put in their place later.

The AI SDK replays what Grok said before as ids alone. What an id means is in the id itself; the item is
fetched by the gateway between the two halves of this module. Must never tell whether an id that is not this
key's own exists: unknown, foreign and gone are one sentence.
Source: openai-python `ItemReference`; xAI has no such item.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from grok2api.canonical.call import Call
from grok2api.canonical.references import ItemReference
from grok2api.dialects.fields import missing
from grok2api.dialects.responses.sealing import address_of, owned
from grok2api.errors import InvalidRequest, Unsupported
from grok2api.kit.sealedid import SealedIds

MOST_REFERENCES: Final = 2000
MOST_RESPONSES: Final = 500

_encode = msgspec.json.Encoder().encode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


class _Named(msgspec.Struct):
    """What tells a reference from an item."""

    type: str | None = None
    role: str | None = None
    id: str | None = None


_named = msgspec.json.Decoder(_Named).decode


def is_reference(kind: str | None, role: str | None) -> bool:
    """Tell whether an item only names another one: it says so, or it says nothing but an id."""
    return kind == "item_reference" or (kind is None and role is None)


def references_in(
    content: bytes, places: Sequence[int], ids: SealedIds, owner: str
) -> tuple[ItemReference, ...]:
    """Return what the items of an input at these places refer to.

    Raises:
        InvalidRequest: an id is not this owner's, or there are too many.
    """
    if not places:
        return ()
    if len(places) > MOST_REFERENCES:
        raise InvalidRequest(
            f"'input' refers to more than {MOST_REFERENCES} items. Use 'previous_response_id', or send the "
            "items themselves.",
            param="input",
        )
    items = _items(content)
    found = tuple(_reference(items[place], f"input[{place}].id", ids, owner) for place in places)
    if len({one.address.holder for one in found}) > MOST_RESPONSES:
        raise InvalidRequest(
            f"'input' refers to items of more than {MOST_RESPONSES} responses. Use 'previous_response_id', "
            "or send the items themselves.",
            param="input",
        )
    return found


def unknown_item(public_id: str, param: str) -> InvalidRequest:
    """Return the error for an item that is not there, or not for this key."""
    return InvalidRequest(f"No item found with id '{public_id[:256]}'.", param=param)


def placed(
    raw: bytes, call: Call, accounts: frozenset[bytes], *, without_reasoning: bool
) -> tuple[bytes, list[str]]:
    """Return an input with the items themselves where it refers to them, and the paths of what is left out.

    Encrypted reasoning that this account cannot read is left out, with its item.

    Raises:
        InvalidRequest: an item was never fetched.
        Unsupported: something would be left out under a strict key.

    Args:
        raw: The input, a list.
        call: Knows the references and what they resolved to.
        accounts: Hashes of the account that is asked.
        without_reasoning: Whether upstream refused encrypted reasoning before.
    """
    origins = {one.public_id: one for one in call.references}
    written: list[bytes] = []
    left_out: list[str] = []
    for item in _items(raw):
        told = _named(item)
        reference = origins.get(told.id or "") if is_reference(told.type, told.role) else None
        if reference is None:
            written.append(bytes(item))
            continue
        found = call.resolved.get(reference.public_id)
        if found is None:
            raise unknown_item(reference.public_id, reference.param)
        own = reference.account in accounts
        fitting = _fitting(found, own=own, readable=own and not without_reasoning)
        place = reference.param.removesuffix(".id")
        if fitting is None and call.caller.strict:
            raise Unsupported(
                f"'{place}' is encrypted reasoning that the account which serves cannot read.",
                param=place,
            )
        if fitting is None:
            left_out.append(place)
        else:
            written.append(fitting)
    return b"[%b]" % b",".join(written), left_out


def _reference(item: msgspec.Raw, param: str, ids: SealedIds, owner: str) -> ItemReference:
    public_id = _named(item).id
    if not public_id:
        raise missing(param)
    opened = owned(ids, public_id, owner)
    address = None if opened is None else address_of(opened)
    if opened is None or address is None:
        raise unknown_item(public_id, param)
    return ItemReference(public_id, param, opened.account_hash, address)


def _fitting(item: bytes, *, own: bool, readable: bool) -> bytes | None:
    """Return an item as an account may be sent it; None if only reading it would make it useful."""
    if own and readable:
        return item
    members = msgspec.json.decode(item, type=dict[str, msgspec.Raw])
    if bytes(members.get("type", b"")) == b'"reasoning"':
        return None
    if own:
        return item
    members.pop("id", None)
    return _encode(members)
