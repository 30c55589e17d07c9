"""One part of a file becomes an entry: its fields found by the names that makers use, its secrets told apart.

Names are compared without case, dashes and underscores, so `refreshToken` is `refresh_token`.
Must never take a secret for another kind than it is: one entry holds one key or one sign-in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import msgspec

from grok2api.pool.claims import Claims, claims_of
from grok2api.pool.transfer import recognition
from grok2api.pool.transfer.entry import LONGEST_SECRET, Entry, Refused, Rejected

_BOTH: Final = "It holds more than one credential; give each one its own line or object."
_NEITHER: Final = "It is neither a text nor an object with named fields."
_OTHER_TYPE: Final = "Its type is not xai."
_MISFIT: Final = "Its fields do not fit together."
_LONGEST_NAME: Final = 64
_LAST_SECOND: Final = 100_000_000_000
"""What is greater than this, in the year 5138, counts milliseconds."""

_SECRETS: Final = frozenset(("key", "api_key", "refresh_token", "access_token", "cookie", "foreign"))
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "key": ("key", "token", "secret"),
    "api_key": ("apikey", "xaiapikey"),
    "refresh_token": ("refreshtoken", "refresh"),
    "access_token": ("accesstoken", "access"),
    "id_token": ("idtoken",),
    "cookie": ("cookie", "cookies", "sso", "ssorw", "ssotoken", "cfclearance"),
    "foreign": ("openaiapikey", "anthropicapikey", "claudeaioauth", "geminiapikey"),
    "type": ("type",),
    "auth_mode": ("authmode",),
    "expires_at": ("expiresat", "expired", "expires", "expiry"),
    "issuer": ("issuer", "oidcissuer"),
    "client_id": ("clientid", "oidcclientid"),
    "subject": ("subject", "sub", "userid"),
    "email": ("email",),
    "name": ("name", "label"),
    "tier": ("tier",),
    "tags": ("tags", "tag"),
    "priority": ("priority",),
    "weight": ("weight",),
    "max_concurrency": ("maxconcurrency",),
    "proxy": ("proxy", "proxyurl"),
    "models": ("models", "model"),
    "note": ("note", "remark"),
    "enabled": ("enabled",),
    "disabled": ("disabled",),
}
_FIELDS: Final = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_COOKIE_SIGNS: Final = frozenset(("domain", "path", "httpOnly", "hostOnly", "sameSite", "expirationDate"))
_OF_XAI: Final = frozenset(("xai", "grok", "apikey", "oauth", "oidc", "bearer"))
_OTHERS: Final = {
    word: word
    for word in (
        "aistudio",
        "anthropic",
        "antigravity",
        "claude",
        "cline",
        "codex",
        "copilot",
        "gemini",
        "iflow",
        "kimi",
        "kiro",
        "openai",
        "qwen",
        "vertex",
    )
} | {"geminicli": "gemini-cli", "githubcopilot": "github-copilot"}
_SWITCHES: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_API_KEY_MODE: Final = re.compile(r"\bapi[-_]?key\b")
_LISTED: Final = re.compile(r"[;,]")
_FIELD_AT_FAULT: Final = re.compile(r" - at `\$\.([a-z_]+)[^`]*`\Z")
_DESCRIPTION: Final = ("name", "priority", "weight", "max_concurrency", "proxy", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A part of a file that should be one credential.

    Attributes:
        content: A text, an object, or whatever stood there.
        scope: The key under which the Grok CLI filed it: `<issuer>::<client id>`.
        own: Whether the file was written here, and its fields are an entry's.
        refusal: A sentence, if it is known already that this gives nothing.
    """

    place: str
    content: object = field(default=None, repr=False)
    scope: str = ""
    own: bool = False
    refusal: str = ""


def entry_of(item: Item) -> Entry | Rejected:
    """Return the credential in a part of a file, or why there is none."""
    try:
        if item.refusal:
            raise Refused(item.refusal)
        if isinstance(item.content, str):
            return _entry(_with_hints(recognition.bare_secret(item.content)), item.place)
        if not isinstance(item.content, Mapping):
            raise Refused(_NEITHER)
        if item.own:
            return _own_entry(item.content, item.place)
        return _entry(_fields(item.content, item.scope), item.place)
    except Refused as refused:
        return Rejected(item.place, refused.reason)


def names_a_secret(name: str) -> bool:
    """Tell whether a column or field of this name holds a secret."""
    return _FIELDS.get(_plain(name)) in _SECRETS


def is_cookie(content: object) -> bool:
    """Tell whether an object is a cookie as browsers' tools export it."""
    if not isinstance(content, Mapping):
        return False
    return "name" in content and "value" in content and bool(content.keys() & _COOKIE_SIGNS)


def _own_entry(content: Mapping[str, object], place: str) -> Entry:
    """Return the entry that `writing.write` wrote."""
    entry = _entry(dict(content), place)
    secrets = tuple(map(recognition.visible, (entry.key, entry.refresh_token, entry.access_token)))
    if any(secrets[1:]) if entry.kind == "api_key" else secrets[0]:
        raise Refused(_MISFIT)
    if not any(secrets):
        raise Refused(recognition.NOTHING)
    return entry


def _entry(fields: dict[str, object], place: str) -> Entry:
    """Return the entry with these fields. What msgspec says may hold a value; only its path is repeated."""
    if "kind" not in fields:
        fields["kind"] = "api_key" if "key" in fields else "oauth"
    try:
        return msgspec.convert({**fields, "place": place}, Entry, strict=False)
    except msgspec.ValidationError as error:
        found = _FIELD_AT_FAULT.search(str(error))
        raise Refused(f"The value of {found[1]} is not valid." if found else _MISFIT) from None


def _fields(content: Mapping[str, object], scope: str) -> dict[str, object]:
    """Return an entry's fields out of an object of another maker."""
    if is_cookie(content):
        raise Refused(recognition.COOKIE)
    known = _known(content)
    _refuse_others(known)
    fields = _secrets(known, scope)
    if "key" not in fields:
        _add_origin(fields, known, scope)
        fields = _with_hints(fields, str(known.get("id_token", "")))
    _add_description(fields, known)
    return fields


def _known(content: Mapping[str, object]) -> dict[str, object]:
    """Return what is filled in, under our names; texts without white space around them."""
    known: dict[str, object] = {}
    for written, value in content.items():
        name = _FIELDS.get(_plain(written))
        stripped = value.strip() if isinstance(value, str) else value
        if name is not None and stripped is not None and stripped != "":
            known[name] = stripped
    return known


def _plain(name: str) -> str:
    return name[:_LONGEST_NAME].strip().lower().replace("_", "").replace("-", "").replace(" ", "")


def _refuse_others(known: Mapping[str, object]) -> None:
    if "cookie" in known:
        raise Refused(recognition.COOKIE)
    said = known.get("type", "xai")
    kind = _plain(said) if isinstance(said, str) else ""
    if kind in _OTHERS:
        raise Refused(f"It is a sign-in of {_OTHERS[kind]}, not of xAI.")
    if kind not in _OF_XAI:
        raise Refused(_OTHER_TYPE)
    if "foreign" in known:
        raise Refused(recognition.FOREIGN_ISSUER)


def _secrets(known: Mapping[str, object], scope: str) -> dict[str, object]:
    """Return `key`, or the tokens of a sign-in. What is called just key or token is told by its looks."""
    loose, key = _secret(known, "key"), _secret(known, "api_key")
    refresh, access = _secret(known, "refresh_token"), _secret(known, "access_token")
    mode = str(known.get("auth_mode", scope)).lower()
    if loose and not key and (recognition.looks_like_api_key(loose) or _API_KEY_MODE.search(mode)):
        key, loose = loose, ""
    if key and (refresh or access or loose not in ("", key)):
        raise Refused(_BOTH)
    if key:
        return {"key": recognition.api_key(key)}
    if mode or refresh or access:
        return _sign_in(refresh, access or loose)
    if not loose:
        raise Refused(recognition.NOTHING)
    return dict(recognition.bare_secret(loose))


def _sign_in(refresh: str, access: str) -> dict[str, object]:
    """Return the tokens of a sign-in, which needs the refresh token."""
    fields: dict[str, object] = {"access_token": recognition.token(access)} if access else {}
    if not refresh:
        raise Refused(recognition.ACCESS_ALONE if access else recognition.NOTHING)
    return {"refresh_token": recognition.token(refresh), **fields}


def _secret(known: Mapping[str, object], name: str) -> str:
    value = known.get(name, "")
    if not isinstance(value, str):
        raise Refused(recognition.NO_TEXT)
    if len(value) > LONGEST_SECRET:
        raise Refused(recognition.TOO_LONG)
    return recognition.without_quotes(value)


def _add_origin(fields: dict[str, object], known: Mapping[str, object], scope: str) -> None:
    """Add who signed in whom: from the fields, else from the scope."""
    issuer, _, client = scope.partition("::")
    if issuer.lower().startswith("http"):
        fields |= {"issuer": issuer, "client_id": client}
    fields |= {name: known[name] for name in ("issuer", "client_id", "subject", "email") if name in known}
    said = fields.get("issuer")
    if isinstance(said, str):
        recognition.refuse_issuer(said)
        fields["issuer"] = said.rstrip("/")
    if "access_token" in fields:
        fields["expires_at"] = _moment(known.get("expires_at"))


def _with_hints(fields: Mapping[str, object], id_token: str = "") -> dict[str, object]:
    """Return the fields with what the tokens say about themselves where the file says nothing."""
    access, refresh = str(fields.get("access_token", "")), str(fields.get("refresh_token", ""))
    hints: dict[str, object] = {}
    for token in filter(None, (refresh, id_token, access)):
        hints |= _origin(claims_of(token))
    if access:
        hints["expires_at"] = claims_of(access).expires_at
    return hints | {name: value for name, value in fields.items() if value is not None}


def _origin(claims: Claims) -> dict[str, object]:
    """Return what a token says of its origin; Refused if that is another service."""
    said = {"client_id": claims.client_id, "subject": claims.subject, "email": claims.email}
    if "://" in claims.issuer:
        recognition.refuse_issuer(claims.issuer)
        said["issuer"] = claims.issuer
    return {name: value for name, value in said.items() if value}


def _add_description(fields: dict[str, object], known: Mapping[str, object]) -> None:
    """Add what people say about a credential."""
    fields |= {name: known[name] for name in _DESCRIPTION if name in known}
    fields |= {name: _words(known[name]) for name in ("tags", "models") if name in known}
    if "tier" in known:
        fields["tier"] = known["tier"].lower() if isinstance(known["tier"], str) else known["tier"]
    if "enabled" in known:
        fields["enabled"] = _switch(known["enabled"])
    elif "disabled" in known:
        turned_off = _switch(known["disabled"])
        fields["enabled"] = not turned_off if isinstance(turned_off, bool) else turned_off


def _words(value: object) -> object:
    """Return a list of words, each one once; what is neither a text nor a list of texts as it is."""
    words = _LISTED.split(value) if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return value
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))


def _switch(value: object) -> object:
    return _SWITCHES.get(value.lower(), value) if isinstance(value, str) else value


def _moment(value: object) -> float | None:
    """Return wall seconds out of ISO 8601, seconds or milliseconds; None for what is no likely moment."""
    if isinstance(value, str):
        seconds = _seconds(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(min(value, _LAST_SECOND * 1001))
    else:
        return None
    if seconds > _LAST_SECOND:
        seconds /= 1000
    return seconds if 0 < seconds <= _LAST_SECOND else None


def _seconds(text: str) -> float:
    """Return the seconds in a text; not a number if it is no moment."""
    try:
        written = datetime.fromisoformat(text)
        return (written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        pass
    try:
        return float(text)
    except ValueError:
        return math.nan
