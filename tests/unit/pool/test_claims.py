"""A token's own words are hints: read when they are there, and harmless when they are not."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.pool.claims import Claims, claims_of, payload_of, tier_of


def token(payload: object) -> str:
    parts = (b'{"alg":"none"}', msgspec.json.encode(payload), b"signature")
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_the_claims_of_an_access_token() -> None:
    payload = {
        "sub": "user-1",
        "principal_id": "team-7",
        "team_id": "team-7",
        "tier": 1,
        "exp": 1_800_000_000,
        "email": "a@example.com",
        "iss": "https://auth.x.ai/",
        "client_id": "client-1",
    }
    assert claims_of(token(payload)) == Claims(
        subject="user-1",
        principal_id="team-7",
        team_id="team-7",
        tier="super",
        expires_at=1_800_000_000.0,
        email="a@example.com",
        issuer="https://auth.x.ai",
        client_id="client-1",
    )
    assert payload_of(token(payload)) == payload


def test_the_client_may_be_named_as_the_authorised_party() -> None:
    assert claims_of(token({"azp": "client-2"})).client_id == "client-2"


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        (0, "basic"),
        (1, "super"),
        (2, "basic"),
        (3, "basic"),
        (4, "super"),
        (5, "super"),
        (6, "basic"),
        (99, "basic"),
        ("5", "super"),
        ("6", "basic"),
        ("free", "basic"),
        ("supergrok", "super"),
        ("SuperGrokPro", "super"),
        ("SuperGrokPlus", "super"),
        ("supergrok_heavy", "super"),
        ("heavy", "super"),
        ("SuperGrokLite", "basic"),
        ("XBasic", "basic"),
        ("x_premium", "basic"),
        ("XPremiumPlus", "super"),
        ("X Premium+", "super"),
        ("GrokPro", "super"),
        ("SUBSCRIPTION_TIER_SUPER_GROK_PRO", "super"),
        ("SUBSCRIPTION_TIER_SUPER_GROK_LITE", "basic"),
        ("something new", "basic"),
        ("", None),
        ("+++", "basic"),
        (None, None),
        (True, None),
        ([], None),
    ],
)
def test_a_subscription_means_a_tier(said: object, tier: str | None) -> None:
    assert tier_of(said) == tier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "opaque",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "a.é.c",
        "e30.W10.",
        "e30.MQ.",
        "x." + "A" * 20_000 + ".y",
    ],
)
def test_what_is_no_token_says_nothing(text: str) -> None:
    assert claims_of(text) == Claims()
    assert payload_of(text) == {}


def test_a_deeply_nested_payload_says_nothing() -> None:
    nested = urlsafe_b64encode(b"[" * 11_000).decode().rstrip("=")
    assert claims_of(f"e30.{nested}.") == Claims()


@pytest.mark.parametrize("expiry", [True, "soon", -5, 0, 1e300, 10**400, 1_800_000_000_000, None, [], {}])
def test_an_expiry_that_is_no_moment_in_seconds_is_left_out(expiry: object) -> None:
    payload = str({"exp": expiry}).replace("'", '"').replace("True", "true").replace("None", "null")
    encoded = urlsafe_b64encode(payload.encode()).decode().rstrip("=")
    assert claims_of(f"e30.{encoded}.").expires_at is None


def test_a_claim_of_another_type_or_beyond_measure_is_left_out() -> None:
    assert claims_of(token({"sub": 5, "email": ["a"], "iss": None, "team_id": "x" * 600})) == Claims()


@given(st.one_of(st.text(), st.from_regex(r"\A[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\Z")))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(claims_of(text), Claims)


@given(
    st.dictionaries(
        st.sampled_from(("sub", "exp", "tier", "iss", "email")),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_no_payload_makes_it_raise(payload: dict[str, object]) -> None:
    assert isinstance(claims_of(token(payload)), Claims)
