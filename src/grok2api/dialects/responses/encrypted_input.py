"""Which account can read what is encrypted in an input, known before one is chosen.

Encrypted reasoning is a help: the account that wrote it serves if it can, and another one does without. A
compacted conversation is the conversation: nobody else can go on from it. Must never say whose something is.
Source: xai-api.md §2.3 (compact), §8 row 18.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from grok2api.dialects.reasoning_origin import Origin, origin_of
from grok2api.errors import InvalidRequest
from grok2api.kit.sealedid import SealedIds


class Readers(NamedTuple):
    """The accounts that a request is meant for."""

    preferred: bytes | None = None
    """Hash of the account that wrote the last of the reasoning."""
    pin: bytes | None = None
    """Hash of the only account that can serve."""
    pinned_by: str | None = None
    """Path of what needs it."""


class _Item(msgspec.Struct):
    type: str | None = None
    encrypted_content: msgspec.Raw = msgspec.Raw(b"null")


_MARK: Final = b'"enc_'
_items = msgspec.json.Decoder(list[_Item]).decode


def readers_of(raw: bytes | None, ids: SealedIds, owner: str, *, previous: bytes | None) -> Readers:
    """Return who can read an input that was checked.

    Args:
        raw: The input.
        ids: Opens the marks.
        owner: Id of the client key.
        previous: Hash of the account that holds the response it goes on from.

    Raises:
        InvalidRequest: a compacted conversation is not this key's, or needs an account that nothing else in
            the request can be served by.
    """
    readers = Readers(pin=previous, pinned_by=None if previous is None else "previous_response_id")
    content = b"" if raw is None else raw.strip()
    if not content.startswith(b"[") or _MARK not in content:
        return readers
    for place, item in enumerate(_items(content)):
        sealed = bytes(item.encrypted_content)
        if item.type not in {"reasoning", "compaction"} or not sealed.startswith(b'"'):
            continue
        origin = origin_of(ids, msgspec.json.decode(sealed, type=str), owner)
        if item.type == "compaction":
            readers = _pinned(readers, origin, f"input[{place}].encrypted_content")
        elif origin.account is not None and not origin.foreign:
            readers = readers._replace(preferred=origin.account)
    return readers


def _pinned(readers: Readers, origin: Origin, path: str) -> Readers:
    if origin.foreign:
        raise InvalidRequest(
            f"'{path}' cannot be read: it is no compacted conversation of this key.", param=path
        )
    if origin.account is None or origin.account == readers.pin:
        return readers
    if readers.pin is not None:
        raise InvalidRequest(
            f"'{path}' and '{readers.pinned_by}' come from different upstream accounts, and no account can "
            "read both. Go on from one of them.",
            param=path,
        )
    return readers._replace(pin=origin.account, pinned_by=path)
