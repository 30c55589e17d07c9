"""Codes of authenticator apps, against the vectors of their standard."""

from __future__ import annotations

from base64 import b32encode
from urllib.parse import parse_qs, urlsplit

import pytest

from grok2api.admin.one_time_codes import address_of_secret, code_of, new_code_secret, step_at, step_of

SECRET = b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_of(SECRET, step_at(seconds), digits=8) == code
    assert step_of(SECRET, code[2:], seconds) == step_at(seconds)


def test_a_code_counts_one_step_early_and_late_and_no_more() -> None:
    now = 1_000_000_000.0
    codes = {away: code_of(SECRET, step_at(now) + away) for away in range(-2, 3)}
    assert {away: step_of(SECRET, code, now) for away, code in codes.items()} == {
        -2: None,
        -1: step_at(now) - 1,
        0: step_at(now),
        1: step_at(now) + 1,
        2: None,
    }


@pytest.mark.parametrize("code", ["", "12345", "1234567", "१२३४५६", "abcdef", "\ud800"])
def test_what_is_no_code_is_none(code: str) -> None:
    assert step_of(SECRET, code, 59) is None


def test_an_app_reads_the_secret_off_the_address() -> None:
    secret = new_code_secret()
    address = urlsplit(address_of_secret(secret, "Zoë 灵", "grok2api"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query) == {"secret": [secret], "issuer": ["grok2api"]}
