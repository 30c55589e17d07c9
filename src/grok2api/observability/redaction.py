"""Masks what looks like a secret, in a text and in whatever else somebody logs or writes down.

By shape: keys, tokens, headers, cookies, passwords in addresses. By name: a field, or the first of a pair,
that is called `authorization`. Must never let a value through because it is not a text: what it would be
printed as is looked at. Must never take longer than a text's length asks for: clients choose some of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

MASK: Final = "***"
_SHAPES: Final = re.compile(
    r"""(?i:
        ((?:bearer|basic)\s++)[^\s"',;]+
      | (\b\w++://[^\s:/@]*+:)[^\s/"']+(?=@)
      | (\b(?:set-)?cookie\\{0,4}["']?\s?[:=,]\s?b?\\{0,4}["']?
        |\b(?:proxy-)?authorization\\{0,4}["']?\s?[:=,]\s?b?\\{0,4}["']?)[^"'\\\r\n]+
      | ((?:\b|_)(?:token|secret|password|passwd|passphrase|device_code|code_verifier)
            (?:=b?\\{0,4}["']?|\\{0,4}["']\s?[:,]\s?b?\\{0,4}["']))[^\s"'\\&,;]+
      | (\b(?:x-)?api[_-]?key\\{0,4}["']?\s?[:=,]\s?b?\\{0,4}["']?)[^\s"'\\&,;]+
    )
      | \bxai-[\w-]{6,} | \b(?:sk|adm|gat)-[\w-]{16,} | \beyJ[\w.-]{8,}""",
    re.VERBOSE,
)
_MARKS: Final = re.compile(
    "://|bearer|basic|cookie|authorization|token|secret|passw|passphrase|device_code|code_verifier"
    "|api_?key|api-key|xai-|sk-|adm-|gat-|eyj"
)
"""One of them is in every text with a secret; most texts have none and are not looked at any further."""
_NAMES: Final = frozenset(
    {
        *("authorization", "proxy_authorization", "x_api_key", "api_key", "key", "cookie", "set_cookie"),
        *("token", "access_token", "refresh_token", "id_token", "device_code", "code_verifier"),
        *("secret", "client_secret", "password", "passphrase"),
    }
)


def redact(text: str) -> str:
    """Return `text` with everything masked that looks like a secret."""
    return text if _MARKS.search(text.lower()) is None else _SHAPES.sub(_masked, text)


def redact_value(value: Any, name: object = "") -> Any:
    """Return a value of any kind with its secrets masked.

    Args:
        value: What is told.
        name: What it is called.
    """
    if _is_secret(name):
        return MASK
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {redact_value(key): redact_value(each, key) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        if len(value) == 2 and _is_secret(value[0]):
            return [redact_value(value[0]), MASK]
        return [redact_value(each) for each in value]
    return redact(repr(value))


def _masked(match: re.Match[str]) -> str:
    return (match[match.lastindex] if match.lastindex else "") + MASK


def _is_secret(name: object) -> bool:
    text = name.decode("latin-1") if isinstance(name, bytes) else name
    return isinstance(text, str) and text.lower().replace("-", "_") in _NAMES
