"""What is posted is what each receiver takes, signed as it checks it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, get_args
from urllib.parse import parse_qs

import msgspec
import pytest

from grok2api.alerts.alert import SEVERITIES, Alert, Event, Kind, Notice
from grok2api.alerts.formats import SIGNATURE, Format, Message, Sender, accepted, message
from grok2api.alerts.wording import Language, words
from grok2api.config.sections.alerting import Alerts

ALERT = Alert("sign_in.expired", "cred_1", {"name": "旧的", "reason": "refused\nby the issuer"})
NOTICE = Notice("raised", ALERT, 1_795_000_000.0, 1_795_000_010.0)
SECRET = "a secret of the tests"


def posted(style: Format, *, secret: str = "", language: Language = "en") -> Message:
    sender = Sender("gateway.test", "1.0")
    return message(NOTICE, sender, style=style, language=language, secret=secret, now=1_795_000_011.5)


def decoded(built: Message) -> Any:
    return msgspec.json.decode(built.body)


def test_our_own_form_tells_everything_and_is_signed() -> None:
    built = posted("json", secret=SECRET)
    assert decoded(built) == {
        "type": "alert.raised",
        "kind": "sign_in.expired",
        "subject": "cred_1",
        "severity": "warning",
        "title": "The sign-in '旧的' has expired: refused by the issuer",
        "advice": "Sign in again in the console, or with 'grok2api login'.",
        "facts": {"name": "旧的", "reason": "refused\nby the issuer"},
        "since": "2026-11-18T11:06:40Z",
        "at": "2026-11-18T11:06:50Z",
        "gateway": {"name": "gateway.test", "version": "1.0"},
    }
    digest = hmac.new(SECRET.encode(), b"1795000011." + built.body, hashlib.sha256).hexdigest()
    assert built.headers == {SIGNATURE: f"t=1795000011,v1={digest}"}
    assert posted("json").headers == {}


def test_chats_get_their_own_forms() -> None:
    text = decoded(posted("slack"))["text"]
    assert text.splitlines()[0] == "🟠 The sign-in '旧的' has expired: refused by the issuer"
    assert decoded(posted("discord")) == {"content": text, "allowed_mentions": {"parse": []}}
    assert decoded(posted("feishu")) == {"msg_type": "text", "content": {"text": text}}
    assert (
        decoded(posted("dingtalk"))
        == decoded(posted("wecom"))
        == {"msgtype": "text", "text": {"content": text}}
    )
    assert "登录“旧的”已失效" in decoded(posted("wecom", language="zh"))["text"]["content"]


def test_feishu_and_dingtalk_check_their_signatures() -> None:
    signed = decoded(posted("feishu", secret=SECRET))
    key = f"1795000011\n{SECRET}".encode()
    expected = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert (signed["timestamp"], signed["sign"]) == ("1795000011", expected)
    query = parse_qs(posted("dingtalk", secret=SECRET).query)
    said = f"1795000011500\n{SECRET}".encode()
    digest = hmac.new(SECRET.encode(), said, hashlib.sha256).digest()
    assert query == {"timestamp": ["1795000011500"], "sign": [base64.b64encode(digest).decode()]}
    assert SECRET.encode() not in posted("feishu", secret=SECRET).body


@pytest.mark.parametrize(
    ("style", "status", "body", "taken"),
    [
        ("json", 204, b"", True),
        ("json", 301, b"", False),
        ("slack", 200, b"ok", True),
        ("slack", 404, b"no_service", False),
        ("feishu", 200, b'{"code":0,"msg":"success"}', True),
        ("feishu", 200, b'{"code":19021,"msg":"sign match fail"}', False),
        ("dingtalk", 200, b'{"errcode":0,"errmsg":"ok"}', True),
        ("wecom", 200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', False),
        ("wecom", 200, b"<html>", False),
    ],
)
def test_a_no_inside_a_200_is_a_no(style: Format, status: int, body: bytes, taken: bool) -> None:
    assert accepted(style, status, body) is taken


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("event", get_args(Event))
def test_there_are_words_for_everything(event: Event, kind: Kind, language: Language) -> None:
    said = words(Notice(event, Alert(kind), 0.0, 0.0), language)
    assert said.title
    assert bool(said.advice) is (event in ("raised", "reminder"))


def test_every_kind_can_be_muted() -> None:
    kinds = set(get_args(Kind))
    assert kinds == set(SEVERITIES)
    assert msgspec.convert({"mute": sorted(kinds)}, Alerts).mute == tuple(sorted(kinds))
