"""Which conversation a request belongs to, when its client does not say: a hash of how it begins.

A conversation is sent anew with every turn, and its beginning stays: what the model is told, and the first
thing a person said. Short requests that open a conversation have nothing in a cache yet that would be worth
a detour, and go wherever there is room. Must never keep or send what was said: only the hash leaves.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from grok2api.canonical.body import Body
from grok2api.kit.ids import header_safe

_WORTH_A_CACHE: Final = 2048
"""Bytes of a beginning from which on even the first turn looks for its cache."""
_LARGEST: Final = 8 * 1_048_576
_MOST_ITEMS: Final = 16
"""Items among which the first of a person is looked for."""


def affinity_of(key: object) -> str | None:
    """Return a client's own name for a conversation as it goes upstream; None if it is none."""
    return header_safe(key) if isinstance(key, str) and key else None


class _Role(msgspec.Struct):
    role: str | None = None


_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_role = msgspec.json.Decoder(_Role).decode


def conversation_of(body: Body, field: str, key_id: str) -> str | None:
    """Return a stable name for the conversation of a request; None if it is too short to have one.

    Args:
        body: The request.
        field: Where its messages are: `messages` or `input`.
        key_id: The client key; the same words under two keys are two conversations.
    """
    turns = body.raw(field)
    if turns is None or len(turns) > _LARGEST:
        return None
    told = body.raw("instructions") or b""
    head, continued = _beginning(turns)
    if not continued and len(told) + sum(map(len, head)) < _WORTH_A_CACHE:
        return None
    mark = blake2b(key_id.encode(), digest_size=16)
    for part in (told, *head):
        mark.update(len(part).to_bytes(8))
        mark.update(part)
    return f"head-{mark.hexdigest()}"


def _beginning(turns: bytes) -> tuple[list[bytes], bool]:
    """Return the items up to the first of a person, and whether anything follows it."""
    if not turns.lstrip().startswith(b"["):
        return [turns], False
    try:
        items = _items(turns)
        for place, item in enumerate(items[:_MOST_ITEMS]):
            if _role(item).role == "user":
                return [bytes(each) for each in items[: place + 1]], place + 1 < len(items)
    except (msgspec.DecodeError, RecursionError):
        return [turns], False
    return [bytes(each) for each in items[:1]], len(items) > 1
