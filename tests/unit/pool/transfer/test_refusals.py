"""What gives no credential is named by its place, told why in a sentence, and never repeated."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from grok2api.pool.transfer import recognition
from grok2api.pool.transfer.entry import Rejected
from grok2api.pool.transfer.reading import read

KEY = "xai-0123456789abcdefghij"
REFRESH = "Rt0123456789abcdefghijklmnop"
BOTH = "It holds more than one credential; give each one its own line or object."
TokenMaker = Callable[..., str]


def json(value: object) -> bytes:
    return msgspec.json.encode(value)


def reasons(content: bytes, **options: str) -> list[str]:
    parsed = read(content, **options)
    assert parsed.entries == ()
    return [one.reason for one in parsed.rejected]


@pytest.mark.parametrize(
    "line",
    [
        "sso=abcdefgh",
        "sso-rw=abcdefgh",
        "cf_clearance=abcdefgh-1.2",
        "Cookie: theme=dark",
        "curl -H 'cookie: sso=abcdefgh' https://grok.com",
        "theme=dark; session=abcdefgh",
        "_ga=1;sso=abcdefgh;",
        "#HttpOnly_.grok.com\tTRUE\t/\tTRUE\t1800000000\tsso\tabcdefgh",
        ".grok.com\tTRUE\t/\tFALSE\t0\tid\tabcdefgh",
        "refresh: sso=abcdefgh",
    ],
)
def test_a_cookie_on_a_line_is_refused_with_the_reason(line: str) -> None:
    assert reasons(f"# Netscape HTTP Cookie File\n{line}\n".encode()) == [recognition.COOKIE]
    assert reasons(json([line])) == [recognition.COOKIE]
    assert reasons(json({"token": line})) == [recognition.COOKIE]


def test_the_reason_against_cookies_says_what_to_do_instead() -> None:
    assert "console.x.ai" in recognition.COOKIE
    assert "`grok2api login`" in recognition.COOKIE


def test_a_session_token_of_the_browser_is_refused_wherever_it_stands(token: TokenMaker) -> None:
    session = token(session_id="abcdefgh")
    assert reasons(f"{session}\n'{session}'\nrt:{session}".encode()) == [recognition.COOKIE] * 3
    for field in ("token", "access_token", "refresh_token", "sso", "api_key"):
        assert reasons(json({field: session})) == [recognition.COOKIE]
        assert reasons(f"{field}\n{session}\n".encode()) == [recognition.COOKIE]
    assert reasons(json({"grok2api_credentials": 1, "credentials": [{"key": session}]})) == [
        recognition.COOKIE
    ]


@pytest.mark.parametrize(
    ("document", "format_name", "count"),
    [
        ({"ssoBasic": [{"token": "abc"}, "def"], "ssoSuper": [{"token": KEY}]}, "token.json", 3),
        (
            [{"name": "sso", "value": KEY, "domain": ".grok.com"}, {"name": "a", "value": "", "path": "/"}],
            "cookies",
            2,
        ),
        ({"cookies": [{"name": "sso", "value": KEY}], "origins": []}, "cookies", 1),
        ({"cookie": "whatever"}, "json", 1),
    ],
)
def test_a_file_of_cookies_is_refused_one_by_one(document: object, format_name: str, count: int) -> None:
    parsed = read(json(document))
    assert (parsed.format, parsed.entries) == (format_name, ())
    assert parsed.rejected == tuple(Rejected(f"entry {n + 1}", recognition.COOKIE) for n in range(count))


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("sk-abcdefghijklmnopqrst", "client key of this gateway"),
        ("sk-proj-abcdefghijklmnop", "OpenAI"),
        ("sk-ant-oat01-abcdefghijkl", "Anthropic"),
        ("sk-or-v1-abcdefghijklmnop", "OpenRouter"),
        ("AIzaSyabcdefghijklmnopq", "Google"),
        ("gsk_abcdefghijklmnopqrst", "Groq"),
        ("ghp_abcdefghijklmnopqrst", "GitHub"),
        ("xai-token-abcdefghijklmn", "management key"),
    ],
)
def test_a_key_of_another_service_is_named(secret: str, said: str) -> None:
    for content in (secret.encode(), json({"api_key": secret}), json({"refresh_token": secret})):
        (reason,) = reasons(content)
        assert said in reason
        assert secret not in reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", recognition.NEITHER),
        (f"alice,{KEY}", recognition.NEITHER),
        (f"XAI_API_KEY={KEY}", recognition.NEITHER),
        ("alice@example.com:password1234", recognition.NEITHER),
        ("https://example.com/some/long/address", recognition.NEITHER),
        ("--------------------", recognition.NEITHER),
        (f"{KEY} alice", recognition.STRANGE),
        ("xai-", recognition.STRANGE),
        ("xai-ключ", recognition.STRANGE),
        ("xai-" + "x" * 509, recognition.KEY_TOO_LONG),
        ("x" * 8193, recognition.TOO_LONG),
        ("rt:" + "x" * 8193, recognition.TOO_LONG),
        ("rt:", recognition.TOO_SHORT),
        ("rt:short", recognition.TOO_SHORT),
        (f"rt:{KEY}", recognition.NOT_A_TOKEN),
        ("rt:two words here", recognition.STRANGE),
        ("\ud83d".encode("utf-8", "surrogatepass").decode("latin-1") * 8, recognition.NEITHER),
    ],
)
def test_a_line_that_is_neither_key_nor_token_is_told_why(line: str, reason: str) -> None:
    assert read(line.encode()).rejected == (Rejected("line 1", reason),)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, recognition.NOTHING),
        ({"name": "alice", "api_key": " ", "key": None}, recognition.NOTHING),
        ({"api_key": 5}, recognition.NO_TEXT),
        ({"api_key": "x" * 9000}, recognition.TOO_LONG),
        ({"api_key": REFRESH}, recognition.NOT_A_KEY),
        ({"refresh_token": KEY}, recognition.NOT_A_TOKEN),
        (
            {"api_key": KEY, "refresh_token": REFRESH},
            BOTH,
        ),
        ({"api_key": KEY, "key": REFRESH}, BOTH),
        ({"access_token": REFRESH}, recognition.ACCESS_ALONE),
        ({"auth_mode": "oidc", "key": REFRESH}, recognition.ACCESS_ALONE),
        ({"https://accounts.x.ai/sign-in": {"key": REFRESH}}, recognition.ACCESS_ALONE),
        ({"xai::api_key": {"key": REFRESH}}, recognition.NOT_A_KEY),
        ({"https://auth.x.ai::c": 5}, "It is neither a text nor an object with named fields."),
        ({"refresh_token": REFRESH, "issuer": "https://x.ai.example.com"}, recognition.FOREIGN_ISSUER),
        ({"refresh_token": REFRESH, "issuer": "http://auth.x.ai"}, recognition.FOREIGN_ISSUER),
        ({"refresh_token": REFRESH, "issuer": "https://[x.ai"}, recognition.FOREIGN_ISSUER),
        ({"refresh_token": REFRESH, "type": "claude"}, "It is a sign-in of claude, not of xAI."),
        ({"refresh_token": REFRESH, "type": "gemini-cli"}, "It is a sign-in of gemini-cli, not of xAI."),
        ({"refresh_token": REFRESH, "type": KEY}, "Its type is not xai."),
        ({"OPENAI_API_KEY": "abc", "tokens": {}}, recognition.FOREIGN_ISSUER),
        ({"claudeAiOauth": {"refreshToken": REFRESH}}, recognition.FOREIGN_ISSUER),
        ({"key": KEY, "weight": 0}, "The value of weight is not valid."),
        ({"key": KEY, "priority": "high"}, "The value of priority is not valid."),
        ({"key": KEY, "tier": KEY}, "The value of tier is not valid."),
        ({"key": KEY, "tags": [KEY, 5]}, "The value of tags is not valid."),
        ({"key": KEY, "enabled": "perhaps"}, "The value of enabled is not valid."),
        ({"key": KEY, "note": "x" * 8193}, "The value of note is not valid."),
        ([[KEY]], "It is neither a text nor an object with named fields."),
        (None, "It is neither a text nor an object with named fields."),
    ],
)
def test_an_object_without_one_good_credential_is_told_why(document: object, reason: str) -> None:
    assert reasons(json(document), format="json") == [reason]


def test_a_token_of_another_issuer_is_refused(token: TokenMaker) -> None:
    access = token(iss="https://auth.openai.com", sub="u")
    assert reasons(json({"tokens": {"access_token": access, "refresh_token": REFRESH}})) == [
        recognition.FOREIGN_ISSUER
    ]


def test_an_access_token_on_a_line_is_not_taken_for_a_refresh_token(token: TokenMaker) -> None:
    assert reasons(token(sub="u", tier=1, principal_type="User").encode()) == [recognition.ACCESS_ALONE]


@pytest.mark.parametrize(
    ("content", "rejected"),
    [
        (b'{"key": ', [("file", "It is no valid JSON.")]),
        (b"[" * 200_000, [("file", "It is no valid JSON.")]),
        (b'{"key":"abc"}\n{"key": \n', [("line 1", recognition.NEITHER), ("line 2", "It is no valid JSON.")]),
        (b"key,name\nhello,a,b,\n", [("line 2", "It has more cells than the header has columns; ")]),
        (b"name,key\nab\n", [("line 2", recognition.NOTHING)]),
        (
            b"key\n" + b"x" * 140_000 + b"\nhello",
            [("line 2", "It is no valid CSV; "), ("line 3", recognition.NEITHER)],
        ),
        (b'key\n"' + b"x\n" * 10, [("line 2", recognition.NEITHER)]),
        (
            b'{"grok2api_credentials":2,"credentials":[]}',
            [("file", "This export was written by another version")],
        ),
        (b'{"grok2api_credentials":1}', [("file", "Its credentials are not a list.")]),
        (b'{"grok2api_export":1,"ciphertext":"x"}', [("file", "This export is sealed; open it")]),
    ],
)
def test_a_broken_file_gives_a_reason_for_each_part(content: bytes, rejected: list[tuple[str, str]]) -> None:
    parsed = read(content)
    assert parsed.entries == ()
    assert [one.place for one in parsed.rejected] == [place for place, _ in rejected]
    for one, (_, beginning) in zip(parsed.rejected, rejected, strict=True):
        assert one.reason.startswith(beginning)


def test_a_table_without_a_column_for_secrets_is_not_guessed_at() -> None:
    (reason,) = reasons(f"alice,{KEY}\nbob,{KEY}\n".encode(), format="csv")
    assert "names no column with a secret" in reason


@pytest.mark.parametrize("name", ["$.xai-secretsecret", "` - at `$.secret`", "xai-secretsecret"])
def test_a_value_is_not_repeated_through_the_words_of_the_converter(name: str) -> None:
    own = {"grok2api_credentials": 1, "credentials": [{"kind": name, "key": KEY}]}
    assert reasons(json(own)) == ["The value of kind is not valid."]


def test_a_scope_is_named_only_if_it_cannot_be_a_secret() -> None:
    parsed = read(json({f"https://{KEY}::{REFRESH}": {"refresh_token": "abcdefgh"}}))
    assert [one.place for one in parsed.rejected] == ["entry 1"]


@pytest.mark.parametrize(
    "begin", [b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01"]
)
def test_an_archive_is_never_unpacked_and_says_what_to_do(begin: bytes) -> None:
    packed = begin + b"../../etc/cron.d/job" + KEY.encode()
    (reason,) = reasons(packed, file_name="keys.csv")
    assert "Unpack it yourself and import the file inside" in reason
    assert KEY not in reason
