"""Reading what the sign-in service says: tokens, a device code, or why not.

Only `invalid_grant` ends a sign-in. A service in trouble answers with all kinds of 400 and 401, and a CDN
with pages of its own; taking those for the end has cost people their accounts. Must never put a token into
a refusal: what was sent is cut out of what came back.
Source: RFC 6749 §5, RFC 8628 §3; xai-api.md §6.2-6.3.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import msgspec

from grok2api.canonical.tokens import DeviceGrant, Refusal, SignInRefused, TokenSet
from grok2api.observability.redaction import redact

_LONGEST_TOKEN: Final = 32 * 1024
_LONGEST_DETAIL: Final = 200
_SHORTEST_SECRET: Final = 6
_DEFAULT_INTERVAL: Final = 5.0
_DEFAULT_LIFE: Final = 1800.0
_LONGEST_LIFE: Final = 86_400.0

_CODES: Final[Mapping[str, Refusal]] = {
    "invalid_grant": Refusal.DEAD,
    "invalid_client": Refusal.CLIENT,
    "unauthorized_client": Refusal.CLIENT,
    "authorization_pending": Refusal.PENDING,
    "slow_down": Refusal.SLOW_DOWN,
    "access_denied": Refusal.DENIED,
    "expired_token": Refusal.EXPIRED,
}
_BLOCKED: Final = re.compile(
    r"blocked-user|(?<![\w-])(?:user|team|account)[ _-](?:is |has been )?(?:blocked|suspended|banned)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the service, read to its end."""

    status: int
    content: bytes = field(repr=False)
    retry_after: float | None = None

    @property
    def fields(self) -> Mapping[str, object] | None:
        """Return the fields of a JSON object, None if it is anything else."""
        try:
            told = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None
        return told if isinstance(told, Mapping) else None


def read_tokens(reply: Reply, sent: Iterable[str]) -> TokenSet:
    """Return the tokens of an answer of the token endpoint.

    Args:
        reply: The answer.
        sent: Secrets of the question, which may not come back in a refusal.

    Raises:
        SignInRefused: there are none in it.
    """
    fields = reply.fields
    if reply.status != 200 or fields is None or "access_token" not in fields:
        raise refusal(reply, sent)
    access, refresh = _token(fields, "access_token"), _token(fields, "refresh_token")
    if not access:
        raise SignInRefused(Refusal.TRANSIENT, "the answer holds no access token that can be used")
    return TokenSet(
        access_token=access,
        refresh_token=refresh,
        id_token=_token(fields, "id_token"),
        expires_in=_seconds(fields.get("expires_in")),
        scope=_scope(fields.get("scope")),
    )


def read_device_grant(reply: Reply, sent: Iterable[str]) -> DeviceGrant:
    """Return the device code of an answer of the device endpoint.

    Raises:
        SignInRefused: there is none in it; UNSUPPORTED if there is no such endpoint.
    """
    if reply.status in {404, 405, 501}:
        raise SignInRefused(Refusal.UNSUPPORTED, "the service has no device codes", sent=False)
    fields = reply.fields
    if reply.status != 200 or fields is None or "device_code" not in fields:
        raise refusal(reply, sent, at_token=False)
    code, user_code = _token(fields, "device_code"), _text(fields, "user_code")
    where, complete = _text(fields, "verification_uri"), _text(fields, "verification_uri_complete")
    if not code or not user_code or not _is_page(where):
        raise SignInRefused(Refusal.TRANSIENT, "the answer holds no device code that can be used")
    return DeviceGrant(
        device_code=code,
        user_code=user_code,
        verification_uri=where,
        verification_uri_complete=complete if _is_page(complete) else "",
        expires_in=min(_seconds(fields.get("expires_in")) or _DEFAULT_LIFE, _LONGEST_LIFE),
        interval=_seconds(fields.get("interval")) or _DEFAULT_INTERVAL,
    )


def refusal(reply: Reply, sent: Iterable[str], *, at_token: bool = True) -> SignInRefused:
    """Return what an answer without tokens means.

    Args:
        reply: The answer.
        sent: Secrets of the question.
        at_token: Whether the token endpoint gave it, where 403 is about the account's subscription.
    """
    fields = reply.fields
    code, text = _error(fields or {})
    said = _clean(" ".join(part for part in (code, text) if part), sent)
    detail = f"HTTP {reply.status}: {said}" if said else f"HTTP {reply.status}"
    denied_by_tier = reply.status == 403 and at_token and code == "access_denied"
    if code in _CODES and not denied_by_tier:
        return SignInRefused(_CODES[code], detail, retry_after=reply.retry_after, sent=False)
    if reply.status == 403 and at_token and fields is not None:
        kind = Refusal.BLOCKED if _BLOCKED.search(f"{code} {text}") else Refusal.TIER
        return SignInRefused(kind, detail, retry_after=reply.retry_after, sent=False)
    unsure = reply.status < 400 or reply.status >= 500
    return SignInRefused(Refusal.TRANSIENT, detail, retry_after=reply.retry_after, sent=unsure)


def _error(fields: Mapping[str, object]) -> tuple[str, str]:
    """Return code and text of an error, in OAuth's shape or in one of xAI's."""
    error = fields.get("error")
    if isinstance(error, Mapping):
        code = _text(error, "code") or _text(error, "type")
        return code.lower(), _text(error, "message")
    name = _text(fields, "error")
    text = _text(fields, "error_description") or _text(fields, "message") or _text(fields, "detail")
    if (code := _text(fields, "code")) and name.lower() not in _CODES:
        return code.lower(), name or text
    return name.lower(), text


def _clean(text: str, sent: Iterable[str]) -> str:
    for secret in sent:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    printable = "".join(character if character.isprintable() else " " for character in redact(text))
    return printable[:_LONGEST_DETAIL].strip()


def _token(fields: Mapping[str, object], name: str) -> str:
    """Return a token that fits in a header, or an empty text."""
    value = fields.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST_TOKEN:
        return ""
    return value if all("!" <= character <= "~" for character in value) else ""


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return value[:2000] if isinstance(value, str) else ""


def _scope(value: object) -> str:
    if isinstance(value, list):
        value = " ".join(item for item in value if isinstance(item, str))
    return value[:2000] if isinstance(value, str) else ""


def _seconds(value: object) -> float | None:
    """Return a positive, finite number of seconds; some services write it as text."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value > 0 else None


def _is_page(url: str) -> bool:
    """Tell whether a person may be sent there: consoles show it as a link."""
    if not all("!" <= character <= "~" for character in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return bool(parts.hostname) and (parts.scheme == "https" or here)
