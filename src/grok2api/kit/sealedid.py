"""Ids for clients that carry their own route: whose account made the object, and who may ask for it.

AES-SIV (RFC 5297) is deterministic, so one upstream id always becomes the same public id, and it is
authenticated, so an id can be neither made up nor moved to another prefix. Nothing has to be stored.
Must never raise on what a stranger sends, and must never say why an id was refused.
"""

from __future__ import annotations

import hashlib
import re
from binascii import unhexlify
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from grok2api.kit import base64url

LONGEST_UPSTREAM_ID: Final = 256
_HASH_BYTES: Final = 8
_HASHES_KEPT: Final = 4096
_TAG_BYTES: Final = 16
_UUID_BYTES: Final = 16
_BODY_AT: Final = 2 * _HASH_BYTES + 1
_LONGEST_SEALED: Final = -(-(_TAG_BYTES + _BODY_AT + LONGEST_UPSTREAM_ID) * 4 // 3)
_PLAIN: Final = 0
"""The layout byte of an id kept as text; any other value is 1 + the length of what precedes the UUID."""

_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}\Z")
_UUID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class SealedId:
    """What a public id says.

    Attributes:
        prefix: What stands before the first underscore.
        account_hash: 8 bytes, to be compared with `SealedIds.account_hash(account)`.
        owner_hash: 8 bytes, to be compared with `SealedIds.owner_hash(owner)`.
        upstream_id: The id as upstream wrote it.
    """

    prefix: str
    account_hash: bytes
    owner_hash: bytes
    upstream_id: str


class SealedIds:
    """Makes and reads public ids under one key of 32, 48 or 64 bytes."""

    __slots__ = ("_cipher", "_marks")

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)
        self._marks: dict[str, list[bytes]] = {}
        """What is authenticated beside the content, by prefix; only the prefixes that are sealed with."""

    @staticmethod
    def account_hash(account: str) -> bytes:
        """Return the 8 bytes that stand for an account in an id."""
        return _short_hash(account, b"account")

    @staticmethod
    def owner_hash(owner: str) -> bytes:
        """Return the 8 bytes that stand for an owner, the client key's id, in an id."""
        return _short_hash(owner, b"owner")

    def seal(self, prefix: str, *, account: str, owner: str, upstream_id: str) -> str:
        """Return `prefix_` and letters, digits, `-`, `_`: the same for the same arguments.

        Raises:
            ValueError: The prefix is not 1 to 32 letters and digits, or the upstream id is over 256 bytes.
        """
        return self.seal_on(self.route(account, owner), prefix, upstream_id)

    def route(self, account: str | bytes, owner: str) -> bytes:
        """Return what all ids of one answer have in common, to be made once; bytes are an account's hash."""
        known = account if isinstance(account, bytes) else self.account_hash(account)
        return known + self.owner_hash(owner)

    def seal_on(self, route: bytes, prefix: str, upstream_id: str) -> str:
        """Return the public id for a route that `route` made.

        Raises:
            ValueError: The prefix is not 1 to 32 letters and digits, or the upstream id is over 256 bytes.
        """
        mark = self._marks.get(prefix)
        if mark is None:
            if _PREFIX.match(prefix) is None:
                raise ValueError("the prefix of an id is made of letters and digits")
            mark = self._marks[prefix] = [prefix.encode()]
        sealed = self._cipher.encrypt(route + _pack(upstream_id), mark)
        return f"{prefix}_{base64url.encode(sealed)}"

    def open(self, public_id: str) -> SealedId | None:
        """Return what the id says, or None if it was not made here, with this key, exactly so."""
        prefix, _, text = public_id.partition("_")
        if len(text) > _LONGEST_SEALED or _PREFIX.match(prefix) is None:
            return None
        try:
            payload = self._cipher.decrypt(base64url.decode(text), [prefix.encode()])
            upstream_id = _unpack(payload)
        except (InvalidTag, ValueError, IndexError):
            return None
        return SealedId(prefix, payload[:_HASH_BYTES], payload[_HASH_BYTES : 2 * _HASH_BYTES], upstream_id)


@lru_cache(maxsize=_HASHES_KEPT)
def _short_hash(text: str, person: bytes) -> bytes:
    return hashlib.blake2b(_encode(text), digest_size=_HASH_BYTES, person=person).digest()


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _pack(upstream_id: str) -> bytes:
    """Return the layout byte and the id: the first UUID in it as 16 bytes, what stands around it as text."""
    encoded = _encode(upstream_id)
    if len(encoded) > LONGEST_UPSTREAM_ID:
        raise ValueError(f"an upstream id has {LONGEST_UPSTREAM_ID} bytes at most")
    found = _UUID.search(encoded)
    if found is None:
        return bytes((_PLAIN,)) + encoded
    start, end = found.span()
    digits = unhexlify(encoded[start:end].replace(b"-", b""))
    return b"%c%b%b%b" % (1 + start, encoded[:start], digits, encoded[end:])


def _unpack(payload: bytes) -> str:
    """Return the upstream id of an authentic payload."""
    layout, body = payload[_BODY_AT - 1], payload[_BODY_AT:]
    if layout == _PLAIN:
        return body.decode("utf-8", "surrogatepass")
    start, end = layout - 1, layout - 1 + _UUID_BYTES
    digits = body[start:end].hex()
    middle = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return (
        body[:start].decode("utf-8", "surrogatepass") + middle + body[end:].decode("utf-8", "surrogatepass")
    )
