"""An export that only its passphrase opens: scrypt makes the key, AES-256-GCM seals and authenticates.

The file is JSON text, so that it survives mail and clipboards. Its header (parameters, salt, nonce) is
authenticated with the content; its parameters are bounded before any work is done for a stranger's file.
Must never tell a wrong passphrase from a changed file, nor show a passphrase or a content.
Source: RFC 7914 (scrypt), NIST SP 800-38D (GCM).
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from grok2api.errors import InvalidRequest
from grok2api.kit import base64url

SHORTEST_PASSPHRASE: Final = 8
LONGEST_PASSPHRASE: Final = 1024
_VERSION: Final = 1
_COST: Final = 2**15
_BLOCK: Final = 8
_LANES: Final = 3
"""32 MiB and about a third of a second; as dear to guess as 2**17 with one lane, which takes 128 MiB."""

_MOST_MEMORY: Final = 256 * 1024 * 1024
_MOST_WORK: Final = 2**23
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_LARGEST: Final = 96 * 1024 * 1024
_MARK: Final = b"\xef\xbb\xbf"

_CLOSED: Final = "The export does not open: the passphrase is wrong, or the file was changed."
_DAMAGED: Final = "This is no sealed export of a version known here, or it is damaged."


class _Marker(msgspec.Struct):
    grok2api_export: int


class _Header(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    grok2api_export: Literal[1]
    kdf: Literal["scrypt"]
    n: int
    r: int
    p: int
    salt: str
    nonce: str


class _Sealed(_Header, forbid_unknown_fields=True, frozen=True):
    ciphertext: str


def is_sealed(content: bytes) -> bool:
    """Tell whether a file is a sealed export, of whatever version; it need not be intact."""
    try:
        msgspec.json.decode(content.removeprefix(_MARK), type=_Marker)
    except (ValueError, RecursionError):
        return False
    return True


def seal(content: bytes, passphrase: str) -> bytes:
    """Return the content sealed under a passphrase, as a line of JSON.

    Raises:
        InvalidRequest: The passphrase has fewer than 8 characters, or more than 1024.
    """
    if not SHORTEST_PASSPHRASE <= len(passphrase) <= LONGEST_PASSPHRASE:
        raise InvalidRequest(
            f"The passphrase needs {SHORTEST_PASSPHRASE} to {LONGEST_PASSPHRASE} characters.",
            param="passphrase",
        )
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    header = _Header(
        _VERSION, "scrypt", _COST, _BLOCK, _LANES, base64url.encode(salt), base64url.encode(nonce)
    )
    ciphertext = _cipher(header, salt, passphrase).encrypt(nonce, content, msgspec.json.encode(header))
    sealed = msgspec.structs.asdict(header) | {"ciphertext": base64url.encode(ciphertext)}
    return msgspec.json.encode(sealed) + b"\n"


def open_sealed(content: bytes, passphrase: str) -> bytes:
    """Return what was sealed under this passphrase.

    Raises:
        InvalidRequest: It is no sealed export, the passphrase is wrong, or the file was changed.
    """
    if len(content) > _LARGEST:
        raise InvalidRequest(_DAMAGED, param="file")
    try:
        sealed = msgspec.json.decode(content.removeprefix(_MARK), type=_Sealed)
        salt, nonce = base64url.decode(sealed.salt), base64url.decode(sealed.nonce)
        ciphertext = base64url.decode(sealed.ciphertext)
    except (ValueError, RecursionError):
        raise InvalidRequest(_DAMAGED, param="file") from None
    if len(salt) != _SALT_BYTES or len(nonce) != _NONCE_BYTES or not _affordable(sealed):
        raise InvalidRequest(_DAMAGED, param="file")
    named = msgspec.structs.asdict(sealed)
    del named["ciphertext"]
    try:
        return _cipher(sealed, salt, passphrase).decrypt(nonce, ciphertext, msgspec.json.encode(named))
    except InvalidTag:
        raise InvalidRequest(_CLOSED, param="passphrase") from None


def _affordable(header: _Header) -> bool:
    """Tell whether the work that a file asks for is bounded, and its parameters make sense."""
    cost, block, lanes = header.n, header.r, header.p
    if min(block, lanes) < 1 or cost < 2 or cost & (cost - 1):
        return False
    return 128 * cost * block <= _MOST_MEMORY and cost * block * lanes <= _MOST_WORK


def _cipher(header: _Header, salt: bytes, passphrase: str) -> AESGCM:
    """Return the cipher of a passphrase, whichever way its keyboard composes letters."""
    scrypt = Scrypt(salt=salt, length=_KEY_BYTES, n=header.n, r=header.r, p=header.p)
    typed = unicodedata.normalize("NFKC", passphrase[:LONGEST_PASSPHRASE])
    return AESGCM(scrypt.derive(typed.encode("utf-8", "surrogatepass")))
