"""Files of every maker are told apart by their content and give the credentials that they hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from grok2api.errors import InvalidRequest
from grok2api.pool.transfer.entry import Entry, Parsed
from grok2api.pool.transfer.reading import read

KEY = "xai-0123456789abcdefghij"
OTHER = "xai-another-key-abcdefgh"
REFRESH = "Rt0123456789abcdefghijklmnop"
ACCESS = "At0123456789abcdefghijklmnop"
CLIENT = "b1a00492-073a-47ea-816f-4c329264a828"
SCOPE = f"https://auth.x.ai::{CLIENT}"
TokenMaker = Callable[..., str]


def json(value: object) -> bytes:
    return msgspec.json.encode(value)


def secrets(parsed: Parsed) -> list[tuple[str, str]]:
    return [(entry.place, entry.key or entry.refresh_token) for entry in parsed.entries]


@pytest.mark.parametrize(
    ("content", "format_name", "found"),
    [
        (b"", "txt", []),
        (b" \r\n\r\n", "txt", []),
        (KEY.encode(), "txt", [("line 1", KEY)]),
        (f"# my keys\n\n{KEY}\n{REFRESH}\n".encode(), "txt", [("line 3", KEY), ("line 4", REFRESH)]),
        (f"{KEY}\r\n{OTHER}\r\n".encode(), "txt", [("line 1", KEY), ("line 2", OTHER)]),
        (f"{KEY}\r{OTHER}".encode(), "txt", [("line 1", KEY), ("line 2", OTHER)]),
        (f"\ufeff{KEY}\n".encode(), "txt", [("line 1", KEY)]),
        (f"{KEY}\r\n".encode("utf-16"), "txt", [("line 1", KEY)]),
        (f"\"{KEY}\",\n '{OTHER}' \n".encode(), "txt", [("line 1", KEY), ("line 2", OTHER)]),
        (
            f"refresh: {REFRESH}\nRT:short-token".encode(),
            "txt",
            [("line 1", REFRESH), ("line 2", "short-token")],
        ),
        (json([KEY, f"rt:{REFRESH}"]), "json", [("entry 1", KEY), ("entry 2", REFRESH)]),
        (json([{"key": KEY}, {"token": REFRESH}]), "json", [("entry 1", KEY), ("entry 2", REFRESH)]),
        (json({"credentials": [{"apiKey": KEY}, OTHER]}), "json", [("entry 1", KEY), ("entry 2", OTHER)]),
        (json({"api_key": KEY}), "json", [("entry 1", KEY)]),
        (b"\xef\xbb\xbf" + json({"refreshToken": REFRESH}), "json", [("entry 1", REFRESH)]),
        (
            json({"api_key": KEY}) + b"\r\n\r\n" + json({"refresh_token": REFRESH}),
            "jsonl",
            [("line 1", KEY), ("line 3", REFRESH)],
        ),
        (json(KEY) + b"\n" + json({"key": OTHER}), "jsonl", [("line 1", KEY), ("line 2", OTHER)]),
        (f"{KEY}\n".encode() + json({"key": OTHER}), "jsonl", [("line 1", KEY), ("line 2", OTHER)]),
        (f"api_key\n{KEY}\n\n{OTHER}".encode(), "csv", [("line 2", KEY), ("line 4", OTHER)]),
        (f"Name;Refresh Token\na;{REFRESH}\n".encode(), "csv", [("line 2", REFRESH)]),
        (f'"note"\t"key"\n"two\nlines"\t{KEY}\n'.encode(), "csv", [("line 2", KEY)]),
        (
            json({SCOPE: {"key": ACCESS, "refresh_token": REFRESH}, "xai::api_key": {"key": KEY}}),
            "grok-cli",
            [(f"scope {SCOPE}", REFRESH), ("scope xai::api_key", KEY)],
        ),
        (json({"type": "xai", "refresh_token": REFRESH}), "cliproxyapi", [("entry 1", REFRESH)]),
    ],
)
def test_a_file_gives_its_credentials(content: bytes, format_name: str, found: list[tuple[str, str]]) -> None:
    parsed = read(content)
    assert (parsed.format, secrets(parsed), parsed.rejected) == (format_name, found, ())


def test_a_line_tells_a_key_from_a_refresh_token(token: TokenMaker) -> None:
    signed = token(sub="user-1", iss="https://auth.x.ai", typ="refresh", exp=1_900_000_000)
    key, opaque, claiming = read(f"{KEY}\n{REFRESH}\n{signed}".encode()).entries
    assert (key.kind, key.key, key.refresh_token) == ("api_key", KEY, "")
    assert (opaque.kind, opaque.key, opaque.refresh_token) == ("oauth", "", REFRESH)
    assert (claiming.subject, claiming.issuer, claiming.expires_at) == ("user-1", "https://auth.x.ai", None)


def test_a_csv_row_describes_its_credential() -> None:
    header = "Key,name,tier,tags,priority,weight,max_concurrency,proxy,models,note,enabled"
    row = f"{KEY},'=sum,Basic,\"a; b;a\",-2,5,8,http://u:p@proxy:1,grok-4.3;grok-4.5,'tis fine,no"
    (entry,) = read(f"{header}\n{row}\n".encode()).entries
    assert entry == Entry(
        kind="api_key",
        place="",
        key=KEY,
        name="=sum",
        tier="basic",
        tags=("a", "b"),
        priority=-2,
        weight=5,
        max_concurrency=8,
        proxy="http://u:p@proxy:1",
        models=("grok-4.3", "grok-4.5"),
        note="'tis fine",
        enabled=False,
    )


def test_cells_that_are_empty_change_nothing() -> None:
    (entry,) = read(f"api_key,refresh_token,tier,weight,enabled,extra\n{KEY},,,,\n".encode()).entries
    assert entry == Entry(kind="api_key", place="", key=KEY)


def test_an_object_describes_its_credential() -> None:
    document = {
        "key": KEY,
        "name": " n ",
        "tags": ["a", " a", ""],
        "models": "x",
        "enabled": True,
        "tier": "super",
    }
    (entry,) = read(json(document)).entries
    assert entry == Entry(
        kind="api_key", place="", key=KEY, name="n", tags=("a",), models=("x",), tier="super"
    )


def test_the_auth_file_of_the_grok_cli(token: TokenMaker) -> None:
    access = token(sub="user-1", tier=1, email="a@example.com", exp=1)
    content = {
        SCOPE: {
            "key": access,
            "auth_mode": "oidc",
            "create_time": "2026-07-15T06:09:17.123456789Z",
            "user_id": "user-2",
            "refresh_token": REFRESH,
            "expires_at": "2026-07-15T12:09:17.5Z",
        },
        "https://auth.x.ai::another": {
            "key": ACCESS,
            "auth_mode": "oidc",
            "refresh_token": f"{REFRESH}2",
            "oidc_issuer": "https://auth.x.ai/",
            "oidc_client_id": "client-2",
        },
        "xai::api_key": {"key": KEY, "auth_mode": "api_key"},
    }
    first, second, key = read(json(content), file_name="auth.json").entries
    assert first == Entry(
        kind="oauth",
        place="",
        refresh_token=REFRESH,
        access_token=access,
        expires_at=1784117357.5,
        issuer="https://auth.x.ai",
        client_id=CLIENT,
        subject="user-2",
        email="a@example.com",
    )
    assert (second.place, second.issuer, second.client_id) == ("entry 2", "https://auth.x.ai", "client-2")
    assert (key.kind, key.key) == ("api_key", KEY)


def test_the_auth_file_of_cliproxyapi(token: TokenMaker) -> None:
    content = {
        "type": "xai",
        "access_token": token(iss="https://auth.x.ai", client_id=CLIENT, exp=1_800_000_000),
        "refresh_token": REFRESH,
        "id_token": token(email="b@example.com", sub="user-9"),
        "token_type": "Bearer",
        "expires_in": 21600,
        "expired": "2027-01-01T00:00:00+08:00",
        "last_refresh": "2026-12-31T18:00:00+08:00",
        "email": "a@example.com",
        "base_url": "https://api.x.ai/v1",
        "token_endpoint": "https://auth.x.ai/oauth2/token",
        "auth_kind": "oauth",
        "disabled": True,
    }
    (entry,) = read(json(content)).entries
    assert (entry.refresh_token, entry.access_token) == (REFRESH, content["access_token"])
    assert (entry.expires_at, entry.email, entry.subject) == (1798732800.0, "a@example.com", "user-9")
    assert (entry.issuer, entry.client_id, entry.enabled) == ("https://auth.x.ai", CLIENT, False)


@pytest.mark.parametrize(
    ("written", "expires_at"),
    [
        (1_800_000_000, 1_800_000_000.0),
        ("1800000000", 1_800_000_000.0),
        (1_800_000_000_500, 1_800_000_000.5),
        ("2027-01-15T08:00:00", 1_800_000_000.0),
        ("0001-01-01T00:00:00Z", 1_700_000_000.0),
        ("when it rains", 1_700_000_000.0),
        ("nan", 1_700_000_000.0),
        (10**30, 1_700_000_000.0),
        (True, 1_700_000_000.0),
        ([], 1_700_000_000.0),
        (None, 1_700_000_000.0),
    ],
)
def test_the_expiry_is_taken_from_the_file_and_else_from_the_token(
    written: Any, expires_at: float, token: TokenMaker
) -> None:
    access = token(sub="u", exp=1_700_000_000)
    (entry,) = read(json({"refresh_token": REFRESH, "access_token": access, "expires_at": written})).entries
    assert entry.expires_at == expires_at


def test_the_sandbox_may_issue_sign_ins() -> None:
    (entry,) = read(json({"refresh_token": REFRESH, "issuer": "http://127.0.0.1:8001"})).entries
    assert entry.issuer == "http://127.0.0.1:8001"


def test_the_second_of_two_with_the_same_secret_is_named_with_the_first() -> None:
    parsed = read(f"\n{KEY}\n{REFRESH}\n'{KEY}'\nrt:{REFRESH}\n".encode())
    assert secrets(parsed) == [("line 2", KEY), ("line 3", REFRESH)]
    assert [(one.place, one.reason) for one in parsed.rejected] == [
        ("line 4", "It is the same as line 2."),
        ("line 5", "It is the same as line 3."),
    ]


def test_the_name_of_a_file_and_the_caller_decide_where_the_content_does_not() -> None:
    assert read(b"a,b\n1,2\n", file_name="KEYS.CSV").format == "csv"
    assert read(f"{KEY}\n".encode(), file_name="keys.jsonl").format == "jsonl"
    assert read(json([KEY]), format="txt").format == "txt"
    assert secrets(read(json(KEY), format="json")) == [("entry 1", KEY)]
    assert secrets(read(f"key\n{KEY}".encode(), format="csv")) == [("line 2", KEY)]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="txt, json, jsonl, csv") as caught:
        read(b"", format="xml")
    assert caught.value.param == "format"


@pytest.mark.parametrize(
    "content",
    [
        b" " * (64 * 1024 * 1024 + 1),
        b"x\n" * 100_001,
        b"[" + b"1," * 4_000_001 + b"1]",
        b"\n" * 4_000_001,
    ],
    ids=["bytes", "entries", "values", "lines"],
)
def test_a_file_beyond_measure_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(content)
    assert caught.value.param == "file"


def test_ten_thousand_lines_are_all_read() -> None:
    parsed = read("\n".join(f"xai-{number:030}" for number in range(10_000)).encode())
    assert (len(parsed.entries), parsed.rejected) == (10_000, ())
