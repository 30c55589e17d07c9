"""From an entry of a file to a record of the pool, and back.

A sign-in whose access token says who it is and still lives is kept as it is. Any other one is kept as due
for a refresh, so that the running server exchanges its refresh token, once and journalled: an import never
spends a refresh token itself. Must never do I/O, and never let a secret into a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from grok2api.canonical.tokens import TokenSet
from grok2api.config.sections.calling import Oauth
from grok2api.errors import InvalidRequest
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.kit.slotted import replaced
from grok2api.operations.editing import Edit
from grok2api.operations.signing_in import OAUTH_OFF
from grok2api.operations.views import UNOPENED, open_secret
from grok2api.pool.claims import Claims, claims_of
from grok2api.pool.importing import new_credential
from grok2api.pool.proxy_seal import open_proxy, with_sealed_proxy
from grok2api.pool.tokens import (
    SignInTokens,
    account_of,
    new_sign_in,
    open_tokens,
    renewed,
    seal_tokens,
    sign_in_fingerprint,
    told_by,
)
from grok2api.pool.transfer.entry import Entry, Refused
from grok2api.storage.records import Credential

_LIVES: Final = 60.0
"""Seconds that an access token has to live on to be worth keeping."""
_LONG_OVER: Final = 0.0
"""The end of an access token that never was, so that a refresh is due at once."""
_LOST: Final = "Its access token has ended and it has no refresh token; sign in again."
_FOREIGN: Final = "It is a sign-in of another service than the setting oauth.issuer names."
_LONGEST_NAME: Final = 64
_DEAD: Final = "its refresh token is dead and its access token has ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What records are made with.

    Attributes:
        pepper: Key of the fingerprints.
        oauth: Whether sign-ins are allowed here, and of which service.
        now: Wall time in seconds.
    """

    box: SecretBox = field(repr=False)
    pepper: bytes = field(repr=False)
    oauth: Oauth
    now: float


def record_of(entry: Entry, making: Making) -> Credential:
    """Return the record that an entry becomes.

    Raises:
        Refused: it cannot be used here; the reason is a sentence.
    """
    try:
        described = _described(entry).checked()
        made = _key(entry, making) if entry.kind == "api_key" else _sign_in(entry, making)
        return replaced(made, with_sealed_proxy(described.changes(made), made.id, making.box))
    except InvalidRequest as error:
        raise Refused(error.public_message) from None


def revived(record: Credential, entry: Entry, making: Making) -> dict[str, object]:
    """Return the changes by which an entry brings back a sign-in that is in the pool and of no use.

    Empty if it needs no help, or if the entry holds nothing but what was refused already.
    """
    lost = record.refresh_dead or record.status == "expired"
    former = open_tokens(record, making.box)
    spent = former is not None and former.refresh_token == entry.refresh_token
    if record.kind != "oauth" or not lost or spent or not entry.refresh_token:
        return {}
    alive = _lives(entry, claims_of(entry.access_token), making.now)
    tokens = _token_set(entry if alive else replace(entry, access_token="", expires_at=None), making.now)
    changes = renewed(
        record,
        tokens,
        former=former,
        box=making.box,
        now=making.now,
        issuer=_issuer(entry, making),
        client_id=entry.client_id,
    )
    return changes if alive else {**changes, "expires_at": _LONG_OVER, "refreshed_at": None}


def entry_of(record: Credential, box: SecretBox) -> Entry:
    """Return the entry that gives this record again elsewhere.

    Raises:
        Refused: its secret does not open, or there is nothing of use in it.
    """
    try:
        proxy = open_proxy(record, box)
    except SealBroken:
        raise Refused(UNOPENED) from None
    described = {
        "name": record.name,
        "tier": record.tier,
        "tags": record.tags,
        "priority": record.priority,
        "weight": record.weight,
        "max_concurrency": record.max_concurrency,
        "proxy": proxy,
        "models": record.models,
        "note": record.note,
        "enabled": record.enabled,
    }
    base = Entry(kind=record.kind, place=record.id, **described)  # type: ignore[arg-type]
    if record.kind == "api_key":
        key = open_secret(record, box)
        if key is None:
            raise Refused(UNOPENED)
        return replace(base, key=key)
    tokens = open_tokens(record, box)
    if tokens is None:
        raise Refused(UNOPENED)
    if record.refresh_dead and not tokens.access_token:
        raise Refused(_DEAD)
    return replace(
        base,
        refresh_token="" if record.refresh_dead else tokens.refresh_token,
        access_token=tokens.access_token,
        expires_at=record.expires_at or None,
        issuer=tokens.issuer,
        client_id=tokens.client_id,
        subject=tokens.subject,
        email=tokens.email,
    )


def _described(entry: Entry) -> Edit:
    return Edit(
        name=entry.name or None,
        tier=entry.tier,
        tags=entry.tags,
        priority=entry.priority,
        weight=entry.weight,
        max_concurrency=entry.max_concurrency,
        proxy=entry.proxy,
        models=entry.models,
        note=entry.note,
        enabled=None if entry.enabled else False,
    )


def _key(entry: Entry, making: Making) -> Credential:
    return new_credential(entry.key, box=making.box, pepper=making.pepper, now=making.now)


def _sign_in(entry: Entry, making: Making) -> Credential:
    if not making.oauth.enabled:
        raise Refused(OAUTH_OFF)
    issuer, tokens = _issuer(entry, making), _token_set(entry, making.now)
    claims = told_by(tokens)
    subject, email = claims.subject or entry.subject, claims.email or entry.email
    client_id = entry.client_id or claims.client_id or making.oauth.client_id
    alive = bool(subject) and _lives(entry, claims, making.now)
    if not alive and not entry.refresh_token:
        raise Refused(_LOST)
    made = new_sign_in(
        tokens,
        issuer=issuer,
        client_id=client_id,
        box=making.box,
        pepper=making.pepper,
        now=making.now,
        name=email[:_LONGEST_NAME],
    )
    kept = SignInTokens(
        access_token=entry.access_token if alive else "",
        refresh_token=entry.refresh_token,
        issuer=issuer,
        client_id=client_id,
        subject=subject,
        email=email,
    )
    secret = entry.refresh_token or entry.access_token
    mark = sign_in_fingerprint(issuer, subject, secret, making.pepper)
    return replace(
        made,
        login=email,
        fingerprint=mark,
        account_id=account_of(made.team_id, subject, mark),
        secret=seal_tokens(kept, making.box, made.id),
        expires_at=made.expires_at if alive else _LONG_OVER,
        refreshed_at=making.now if alive else None,
    )


def _issuer(entry: Entry, making: Making) -> str:
    """Return the service that this server refreshes at; Refused if the sign-in is of another one."""
    own = making.oauth.issuer
    told = (entry.issuer or claims_of(entry.access_token).issuer).rstrip("/")
    if told and told != own and not (_of_xai(told) and _of_xai(own)):
        raise Refused(_FOREIGN)
    return own


def _of_xai(url: str) -> bool:
    try:
        return f".{urlsplit(url).hostname or ''}".endswith(".x.ai")
    except ValueError:
        return False


def _token_set(entry: Entry, now: float) -> TokenSet:
    """Return the tokens as a service would have given them."""
    end = _end(entry, claims_of(entry.access_token))
    return TokenSet(
        access_token=entry.access_token,
        refresh_token=entry.refresh_token,
        expires_in=None if end is None else max(0.0, end - now),
    )


def _lives(entry: Entry, claims: Claims, now: float) -> bool:
    """Tell whether the access token can still be used for a while; one whose end nobody tells cannot."""
    end = _end(entry, claims)
    return bool(entry.access_token) and end is not None and end > now + _LIVES


def _end(entry: Entry, claims: Claims) -> float | None:
    return claims.expires_at if entry.expires_at is None else entry.expires_at
