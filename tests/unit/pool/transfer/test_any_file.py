"""No file makes the reader raise, and no secret of one can be read in a reason, a place or a repr."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from grok2api.pool.transfer.entry import Parsed
from grok2api.pool.transfer.reading import FORMATS, read

SECRET = "S3cr3tS3cr3tS3cr3t"
SECRETS = st.sampled_from(
    (
        f"xai-{SECRET}",
        f"sk-{SECRET}",
        SECRET,
        f"sso={SECRET}",
        f"rt:{SECRET}",
        f'"{SECRET}"',
        f"xai-{SECRET} name",
        f"$.{SECRET}",
        f"` at `$.{SECRET}`",
    )
)
NAMES = st.sampled_from(
    (
        "key",
        "api_key",
        "refresh_token",
        "access_token",
        "token",
        "type",
        "kind",
        "tier",
        "weight",
        "enabled",
        "tags",
        "expires_at",
        "issuer",
        "auth_mode",
        "credentials",
        "cookies",
        "ssoBasic",
        "grok2api_credentials",
        "https://auth.x.ai::client",
        "xai::api_key",
        "place",
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | SECRETS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text() | SECRETS, inner, max_size=4)
    ),
    max_leaves=12,
)
HINTS = st.one_of(st.none(), st.sampled_from(FORMATS))


def shown(parsed: Parsed) -> str:
    """Return what people see of a reading, without the texts that the file itself puts beside a secret."""
    bare = [(entry.kind, entry.place, entry.tier, entry.expires_at) for entry in parsed.entries]
    return repr((parsed.format, bare, parsed.rejected))


@given(st.binary(), HINTS)
def test_no_bytes_make_it_raise(content: bytes, hint: str | None) -> None:
    assert isinstance(read(content, format=hint), Parsed)


@given(st.text(), HINTS, st.sampled_from(("", "a.csv", "a.jsonl", "a.json")))
def test_no_text_makes_it_raise(content: str, hint: str | None, file_name: str) -> None:
    read(content.encode("utf-8", "surrogatepass"), file_name=file_name, format=hint)


@given(VALUES, HINTS)
def test_no_json_makes_it_raise_or_tell_a_secret(value: object, hint: str | None) -> None:
    parsed = read(msgspec.json.encode(value, enc_hook=str), format=hint)
    assert SECRET not in shown(parsed)


@given(st.lists(SECRETS | st.text(), max_size=8), st.sampled_from(("\n", "\r\n", ",", ";", "\t", " ")))
def test_no_lines_make_it_tell_a_secret(lines: list[str], between: str) -> None:
    parsed = read(between.join(lines).encode("utf-8", "surrogatepass"))
    assert SECRET not in shown(parsed)


@given(st.lists(SECRETS, min_size=1, max_size=8))
def test_every_line_has_a_result(lines: list[str]) -> None:
    parsed = read("\n".join(lines).encode())
    places = [entry.place for entry in parsed.entries] + [one.place for one in parsed.rejected]
    assert sorted(places) == [f"line {number}" for number in range(1, len(lines) + 1)]


@given(st.lists(SECRETS, min_size=1, max_size=8))
def test_the_repr_of_what_was_read_holds_no_secret(lines: list[str]) -> None:
    parsed = read("\n".join(lines).encode())
    assert SECRET not in repr(parsed)
