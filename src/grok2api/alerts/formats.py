"""What is posted to whom: our own JSON, or what the chats that operators use take.

Pure. Source: the pages of Slack, Discord, Feishu, DingTalk and WeCom about incoming webhooks and their
signatures. Must never put a secret into a body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import quote_plus

import msgspec

from grok2api.alerts.alert import Notice
from grok2api.alerts.wording import Language, Words, words

Format = Literal["json", "slack", "discord", "feishu", "dingtalk", "wecom"]
SIGNATURE: Final = "x-grok2api-signature"
"""`t=SECONDS,v1=HEX`: HMAC-SHA-256 of `SECONDS.BODY` under the secret."""
_LONGEST: Final = 1900
"""Characters; Discord takes 2000."""


class _Answer(msgspec.Struct):
    code: int = 0
    errcode: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One POST.

    Attributes:
        query: What is added to the address, without the `?` or `&` before it; may be empty.
        headers: Besides the content type, which is JSON.
    """

    body: bytes
    query: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who says it.

    Attributes:
        name: This service, for people.
        version: Of the program.
    """

    name: str
    version: str


def message(
    notice: Notice, sender: Sender, *, style: Format, language: Language, secret: str, now: float
) -> Message:
    """Return what is posted for a notice.

    Args:
        notice: What is told.
        sender: Who tells it.
        style: What the receiver takes.
        language: Of the words.
        secret: Signs it where the receiver knows of signatures; empty does not.
        now: Wall time in seconds.
    """
    said = words(notice, language)
    if style == "json":
        return _own(notice, sender, said, secret, now)
    text = _text(notice, sender, said)
    query = ""
    content: dict[str, Any]
    if style == "slack":
        content = {"text": text}
    elif style == "discord":
        content = {"content": text, "allowed_mentions": {"parse": []}}
    elif style == "feishu":
        content = {"msg_type": "text", "content": {"text": text}}
        if secret:
            content |= {"timestamp": str(int(now)), "sign": _feishu_sign(int(now), secret)}
    else:
        content = {"msgtype": "text", "text": {"content": text}}
        if style == "dingtalk" and secret:
            query = _dingtalk_query(int(now * 1000), secret)
    return Message(msgspec.json.encode(content), query, {})


def accepted(style: Format, status: int, body: bytes) -> bool:
    """Tell whether a receiver has taken a message: some chats answer 200 and say no inside."""
    if not 200 <= status < 300:
        return False
    if style not in ("feishu", "dingtalk", "wecom"):
        return True
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.DecodeError:
        return False
    return (answer.code if style == "feishu" else answer.errcode) == 0


def _own(notice: Notice, sender: Sender, said: Words, secret: str, now: float) -> Message:
    body = msgspec.json.encode(
        {
            "type": f"alert.{notice.event}",
            "kind": notice.alert.kind,
            "subject": notice.alert.subject,
            "severity": notice.severity,
            "title": said.title,
            "advice": said.advice,
            "facts": dict(notice.alert.facts),
            "since": _moment(notice.since),
            "at": _moment(notice.at),
            "gateway": {"name": sender.name, "version": sender.version},
        }
    )
    headers = {}
    if secret:
        moment = str(int(now))
        digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers[SIGNATURE] = f"t={moment},v1={digest}"
    return Message(body, "", headers)


def _text(notice: Notice, sender: Sender, said: Words) -> str:
    sign = "✅" if notice.event == "resolved" else "🔴" if notice.severity == "critical" else "🟠"
    lines = [f"{sign} {said.title}", said.advice, f"{sender.name} · {_moment(notice.at)}"]
    return "\n".join(line for line in lines if line)[:_LONGEST]


def _feishu_sign(moment: int, secret: str) -> str:
    key = f"{moment}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


def _dingtalk_query(moment: int, secret: str) -> str:
    digest = hmac.new(secret.encode(), f"{moment}\n{secret}".encode(), hashlib.sha256).digest()
    return f"timestamp={moment}&sign={quote_plus(base64.b64encode(digest))}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
