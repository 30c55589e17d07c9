"""Secrets at rest: sealed text that only this installation can open, and only in its own place.

AES-256-GCM under a ring of keys. A sealed text names the key that made it, so that a new secret can
take over while older texts still open; the context (say `credentials/<id>/secret`) is authenticated,
so that a sealed text moved to another row does not open there.
Must never show a key or a plain text: not in a repr, not in an error.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from grok2api.kit import base64url

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST_SECRET: Final = 32
_PURPOSE: Final = "grok2api secretbox v1"
_VERSION: Final = "v1"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class SealBroken(ValueError):
    """A sealed text does not open: it was changed, moved to another context, or never was one."""


class UnknownSealKey(SealBroken):
    """A sealed text was made with a key that is not on the ring."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the text was sealed with another key (key id {key_id})")
        self.key_id = key_id


class KeyRing:
    """The current secret and the ones before it; every key in use is derived from these.

    What seals changes with the current secret. What names things (hashes of keys, ids given to clients) must
    not, or nobody would be known any more: it is derived from the root, which a store fixes (`storage.root`).

    Args:
        current: Any string of 32 or more characters; new texts are sealed under it.
        previous: Older secrets, which still open what they sealed.
        root: What `derive` derives from; the current secret if it is not given.

    Raises:
        ValueError: A secret is too short.
    """

    __slots__ = ("_root", "_secrets")

    def __init__(self, current: str, previous: Sequence[str] = (), *, root: str = "") -> None:
        ring = (current, *previous)
        if any(len(secret) < SHORTEST_SECRET for secret in ring):
            raise ValueError(f"a secret key needs {SHORTEST_SECRET} or more characters")
        self._secrets = tuple(secret.encode("utf-8", "surrogatepass") for secret in ring)
        self._root = root.encode("utf-8", "surrogatepass") or self._secrets[0]

    @property
    def root(self) -> str:
        """The secret that `derive` derives from."""
        return self._root.decode("utf-8", "surrogatepass")

    def rooted(self, root: str) -> KeyRing:
        """Return the same ring with another root."""
        current, *previous = (secret.decode("utf-8", "surrogatepass") for secret in self._secrets)
        return KeyRing(current, previous, root=root)

    def maker(self, sealed: str) -> str:
        """Return the secret that sealed a text. Raises as `SecretBox.open`."""
        key_id = _parse(sealed)[0]
        for secret in self._secrets:
            if _key_id(_derive(secret, _PURPOSE, _KEY_BYTES)) == key_id:
                return secret.decode("utf-8", "surrogatepass")
        raise UnknownSealKey(key_id)

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """Return the root's key for `purpose`: `length` bytes that tell nothing of other purposes."""
        return _derive(self._root, purpose, length)

    def derive_all(self, purpose: str, length: int = 32) -> tuple[bytes, ...]:
        """Return the keys for `purpose`, the current one first."""
        return tuple(_derive(secret, purpose, length) for secret in self._secrets)


class SecretBox:
    """Seals and opens text under a ring of keys."""

    __slots__ = ("_ciphers", "_current")

    def __init__(self, ring: KeyRing) -> None:
        keys = ring.derive_all(_PURPOSE)
        self._current = _key_id(keys[0])
        self._ciphers = {_key_id(key): AESGCM(key) for key in reversed(keys)}

    def seal(self, plaintext: str, context: str) -> str:
        """Return `v1:<key id>:<nonce>:<ciphertext>`, which opens only under the same `context`."""
        return self.seal_bytes(plaintext.encode(), context)

    def seal_bytes(self, plaintext: bytes, context: str) -> str:
        """Return the same for bytes that need not be text."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[self._current].encrypt(nonce, plaintext, context.encode())
        return ":".join((_VERSION, self._current, base64url.encode(nonce), base64url.encode(ciphertext)))

    def open(self, sealed: str, context: str) -> str:
        """Return the plain text of `sealed`.

        Raises:
            UnknownSealKey: It was sealed with a key that is not on the ring.
            SealBroken: It was changed, belongs to another context, or is no sealed text.
        """
        return self.open_bytes(sealed, context).decode()

    def open_bytes(self, sealed: str, context: str) -> bytes:
        """Return the plain bytes of `sealed`. Raises as `open`."""
        key_id, nonce, ciphertext = _parse(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownSealKey(key_id)
        try:
            return cipher.decrypt(nonce, ciphertext, context.encode())
        except InvalidTag:
            raise SealBroken("the sealed text was changed, or belongs elsewhere") from None

    def needs_rotation(self, sealed: str) -> bool:
        """Tell whether `sealed` was made with another key than the current one. Raises SealBroken."""
        return _parse(sealed)[0] != self._current


def is_sealed(text: str) -> bool:
    """Tell whether a text looks like a sealed one, whoever sealed it."""
    return text.startswith(f"{_VERSION}:")


def _derive(secret: bytes, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"key id" + key).hexdigest()[:8]


def _parse(sealed: str) -> tuple[str, bytes, bytes]:
    """Return key id, nonce and ciphertext of a sealed text."""
    parts = sealed.split(":")
    if len(parts) != 4 or parts[0] != _VERSION:
        raise SealBroken("this is no sealed text of a version known here")
    try:
        nonce, ciphertext = base64url.decode(parts[2]), base64url.decode(parts[3])
    except ValueError:
        raise SealBroken("the sealed text is damaged") from None
    if len(nonce) != _NONCE_BYTES:
        raise SealBroken("the sealed text is damaged")
    return parts[1], nonce, ciphertext
