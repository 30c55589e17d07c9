"""A sign-in as the pool keeps it: tokens sealed in one text, and the record that stands around them.

A sign-in is recognised by issuer and subject, so that signing in again renews it instead of making a second
one whose refreshes would revoke the first. Where nothing tells the subject, the refresh token itself stands
for it. Must never let a token out: not in a repr, not in an error, not in a field that is shown.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Final

import msgspec

from grok2api.canonical.identity import Identity
from grok2api.canonical.tokens import TokenSet
from grok2api.kit.ids import new_id, sane
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.pool.claims import Claims, claims_of
from grok2api.pool.health import HEALTHY
from grok2api.pool.importing import fingerprint, hint, secret_context
from grok2api.storage.records import Credential, Tier

_DEFAULT_TIER: Final[Tier] = "basic"
"""What a sign-in counts as while nothing tells its subscription: claiming too much would waste requests."""
_LONGEST_NAME: Final = 64
_EXPIRED: Final = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInTokens:
    """What the sealed secret of a sign-in holds.

    Attributes:
        client_id: Whom the tokens were issued to: a refresh must name the same one.
        subject: Who signed in, as far as the tokens told; empty if they did not.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    issuer: str = ""
    client_id: str = ""
    scope: str = ""
    subject: str = ""
    email: str = ""


def seal_tokens(tokens: SignInTokens, box: SecretBox, credential_id: str) -> str:
    """Return the secret of a credential's record that holds these tokens."""
    return box.seal(msgspec.json.encode(asdict(tokens)).decode(), secret_context(credential_id))


def open_tokens(record: Credential, box: SecretBox) -> SignInTokens | None:
    """Return what a sign-in's secret holds; None if it does not open here, or holds something else."""
    if record.kind != "oauth":
        return None
    try:
        told = msgspec.json.decode(box.open(record.secret, secret_context(record.id)), type=SignInTokens)
    except (SealBroken, msgspec.DecodeError, RecursionError):
        return None
    return told if told.access_token or told.refresh_token else None


def sign_in_fingerprint(issuer: str, subject: str, refresh_token: str, pepper: bytes) -> str:
    """Return the keyed hash by which the same sign-in is recognised.

    Args:
        issuer: Who knows the subject.
        subject: Who signed in; empty if nothing tells.
        refresh_token: Stands for the subject if that is empty.
        pepper: Key of the hash.
    """
    whose = f"subject\n{subject}" if subject else f"token\n{refresh_token}"
    return fingerprint(f"oauth\n{issuer.rstrip('/')}\n{whose}", pepper)


def account_of(team_id: str, subject: str, mark: str) -> str:
    """Return the id of the account that a credential belongs to.

    A team's id says it all: an API key of the same team shares its account, and what clients hold of it. A
    sign-in whose team is not known yet is an account of its user; one without either stands alone.

    Args:
        team_id: xAI's id of the team, or empty.
        subject: Who signed in, or empty.
        mark: The credential's fingerprint.
    """
    if team_id and sane(team_id):
        return f"team_{team_id}"
    return f"user_{subject}" if subject and sane(subject) else f"acct_{mark[:16]}"


def told_by(tokens: TokenSet) -> Claims:
    """Return what fresh tokens say about themselves; the id token is asked where the other is silent."""
    access, identity = claims_of(tokens.access_token), claims_of(tokens.id_token)
    return Claims(
        subject=access.subject or identity.subject or access.principal_id,
        principal_id=access.principal_id or identity.principal_id,
        team_id=access.team_id or identity.team_id,
        tier=access.tier or identity.tier,
        expires_at=access.expires_at,
        email=identity.email or access.email,
        issuer=access.issuer or identity.issuer,
        client_id=access.client_id or identity.client_id,
    )


def new_sign_in(
    tokens: TokenSet,
    *,
    issuer: str,
    client_id: str,
    box: SecretBox,
    pepper: bytes,
    now: float,
    name: str = "",
    tier: Tier | None = None,
    tags: tuple[str, ...] = (),
    proxy: str = "",
    identity: Identity | None = None,
) -> Credential:
    """Return the record of a sign-in that has just given its first tokens.

    Args:
        tokens: What the sign-in service gave.
        issuer: Address of that service.
        client_id: Whom it gave them to.
        box: Seals them.
        pepper: Key of the fingerprint.
        now: Wall time in seconds.
        name: What people call it; the e-mail address if empty.
        tier: What it may be used for; as the token says if None.
        tags: Free words.
        proxy: URL of the proxy to use, or empty.
        identity: Who it is, if upstream was asked already.
    """
    claims, identifier = told_by(tokens), new_id("cred")
    who = identity or Identity()
    mark = sign_in_fingerprint(issuer, claims.subject, tokens.refresh_token or tokens.access_token, pepper)
    team = who.team_id or claims.team_id
    shown = hint(tokens.refresh_token or tokens.access_token)
    kept = _first_kept(tokens, claims, issuer, client_id)
    return Credential(
        id=identifier,
        kind="oauth",
        name=name or claims.email[:_LONGEST_NAME] or shown,
        tier=tier or claims.tier or _DEFAULT_TIER,
        tags=tags,
        proxy=proxy,
        account_id=account_of(team, claims.subject, mark),
        team_id=team,
        user_id=who.user_id,
        login=claims.email,
        fingerprint=mark,
        hint=shown,
        secret=seal_tokens(kept, box, identifier),
        expires_at=expiry(tokens, claims, now),
        refreshed_at=now,
        generation=1,
        created_at=now,
        updated_at=now,
    )


def _first_kept(tokens: TokenSet, claims: Claims, issuer: str, client_id: str) -> SignInTokens:
    return SignInTokens(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        issuer=issuer,
        client_id=client_id,
        scope=tokens.scope,
        subject=claims.subject,
        email=claims.email,
    )


def renewed(
    record: Credential,
    tokens: TokenSet,
    *,
    former: SignInTokens | None,
    box: SecretBox,
    now: float,
    issuer: str = "",
    client_id: str = "",
    pepper: bytes | None = None,
) -> dict[str, object]:
    """Return the changes of a record that got new tokens.

    The tier follows the token when the token's own tier moved, so that one set by hand stays.

    Args:
        record: The record as stored.
        tokens: The new tokens; a refresh token that did not come stays as it was.
        former: The tokens before them; None if they do not open.
        box: Seals them.
        now: Wall time in seconds.
        issuer: Who gave them, if it is another one than before.
        client_id: Whom they were given to, if that is another one than before.
        pepper: Key of the fingerprint, which follows a subject that becomes known; None leaves it.
    """
    claims, before = told_by(tokens), former or SignInTokens(access_token="")
    kept = SignInTokens(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token or before.refresh_token,
        issuer=issuer or before.issuer,
        client_id=client_id or before.client_id,
        scope=tokens.scope or before.scope,
        subject=claims.subject or before.subject,
        email=claims.email or before.email,
    )
    changes: dict[str, object] = {
        "secret": seal_tokens(kept, box, record.id),
        "hint": hint(kept.refresh_token or kept.access_token),
        "expires_at": expiry(tokens, claims, now),
        "refreshed_at": now,
        "generation": record.generation + 1,
        "refresh_intent": "",
        "refresh_error": "",
        "refresh_dead": False,
        "updated_at": now,
    }
    if claims.tier is not None and claims.tier != claims_of(before.access_token).tier:
        changes["tier"] = claims.tier
    if claims.email and claims.email != record.login:
        changes["login"] = claims.email
    if record.status == _EXPIRED:
        changes.update(cleared())
    if pepper is not None and kept.subject and not before.subject:
        changes.update(_known(record, kept, claims, pepper))
    return changes


def _known(record: Credential, kept: SignInTokens, claims: Claims, pepper: bytes) -> dict[str, object]:
    """Return what changes once it is known who a sign-in is: its fingerprint, and its account."""
    mark = sign_in_fingerprint(kept.issuer, kept.subject, kept.refresh_token, pepper)
    known: dict[str, object] = {"fingerprint": mark}
    account = account_of(record.team_id or claims.team_id, kept.subject, mark)
    if account != record.account_id:
        known |= {"account_id": account, "former_accounts": (*record.former_accounts, record.account_id)}
        known["team_id"] = record.team_id or claims.team_id
    return known


def cleared() -> dict[str, object]:
    """Return the changes that put a credential's health back to where a new one's is."""
    return dict(HEALTHY)


def expiry(tokens: TokenSet, claims: Claims, now: float) -> float | None:
    """Return the wall time at which an access token ends: as the service said, else as the token says."""
    seconds = tokens.expires_in
    if seconds is not None and math.isfinite(seconds) and seconds > 0:
        return now + seconds
    return claims.expires_at
