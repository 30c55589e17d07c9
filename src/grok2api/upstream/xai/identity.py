"""Asks xAI who a credential is: one call, which costs nothing.

`/api-key` tells of a key what it may do, and `/me` is the one question that sign-ins are allowed too. Fields
that are missing or of another type are left empty, and so is everything if upstream does not know the
question. Must never change a record.
Source: xai-api.md §2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.fault import FaultKind
from grok2api.canonical.identity import Identity
from grok2api.upstream.base import UpstreamFault, WholeReply

_NOT_KNOWN_THERE: Final = frozenset({FaultKind.OBJECT_MISSING, FaultKind.INVALID_REQUEST})
_LONGEST: Final = 256
_MOST_ACLS: Final = 1000


class Asks(Protocol):
    """The part of the upstream client that is needed here."""

    async def whole(self, dispatch: Dispatch, lease: Lease) -> WholeReply:
        """Send a request and read its whole answer."""
        ...


async def identify(client: Asks, lease: Lease, *, sign_in: bool) -> Identity:
    """Return what upstream says about a leased credential.

    Args:
        client: Sends the question.
        lease: Whose identity is asked for.
        sign_in: Whether it is a sign-in and not an API key.

    Raises:
        UpstreamFault: it refused the credential, or could not be reached.
    """
    path = "/me" if sign_in else "/api-key"
    try:
        reply = await client.whole(Dispatch(method="GET", path=path), lease)
    except UpstreamFault as error:
        if error.fault.kind in _NOT_KNOWN_THERE:
            return Identity()
        raise
    return read_identity(reply.content)


def read_identity(content: bytes) -> Identity:
    """Return the identity that an answer of `/me` or `/api-key` tells."""
    try:
        told = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Identity()
    if not isinstance(told, Mapping):
        return Identity()
    key = told.get("api_key")
    return Identity(
        team_id=_text(told, "team_id"),
        user_id=_text(told, "user_id"),
        name=_text(told, "name"),
        acls=_texts(told.get("acls")),
        blocked=_trouble(told, key if isinstance(key, Mapping) else {}),
        zdr={"zdr": True, "no_zdr": False}.get(_text(told, "zdr_status")),
    )


def _trouble(told: Mapping[str, object], key: Mapping[str, object]) -> str:
    """Return why the credential may not be used, or an empty text."""
    if told.get("team_blocked") is True:
        return "xAI blocked the team"
    if told.get("user_blocked") is True:
        return "xAI blocked the user"
    if told.get("api_key_blocked") is True or key.get("blocked") is True:
        return "xAI blocked the key"
    if told.get("api_key_disabled") is True or key.get("disabled") is True:
        return "the key is disabled at xAI"
    return ""


def _text(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    return value[:_LONGEST] if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    items = value[:_MOST_ACLS] if isinstance(value, list) else []
    return tuple(item[:_LONGEST] for item in items if isinstance(item, str))
