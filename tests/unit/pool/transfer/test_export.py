"""An export gives back what went in, to those who know its passphrase and to nobody else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.errors import InvalidRequest
from grok2api.pool.transfer.entry import Entry
from grok2api.pool.transfer.reading import read
from grok2api.pool.transfer.sealing import is_sealed, open_sealed, seal
from grok2api.pool.transfer.writing import write

PASSPHRASE = "correct horse"
CONTENT = b'{"hello":"world"}'
WORDS = st.text(max_size=20)
SECRET_TEXT = st.from_regex(r"[A-Za-z0-9._~+/-]{1,60}", fullmatch=True)
DESCRIPTION: dict[str, st.SearchStrategy[Any]] = {
    "name": WORDS,
    "tier": st.sampled_from((None, "basic", "super")),
    "tags": st.lists(WORDS, max_size=3).map(tuple),
    "priority": st.integers(-1_000_000, 1_000_000),
    "weight": st.integers(1, 1_000_000),
    "max_concurrency": st.integers(0, 1_000_000),
    "proxy": WORDS,
    "models": st.lists(WORDS, max_size=3).map(tuple),
    "note": WORDS,
    "enabled": st.booleans(),
}
KEYS = st.builds(Entry, kind=st.just("api_key"), place=st.just(""), key=SECRET_TEXT, **DESCRIPTION)
SIGN_INS = st.builds(
    Entry,
    kind=st.just("oauth"),
    place=st.just(""),
    refresh_token=SECRET_TEXT,
    access_token=st.just("") | SECRET_TEXT,
    expires_at=st.none() | st.floats(0, 1e10),
    issuer=WORDS,
    client_id=WORDS,
    subject=WORDS,
    email=WORDS,
    **DESCRIPTION,
)


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return seal(CONTENT, PASSPHRASE)


@given(st.lists(KEYS | SIGN_INS, max_size=4, unique_by=lambda entry: entry.key or entry.refresh_token))
def test_what_was_written_is_read_back_equal(entries: list[Entry]) -> None:
    parsed = read(write(entries))
    assert (parsed.format, list(parsed.entries), parsed.rejected) == ("grok2api", entries, ())
    assert [entry.place for entry in parsed.entries] == [f"entry {n + 1}" for n in range(len(entries))]


def test_a_sign_in_that_lost_its_refresh_token_survives_an_export() -> None:
    entry = Entry(kind="oauth", place="", access_token="abc", expires_at=5.0)
    assert read(write([entry])).entries == (entry,)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "api_key"},
        {"kind": "oauth"},
        {"kind": "oauth", "key": "a"},
        {"kind": "api_key", "refresh_token": "a"},
    ],
)
def test_an_entry_whose_secrets_do_not_fit_its_kind_is_rejected(fields: dict[str, str]) -> None:
    parsed = read(msgspec.json.encode({"grok2api_credentials": 1, "credentials": [fields]}))
    assert (parsed.entries, len(parsed.rejected)) == ((), 1)


def test_a_sealed_export_opens_with_its_passphrase(sealed: bytes) -> None:
    assert is_sealed(sealed)
    assert open_sealed(sealed, PASSPHRASE) == CONTENT
    assert open_sealed(b"\xef\xbb\xbf" + msgspec.json.format(sealed, indent=2), PASSPHRASE) == CONTENT
    assert b"hello" not in sealed
    assert sealed.isascii()


def test_no_two_exports_are_alike(sealed: bytes) -> None:
    assert seal(CONTENT, PASSPHRASE) != sealed


def test_a_passphrase_is_the_same_however_its_letters_are_composed() -> None:
    assert open_sealed(seal(CONTENT, "pässword"), "pa\u0308ssword") == CONTENT


def test_a_wrong_passphrase_is_told_without_a_hint(sealed: bytes) -> None:
    for wrong in ("correct hors", "", "x" * 2000):
        with pytest.raises(InvalidRequest, match="passphrase is wrong, or the file was changed") as caught:
            open_sealed(sealed, wrong)
        assert caught.value.param == "passphrase"
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 2**14),
        ("p", 2),
        ("salt", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("nonce", "AAAAAAAAAAAAAAAA"),
        ("ciphertext", ""),
        ("ciphertext", "A" * 60),
    ],
)
def test_a_changed_export_does_not_open(sealed: bytes, field: str, value: object) -> None:
    changed = msgspec.json.decode(sealed) | {field: value}
    with pytest.raises(InvalidRequest, match="passphrase is wrong, or the file was changed"):
        open_sealed(msgspec.json.encode(changed), PASSPHRASE)


@pytest.mark.parametrize(
    "change",
    [
        {"n": 2**24},
        {"n": 2**18, "r": 16},
        {"r": 2**40},
        {"p": 2**30},
        {"n": 10**30},
        {"n": 30_000},
        {"n": 1},
        {"n": 0},
        {"n": -8},
        {"r": 0},
        {"p": -1},
        {"kdf": "pbkdf2"},
        {"grok2api_export": 2},
        {"salt": "AA"},
        {"nonce": "%%%%"},
        {"ciphertext": "ключ"},
        {"more": 1},
        {"n": None},
    ],
    ids=str,
)
def test_parameters_that_cost_too_much_or_mean_nothing_are_refused_unworked(
    sealed: bytes, change: dict[str, object]
) -> None:
    with pytest.raises(InvalidRequest, match="no sealed export of a version known here") as caught:
        open_sealed(msgspec.json.encode(msgspec.json.decode(sealed) | change), PASSPHRASE)
    assert caught.value.param == "file"


@pytest.mark.parametrize("passphrase", ["", "1234567", "x" * 1025])
def test_a_passphrase_that_is_too_short_or_too_long_is_refused(passphrase: str) -> None:
    with pytest.raises(InvalidRequest, match="8 to 1024 characters") as caught:
        seal(CONTENT, passphrase)
    assert caught.value.param == "passphrase"


@pytest.mark.parametrize(
    "content", [b"", b"xai-abc", b"{}", b"[]", b"\xff\x00", b"[" * 100_000, b'{"grok2api_export":"1"}']
)
def test_what_is_not_sealed_is_told_apart(content: bytes) -> None:
    assert not is_sealed(content)
    with pytest.raises(InvalidRequest, match="no sealed export"):
        open_sealed(content, PASSPHRASE)


@given(st.binary())
def test_no_bytes_make_it_raise_anything_else(content: bytes) -> None:
    assert not is_sealed(content)
    with pytest.raises(InvalidRequest):
        open_sealed(content, PASSPHRASE)


def test_an_export_of_many_is_sealed_and_read_again() -> None:
    entries = [Entry(kind="api_key", place="", key=f"xai-{number:012}") for number in range(2000)]
    assert list(read(open_sealed(seal(write(entries), PASSPHRASE), PASSPHRASE)).entries) == entries
