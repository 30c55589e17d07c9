"""Judges an ID token: who signed it, for whom, when, and for which sign-in. Pure.

Only signatures that a public key checks are looked at, and a key is only used for the kind of signature that
it is made for: `none` and shared secrets are no signatures here. Must never return claims that one check
failed.
Source: OpenID Connect Core 1.0, 3.1.3.6 to 3.1.3.8; RFC 8725.
"""

from __future__ import annotations

import hashlib
import hmac
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

import msgspec
from joserfc import jwk, jws
from joserfc.errors import JoseError, SecurityWarning

from grok2api.kit import base64url

SKEW: Final = 60.0
"""Seconds by which the clocks of two hosts may differ."""
LONGEST: Final = 64 * 1024
"""Characters of a token."""
_LONGEST_SUBJECT: Final = 255
_SMALLEST_RSA: Final = 2048
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "RS256": ("RSA", ""),
    "PS256": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
"""The signatures that are taken, and the kind of key and its curve that each of them needs."""

Claims = Mapping[str, Any]


class NotTrusted(Exception):
    """A token that fails a check; the message says which, for the log."""


class UnknownKey(NotTrusted):
    """No key that is known fits; the provider may have a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token has to say.

    Attributes:
        issuer: Who has to have made it.
        audience: Our client id.
        nonce: Of the sign-in that it ends.
        access_token: What came with it; empty if nothing did.
        now: Wall time.
    """

    issuer: str
    audience: str
    nonce: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    now: float


def read(token: str, keys: Sequence[Mapping[str, Any]], expected: Expected) -> Claims:
    """Return the claims of a token that passes every check.

    Args:
        token: As the provider sent it.
        keys: Its keys, as JSON Web Keys.
        expected: What it has to say.

    Raises:
        UnknownKey: none of the keys fits.
        NotTrusted: a check failed.
    """
    header = _header(token)
    algorithm = header["alg"]
    claims = _signed(token, algorithm, _key(keys, algorithm, header.get("kid")))
    _check_parties(claims, expected)
    _check_times(claims, expected.now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not _same(nonce, expected.nonce):
        raise NotTrusted("the nonce is another one")
    if "at_hash" in claims and claims["at_hash"] != _half_hash(expected.access_token, algorithm):
        raise NotTrusted("at_hash does not fit the access token")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise NotTrusted("sub is missing or too long")
    return claims


def _header(token: str) -> Mapping[str, Any]:
    """Return a header that names a signature that is taken."""
    parts = token.split(".")
    if len(token) > LONGEST or len(parts) != 3:
        raise NotTrusted("it is no signed token")
    try:
        header = msgspec.json.decode(base64url.decode(parts[0]), type=dict[str, Any])
    except (ValueError, msgspec.DecodeError):
        raise NotTrusted("its header cannot be read") from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _KINDS:
        raise NotTrusted(f"alg {str(algorithm)[:20]!r} is not taken")
    if "crit" in header:
        raise NotTrusted("it asks for an extension that is not known")
    return header


def _key(keys: Sequence[Mapping[str, Any]], algorithm: str, name: object) -> Mapping[str, Any]:
    """Return the one key that fits; a token that names none may be checked by an only key."""
    fitting = [each for each in keys if _fits(each, algorithm) and (name is None or each.get("kid") == name)]
    if len(fitting) != 1:
        raise UnknownKey("no key fits" if not fitting else "several keys fit, and it names none")
    return fitting[0]


def _fits(key: Mapping[str, Any], algorithm: str) -> bool:
    kind, curve = _KINDS[algorithm]
    return (
        key.get("kty") == kind
        and (not curve or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and (key.get("alg") in {None, algorithm} or kind == "OKP")
    )


def _signed(token: str, algorithm: str, key: Mapping[str, Any]) -> Claims:
    """Return the claims of a token whose signature is right."""
    if key["kty"] == "RSA" and _bits(key.get("n")) < _SMALLEST_RSA:
        raise NotTrusted(f"the key has less than {_SMALLEST_RSA} bits")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # EdDSA has got another name, RFC 9864
            public = jwk.import_key(dict(key))
            content = jws.deserialize_compact(token, public, algorithms=[algorithm]).payload
        return msgspec.json.decode(content, type=dict[str, Any])
    except (JoseError, ValueError, TypeError, msgspec.DecodeError):
        raise NotTrusted("the signature is wrong, or what it covers cannot be read") from None


def _bits(modulus: object) -> int:
    try:
        return int.from_bytes(base64url.decode(str(modulus))).bit_length()
    except ValueError:
        return 0


def _check_parties(claims: Claims, expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise NotTrusted(f"iss is {str(claims.get('iss'))[:200]!r}, not {expected.issuer!r}")
    told = claims.get("aud")
    audience = [told] if isinstance(told, str) else told
    if not isinstance(audience, list) or expected.audience not in audience:
        raise NotTrusted("aud does not name this client")
    party = claims.get("azp")
    if party != expected.audience and (party is not None or len(audience) > 1):
        raise NotTrusted("azp does not name this client")


def _check_times(claims: Claims, now: float) -> None:
    ends, made, begins = (claims.get(name) for name in ("exp", "iat", "nbf"))
    if not _is_time(ends) or ends <= now - SKEW:
        raise NotTrusted("it has expired, or does not say when it does")
    if not _is_time(made) or made > now + SKEW:
        raise NotTrusted("it was made in the future, or does not say when")
    if begins is not None and (not _is_time(begins) or begins > now + SKEW):
        raise NotTrusted("it is not valid yet")


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _half_hash(text: str, algorithm: str) -> str:
    kind = hashlib.sha512 if _KINDS[algorithm][0] == "OKP" else hashlib.sha256
    digest = kind(text.encode("utf-8", "surrogatepass")).digest()
    return base64url.encode(digest[: len(digest) // 2])


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
