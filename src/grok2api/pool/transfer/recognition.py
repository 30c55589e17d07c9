"""What a pasted text is: an API key of xAI, a token of a sign-in, a browser's cookie, or another's key.

Must never repeat the text in a reason, and must never guess in favour of storing: what is neither a key
nor a token by its looks is refused.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from grok2api.pool.claims import payload_of
from grok2api.pool.transfer.entry import LONGEST_SECRET, Refused

LONGEST_KEY: Final = 512
COOKIE: Final = (
    "Browser cookies are not supported: this gateway uses xAI's official API only; "
    "use an API key from console.x.ai or `grok2api login`."
)
ACCESS_ALONE: Final = (
    "It is an access token without its refresh token and would end within hours; "
    "give the refresh token, or use `grok2api login`."
)
FOREIGN_ISSUER: Final = "It is a sign-in of another service, not of xAI."
NOTHING: Final = "It holds no API key and no token."
NEITHER: Final = (
    "It is neither an API key of xAI (those begin with xai-) nor a refresh token; "
    "put one alone on a line, or use CSV or JSON to give it a name."
)
NOT_A_KEY: Final = "It is no API key of xAI; those begin with xai-."
NOT_A_TOKEN: Final = "It is an API key where a token of a sign-in should stand."  # noqa: S105
NO_TEXT: Final = "Its key or token is not a text."
STRANGE: Final = "Its key or token holds white space or characters that none has; give it alone."
TOO_LONG: Final = f"Its key or token is longer than {LONGEST_SECRET // 1024} KiB."
TOO_SHORT: Final = "Its token is too short to be one."
KEY_TOO_LONG: Final = f"Its API key is longer than {LONGEST_KEY} characters."

_API_KEY: Final = "xai-"
_API_KEY_FORM: Final = re.compile(r"xai-[A-Za-z0-9._~+/=-]+")
_TOKEN_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~+/-]{14,}={0,2}")
_SHORTEST_TOKEN: Final = 8
_VISIBLE: Final = re.compile(r"[!-~]+")
_REFRESH_MARK: Final = re.compile(r"(?:refresh|refresh_token|rt):\s*", re.IGNORECASE)
_QUOTES: Final = {'"': '"', "'": "'", "`": "`", "“": "”"}

_COOKIE_WORDS: Final = re.compile(
    r"""\b(?:set-)?cookie\s*:|(?:^|[\s;,"'])(?:sso|sso-rw|cf_clearance|__cf_bm|x-userid|auth_token|ct0)\s*=""",
    re.IGNORECASE,
)
_COOKIE_PAIRS: Final = re.compile(r"[\w.%-]+=[^;\s]*(?:;\s*[\w.%-]+=[^;]*)+;?\s*")
_COOKIE_CLAIMS: Final = frozenset(("session_id", "iat", "exp", "nbf"))
_ACCESS_CLAIMS: Final = frozenset(("tier", "principal_type"))
_SWITCHES: Final = frozenset(("TRUE", "FALSE"))

_FOREIGN: Final = (
    ("sk-ant-", "It is a key of Anthropic, not of xAI."),
    ("sk-or-", "It is a key of OpenRouter, not of xAI."),
    ("sk-proj-", "It is a key of OpenAI, not of xAI."),
    ("sk-svcacct-", "It is a key of OpenAI, not of xAI."),
    ("sk-", "It is a client key of this gateway or a key of another service, not a key of xAI."),
    ("AIza", "It is a key of Google, not of xAI."),
    ("gsk_", "It is a key of Groq, not of xAI."),
    ("pplx-", "It is a key of Perplexity, not of xAI."),
    ("nvapi-", "It is a key of NVIDIA, not of xAI."),
    ("hf_", "It is a token of Hugging Face, not of xAI."),
    ("ghp_", "It is a token of GitHub, not of xAI."),
    ("gho_", "It is a token of GitHub, not of xAI."),
    ("github_pat_", "It is a token of GitHub, not of xAI."),
    ("xai-token-", "It is a management key of xAI, not an API key; make one at console.x.ai."),
    ("xai-client-secret.", "It is a short-lived client secret of xAI; make an API key at console.x.ai."),
)


def bare_secret(line: str) -> dict[str, str]:
    """Return the fields of an entry that one pasted text gives: `key`, or `refresh_token`.

    Raises:
        Refused: It is neither, or it is a cookie.
    """
    refuse_cookie(line)
    text = without_quotes(line)
    marked = _REFRESH_MARK.match(text)
    if marked is not None:
        return {"refresh_token": token(without_quotes(text[marked.end() :]))}
    if text.startswith(_API_KEY):
        return {"key": api_key(text)}
    _refuse_foreign(text)
    _refuse_long(text)
    if _TOKEN_FORM.fullmatch(text) is None:
        raise Refused(NEITHER)
    if payload_of(text).keys() & _ACCESS_CLAIMS:
        raise Refused(ACCESS_ALONE)
    return {"refresh_token": text}


def looks_like_api_key(text: str) -> bool:
    """Tell whether a text begins as xAI's API keys do."""
    return text.startswith(_API_KEY)


def api_key(text: str) -> str:
    """Return an API key of xAI; Refused if it is none."""
    refuse_cookie(text)
    _refuse_foreign(text)
    _refuse_long(text)
    if not looks_like_api_key(text):
        raise Refused(NOT_A_KEY)
    if len(text) > LONGEST_KEY:
        raise Refused(KEY_TOO_LONG)
    if _API_KEY_FORM.fullmatch(text) is None:
        raise Refused(STRANGE)
    return text


def token(text: str) -> str:
    """Return what its place in the file calls a token of a sign-in; Refused if it cannot be one."""
    refuse_cookie(text)
    _refuse_foreign(text)
    _refuse_long(text)
    if looks_like_api_key(text):
        raise Refused(NOT_A_TOKEN)
    if len(text) < _SHORTEST_TOKEN:
        raise Refused(TOO_SHORT)
    if _VISIBLE.fullmatch(text) is None:
        raise Refused(STRANGE)
    return text


def visible(text: str) -> str:
    """Return a secret from a file of this gateway, of whatever looks; Refused if it cannot be one."""
    refuse_cookie(text)
    _refuse_long(text)
    if text and _VISIBLE.fullmatch(text) is None:
        raise Refused(STRANGE)
    return text


def refuse_cookie(text: str) -> None:
    """Raise Refused if a text is a browser's cookie, a header full of them, or a line of a cookie file."""
    start = text[:LONGEST_SECRET]
    columns = start.split("\t", 6)
    netscape = len(columns) > 5 and _SWITCHES.issuperset((columns[1], columns[3]))
    if netscape or _COOKIE_WORDS.search(start) or _COOKIE_PAIRS.fullmatch(start):
        raise Refused(COOKIE)
    claims = payload_of(without_quotes(start)).keys()
    if "session_id" in claims and claims <= _COOKIE_CLAIMS:
        raise Refused(COOKIE)


def refuse_issuer(issuer: str) -> None:
    """Raise Refused unless an issuer is an address of xAI, or of this machine, where the sandbox is."""
    try:
        parts = urlsplit(issuer)
        host = parts.hostname or ""
    except ValueError:
        raise Refused(FOREIGN_ISSUER) from None
    of_xai = parts.scheme == "https" and f".{host}".endswith(".x.ai")
    here = parts.scheme in ("http", "https") and host in ("localhost", "127.0.0.1", "::1")
    if not (of_xai or here):
        raise Refused(FOREIGN_ISSUER)


def without_quotes(text: str) -> str:
    """Return a text without white space, a comma at its end, and a pair of quotation marks around it."""
    bare = text.strip().rstrip(",").rstrip()
    if len(bare) > 1 and _QUOTES.get(bare[0]) == bare[-1]:
        return bare[1:-1].strip()
    return bare


def _refuse_long(text: str) -> None:
    if len(text) > LONGEST_SECRET:
        raise Refused(TOO_LONG)


def _refuse_foreign(text: str) -> None:
    for beginning, reason in _FOREIGN:
        if text.startswith(beginning):
            raise Refused(reason)
