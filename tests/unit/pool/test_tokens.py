"""What a sign-in's record holds, and by what it is recognised."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.canonical.identity import Identity
from grok2api.canonical.tokens import TokenSet
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.pool.importing import new_credential
from grok2api.pool.tokens import new_sign_in, open_tokens, renewed, sign_in_fingerprint
from grok2api.storage.records import Credential
from support.tiny_issuer import jwt

NOW = 1_795_000_000.0
ISSUER = "https://auth.x.ai"


@pytest.fixture(scope="module")
def keys() -> SecretBox:
    return SecretBox(KeyRing("a secret key of more than thirty-two characters"))


def tokens(refresh: str = "refresh-1", expires_in: float | None = 3600.0, **claims: object) -> TokenSet:
    access = jwt(**claims) if claims else "opaque-access"
    return TokenSet(access_token=access, refresh_token=refresh, expires_in=expires_in)


def made(keys: SecretBox, given: TokenSet, identity: Identity | None = None) -> Credential:
    return new_sign_in(
        given, issuer=ISSUER, client_id="client-1", box=keys, pepper=b"p", now=NOW, identity=identity
    )


def test_the_record_says_who_it_is_and_shows_no_token(keys: SecretBox) -> None:
    given = tokens(sub="ada", email="ada@example.com", tier=1, team_id="7f3e", exp=NOW + 60)
    record = made(keys, given)
    assert (record.kind, record.login, record.name) == ("oauth", "ada@example.com", "ada@example.com")
    assert (record.tier, record.team_id, record.account_id) == ("super", "7f3e", "team_7f3e")
    assert (record.expires_at, record.refreshed_at, record.generation) == (NOW + 3600, NOW, 1)
    for secret in (given.access_token, given.refresh_token):
        assert secret not in repr(record)
        assert secret not in record.secret
    kept = open_tokens(record, keys)
    assert kept is not None
    assert (kept.access_token, kept.refresh_token) == (given.access_token, "refresh-1")
    assert (kept.issuer, kept.client_id, kept.subject) == (ISSUER, "client-1", "ada")
    assert given.access_token not in repr(kept)


def test_a_key_of_the_same_team_shares_its_account_once_xai_was_asked(keys: SecretBox) -> None:
    assert made(keys, tokens(sub="ada"), Identity(team_id="7f3e")).account_id == "team_7f3e"
    assert made(keys, tokens(sub="ada")).account_id == "user_ada"
    assert made(keys, tokens()).account_id.startswith("acct_")
    assert made(keys, tokens(sub="a b\n")).account_id.startswith("acct_")


def test_the_same_person_is_recognised_however_the_tokens_change(keys: SecretBox) -> None:
    first, second = made(keys, tokens("one", sub="ada")), made(keys, tokens("two", sub="ada", n=2))
    assert first.fingerprint == second.fingerprint
    assert made(keys, tokens("one", sub="grace")).fingerprint != first.fingerprint
    assert made(keys, tokens("one")).fingerprint == made(keys, tokens("one")).fingerprint
    assert made(keys, tokens("one")).fingerprint != made(keys, tokens("two")).fingerprint
    assert sign_in_fingerprint(ISSUER + "/", "ada", "", b"p") == first.fingerprint
    assert sign_in_fingerprint("https://other.example", "ada", "", b"p") != first.fingerprint


def test_the_end_is_the_services_word_else_the_tokens_own_else_unknown(keys: SecretBox) -> None:
    assert made(keys, tokens(expires_in=None, sub="ada", exp=NOW + 60)).expires_at == NOW + 60
    assert made(keys, tokens(expires_in=None)).expires_at is None
    assert made(keys, tokens(expires_in=float("nan"))).expires_at is None


def test_a_secret_opens_only_where_it_belongs(keys: SecretBox) -> None:
    record = made(keys, tokens(sub="ada"))
    assert open_tokens(replace(record, id="cred_other"), keys) is None
    key = new_credential("xai-0123456789abcdef", box=keys, pepper=b"p", now=NOW)
    assert open_tokens(key, keys) is None
    assert open_tokens(replace(key, kind="oauth"), keys) is None


def test_new_tokens_keep_what_they_do_not_say(keys: SecretBox) -> None:
    record = replace(
        made(keys, tokens(sub="ada", tier=1)), status="expired", reason="over", refresh_dead=True
    )
    changes = renewed(record, tokens("", None), former=open_tokens(record, keys), box=keys, now=NOW + 10)
    after = replace(record, **changes)  # type: ignore[arg-type]
    kept = open_tokens(after, keys)
    assert kept is not None
    assert (kept.access_token, kept.refresh_token, kept.subject) == ("opaque-access", "refresh-1", "ada")
    assert (after.generation, after.expires_at, after.refreshed_at) == (2, None, NOW + 10)
    assert (after.status, after.reason, after.refresh_dead, after.tier) == ("active", "", False, "super")


def test_a_tier_set_by_hand_stays_until_the_tokens_own_moves(keys: SecretBox) -> None:
    record = replace(made(keys, tokens(sub="ada", tier=1)), tier="basic")
    former = open_tokens(record, keys)
    same = renewed(record, tokens(sub="ada", tier=1, n=2), former=former, box=keys, now=NOW)
    assert "tier" not in same
    moved = renewed(record, tokens(sub="ada", tier=0), former=former, box=keys, now=NOW)
    assert moved["tier"] == "basic"


def test_a_block_is_not_lifted_by_new_tokens(keys: SecretBox) -> None:
    record = replace(made(keys, tokens(sub="ada")), status="blocked", reason="xAI blocked it")
    assert "status" not in renewed(record, tokens(), former=None, box=keys, now=NOW)
