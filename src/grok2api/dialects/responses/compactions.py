"""Compacted conversations in the input: opaque to all but the account that made them.

Their content leaves the gateway marked with that account, and comes back with the mark; here it is taken off,
and read. Must never leave such an item out: it is the conversation.
Source: xai-api.md §2.3; `dialects/reasoning_origin.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from grok2api.dialects.reasoning_origin import origin_of
from grok2api.errors import InvalidRequest
from grok2api.kit.sealedid import SealedIds

_encode = msgspec.json.Encoder().encode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


class _Compaction(msgspec.Struct):
    type: str | None = None
    encrypted_content: str | None = None


_compaction = msgspec.json.Decoder(_Compaction).decode


class Opened(NamedTuple):
    """An input whose compacted conversations are as upstream wrote them."""

    content: bytes
    account: bytes | None
    """Hash of the account that made the last of them; None where none tells."""


def opened_compactions(content: bytes, ids: SealedIds, owner: str) -> Opened:
    """Take the marks off; an input without any is returned as it is.

    Raises:
        InvalidRequest: one was made for another client key.
    """
    if b'"compaction"' not in content or not content.startswith(b"["):
        return Opened(content, None)
    account: bytes | None = None
    items = _items(content)
    for place, raw in enumerate(items):
        if b'"compaction"' not in bytes(raw):
            continue
        try:
            told = _compaction(raw)
        except msgspec.ValidationError:
            continue
        if told.type != "compaction" or told.encrypted_content is None:
            continue
        origin = origin_of(ids, told.encrypted_content, owner)
        if origin.foreign:
            raise InvalidRequest(
                "This compacted conversation was not made for you.",
                param=f"input[{place}].encrypted_content",
            )
        if origin.account is not None:
            account = origin.account
            members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
            members["encrypted_content"] = msgspec.Raw(_encode(origin.content))
            items[place] = msgspec.Raw(_encode(members))
    return Opened(content if account is None else _encode(items), account)
