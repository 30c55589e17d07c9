"""Whatever is logged, and however: what looks like a secret is masked, and what does not is told."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override

from grok2api.observability.logging import Format, get_logger
from grok2api.observability.redaction import redact
from support.log_lines import logging_as

SECRET = "c4nary0Canary1Canary2Canary3Canary4Canary5"
JWT = f"eyJhbGciOiJFUzI1NiJ9.{SECRET}.{SECRET}"
TEXTS = {
    "a key of xAI's": f"sent with xai-{SECRET} to them",
    "a client key": f"sk-{SECRET}",
    "a session": f"adm-{SECRET}",
    "an API token": f"gat-{SECRET}",
    "a bearer header": f"Authorization: Bearer {SECRET}",
    "a bearer token in capitals": f"BEARER {SECRET}",
    "a basic header": f"authorization: Basic {SECRET}==",
    "another header": f"'Authorization': 'Token {SECRET}'",
    "a header of Anthropic's": f"x-api-key: {SECRET}",
    "headers as bytes": f"(b'x-api-key', b'{SECRET}'), (b'authorization', b'Bearer {SECRET}')",
    "a JWT": f"id {JWT} is refused",
    "a refresh token in a form": f"grant_type=refresh_token&refresh_token={SECRET}&client_id=a",
    "a refresh token in JSON": f'{{"access_token": "{SECRET}", "refresh_token":"{SECRET}", "scope": "a"}}',
    "JSON within JSON": json.dumps({"body": json.dumps({"refresh_token": SECRET, "scope": "a"})}),
    "a refresh token in an object": f"{{'refresh_token': '{SECRET}'}}",
    "a client secret": f"client_secret={SECRET}",
    "a code of a device": f"device_code={SECRET}",
    "a password": f"password='{SECRET}'",
    "a cookie": f"Cookie: theme=dark; __Host-grok2api_session={SECRET}",
    "a cookie that is set": f"set-cookie: grok2api_session={SECRET}; Path=/; HttpOnly",
    "an address with a password": f"https://someone:{SECRET}@proxy.example:3128/a",
    "a password with an @": f"socks5://someone:a@{SECRET}@proxy.example:1080",
    "PostgreSQL": f"postgresql+asyncpg://grok:{SECRET}@db.example/grok",
    "MySQL": f"mysql://grok:{SECRET}@db.example:3306/grok",
    "Redis, which has no name": f"redis://:{SECRET}@redis.example:6379/0",
}
PLAIN = (
    "request",
    "/v1/chat/completions",
    "req_0123456789abcdef0123456789abcdef",
    "https://api.x.ai/v1/models?page=2",
    "postgresql://db.example/grok",
    "no token came within 3 seconds",
    "the refresh token was revoked",
    "sk-short",
    "model grok-4.20-0309-non-reasoning: ask for it",
)
LONGEST = 400_000


class Unprintable:
    """Something that tells all that it has."""

    def __init__(self, text: str) -> None:
        self._text = text

    @override
    def __repr__(self) -> str:
        return f"<{self._text}>"


def by_library(text: str) -> None:
    logging.getLogger("library").warning("it said %s", text)


def by_library_as_it_falls(text: str) -> None:
    try:
        raise OSError(text)
    except OSError:
        logging.getLogger("library").exception("it fell")


def by_exception(text: str) -> None:
    try:
        try:
            raise ConnectionError(text)
        except ConnectionError as error:
            raise RuntimeError(f"lost: {text}") from error
    except RuntimeError:
        get_logger("tests").exception("fell")


def by_group(text: str) -> None:
    get_logger("tests").error("fell", exc_info=ExceptionGroup("several", [ValueError(text)]))


CALLS: dict[str, Callable[[str], None]] = {
    "the event": lambda text: get_logger("tests").info(text),
    "a field": lambda text: get_logger("tests").info("told", reason=text),
    "a list": lambda text: get_logger("tests").info("told", reasons=[1, ("a", text)]),
    "a mapping": lambda text: get_logger("tests").info("told", more={"inner": {"reason": text}}),
    "bytes": lambda text: get_logger("tests").info("told", raw=text.encode()),
    "an error": lambda text: get_logger("tests").info("told", error=ValueError(text)),
    "an object": lambda text: get_logger("tests").info("told", thing=Unprintable(text)),
    "a bound field": lambda text: get_logger("tests").bind(reason=text).warning("told"),
    "an exception": by_exception,
    "a group of exceptions": by_group,
    "a library": by_library,
    "a library's exception": by_library_as_it_falls,
}


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("call", CALLS)
def test_no_secret_is_logged_whichever_way_it_comes(
    style: Format, call: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with logging_as(style):
        for text in TEXTS.values():
            CALLS[call](text)
    told = capfd.readouterr().err
    assert told.count("***") >= len(TEXTS)
    shown = {name for name, text in TEXTS.items() if _logged(style, call, text, capfd).count(SECRET)}
    assert not shown
    assert SECRET not in told


def _logged(style: Format, call: str, text: str, capfd: pytest.CaptureFixture[str]) -> str:
    with logging_as(style):
        CALLS[call](text)
    return capfd.readouterr().err


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize(
    "name",
    """authorization Authorization x-api-key x_api_key api_key key token refresh_token access_token id_token
    secret client_secret password passphrase cookie set-cookie proxy-authorization""".split(),  # noqa: SIM905
)
def test_what_is_called_a_secret_is_masked_whatever_it_looks_like(
    style: Format, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with logging_as(style):
        get_logger("tests").info("told", **{name: "opensesame"})
        get_logger("tests").info("told", headers={name: ["opensesame"]})
        get_logger("tests").info("told", headers=[(name, "opensesame"), (name.encode(), b"opensesame")])
    told = capfd.readouterr().err
    assert "opensesame" not in told
    assert told.count("***") == 4


def test_what_is_no_secret_is_told_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    fields: dict[str, Any] = {"count": 3, "share": 0.5, "none": None, "yes": True, "names": ["a", "b"]}
    with logging_as("json"):
        for text in PLAIN:
            get_logger("tests").info(text, reason=text, **fields)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line["reason"]) for line in lines] == [(text, text) for text in PLAIN]
    assert all(line.items() >= fields.items() for line in lines)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_what_stands_beside_a_secret_is_kept(text: str) -> None:
    masked = redact(f"before {text}")
    assert masked.startswith("before ")
    assert "***" in masked
    assert redact(masked) == masked, "masking twice changes nothing"
    if "example" in text:
        assert f"@{text.rpartition('@')[2]}" in masked


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a",
            "a-",
            "a_",
            "sk-",
            "xai-",
            "-eyJ",
            "eyJ.",
            "eyJabcdefgh",
            "a://",
            "/a://b",
            "a://b:",
            "a://b:c",
        ),
        *(
            "://",
            "bearer ",
            "bearer\t",
            " ",
            "cookie",
            "cookie=",
            "password",
            "password:",
            "token=",
            "api",
            "@",
        ),
    ],
)
def test_a_long_text_takes_no_more_than_its_length(piece: str) -> None:
    """A path of eight thousand letters is logged; with work by the square it held up everybody else."""
    for more in ("", "/", "\n", "secret "):
        redact(more + piece * (LONGEST // len(piece)))
