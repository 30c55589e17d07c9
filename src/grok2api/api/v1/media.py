"""GET and HEAD /v1/media/{id}: a picture, clip or sound, for whoever has a link to it.

A link is enough, so that a page can show what it leads to. The client key that it was made for opens it as
well, with or without a link; no other key does. Must never tell somebody who may not have it whether there is
anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from grok2api.api.auth import Authenticator
from grok2api.api.context import RequestContext, context_of
from grok2api.api.delivery import AssetDelivery
from grok2api.errors import Forbidden, NotFound
from grok2api.kit.clock import Clock
from grok2api.media.library import MediaLibrary
from grok2api.media.links import Links, LinkState
from grok2api.storage.records import Asset

_MOST_FIELDS: Final = 20
_KEPT_FOR_OWNER: Final = 300.0
"""Seconds for which a client may keep what it opened with its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaServices:
    """What the endpoint works with."""

    library: MediaLibrary
    links: Links
    delivery: AssetDelivery
    authenticator: Authenticator
    clock: Clock


class MediaEndpoint:
    """Answers for one asset."""

    def __init__(self, services: MediaServices) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            NotFound: there is no such asset for this link or key.
            Forbidden: the link has ended.
            Unauthenticated: there is no valid link, and the key is not valid either.
        """
        asset_id: str = scope["path_params"]["media_id"]
        asset, seconds = await self._allowed(context_of(scope), asset_id, scope["query_string"])
        await self._services.delivery(scope, receive, send, asset, seconds=seconds)

    async def _allowed(self, context: RequestContext, asset_id: str, query: bytes) -> tuple[Asset, float]:
        """Return the asset, and for how many seconds the client may keep it."""
        services, now = self._services, self._services.clock.now()
        expires, signature = _asked(query)
        state = services.links.state(asset_id, expires, signature, now)
        if state is LinkState.VALID:
            return await self._found(asset_id), int(expires) - now
        if context.header(b"authorization") or context.header(b"x-api-key"):
            caller = services.authenticator.admit(context, None)
            asset = await self._found(asset_id)
            if asset.owner != caller.key_id:
                raise _not_found()
            return asset, _KEPT_FOR_OWNER
        if state is LinkState.ENDED:
            raise _ended(int(expires))
        raise _not_found()

    async def _found(self, asset_id: str) -> Asset:
        asset = await self._services.library.find(asset_id)
        if asset is None:
            raise _not_found()
        return asset


def _asked(query: bytes) -> tuple[str, str]:
    """Return the end and the signature of a link; empty where one is missing or there more than once."""
    try:
        given = parse_qs(query.decode("latin-1"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return "", ""
    expires, signature = given.get("expires", []), given.get("signature", [])
    return (expires[0], signature[0]) if len(expires) == len(signature) == 1 else ("", "")


def _not_found() -> NotFound:
    return NotFound(
        "There is no such file, or the link to it is not whole. Use a link exactly as it was given."
    )


def _ended(moment: int) -> Forbidden:
    when = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Forbidden(
        f"This link ended at {when}. Send the same address with the API key that it was made for "
        "('Authorization: Bearer KEY'), or ask for the result again, which gives a fresh link.",
        param="expires",
        code="link_expired",
    )
