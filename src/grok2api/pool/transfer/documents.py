"""The shapes that a JSON document of credentials can have, taken apart into items.

Must never put a text of the document into a place, unless its form shows that it cannot be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from grok2api.pool.transfer import recognition
from grok2api.pool.transfer.fields import Item, is_cookie, names_a_secret

OWN_MARK: Final = "grok2api_credentials"
OWN_VERSION: Final = 1
_UNKNOWN_VERSION: Final = "This export was written by another version of grok2api; use a newer one."
_NO_LIST: Final = "Its credentials are not a list."
_COOKIE_POOL: Final = "sso"
_SCOPE_SIGN: Final = "::"
_HARMLESS_SCOPE: Final = re.compile(
    r"xai::api_key|https://(?:auth|accounts)\.x\.ai(?:/[a-z-]{0,16})?(?:::[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?"
)


def items_of(document: object) -> tuple[str, Iterator[Item]]:
    """Return the name of a document's format, and its parts in their order."""
    if isinstance(document, list):
        return ("cookies" if document and is_cookie(document[0]) else "json"), _numbered(document)
    if not isinstance(document, Mapping):
        return "json", _numbered([document])
    if OWN_MARK in document:
        return "grok2api", _own(document)
    pools = [values for name, values in document.items() if _is_cookie_pool(name, values)]
    if pools:
        return "token.json", _refused(value for values in pools for value in values)
    if isinstance(document.get("cookies"), list):
        return "cookies", _refused(document["cookies"])
    if isinstance(document.get("credentials"), list):
        return "json", _numbered(document["credentials"])
    if _is_grok_cli(document):
        return "grok-cli", _scoped(document)
    return ("cliproxyapi" if "type" in document else "json"), _numbered([document])


def _numbered(contents: Iterable[object], *, own: bool = False) -> Iterator[Item]:
    return (
        Item(place=f"entry {number}", content=content, own=own) for number, content in enumerate(contents, 1)
    )


def _refused(contents: Iterable[object]) -> Iterator[Item]:
    """Yield the cookies of a file of cookies, each one refused."""
    return (Item(place=f"entry {number}", refusal=recognition.COOKIE) for number, _ in enumerate(contents, 1))


def _own(document: Mapping[str, object]) -> Iterator[Item]:
    credentials = document.get("credentials")
    if document[OWN_MARK] != OWN_VERSION or document[OWN_MARK] is True:
        return iter((Item(place="file", refusal=_UNKNOWN_VERSION),))
    if not isinstance(credentials, list):
        return iter((Item(place="file", refusal=_NO_LIST),))
    return _numbered(credentials, own=True)


def _is_cookie_pool(name: str, values: object) -> bool:
    """Tell whether these are cookies as earlier releases kept them, for instance as `ssoBasic`."""
    return isinstance(values, list | dict) and name.lower().startswith(_COOKIE_POOL)


def _is_grok_cli(document: Mapping[str, object]) -> bool:
    """Tell whether this is an auth file of the Grok CLI: objects, each under its scope."""
    if any(map(names_a_secret, document)):
        return False
    objects = bool(document) and all(isinstance(part, Mapping) for part in document.values())
    return objects or any(_SCOPE_SIGN in name for name in document)


def _scoped(document: Mapping[str, object]) -> Iterator[Item]:
    for number, (scope, content) in enumerate(document.items(), 1):
        place = f"scope {scope}" if _HARMLESS_SCOPE.fullmatch(scope) else f"entry {number}"
        yield Item(place=place, content=content, scope=scope)
