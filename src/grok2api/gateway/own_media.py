"""Media behind links that we made ourselves, for requests that send such a link back.

A link of ours may lead to a host that only our clients can reach, and xAI would have to fetch it over the
open internet: so what it leads to is read here. The signature is the right to read it. Must never read what a
link leads to whose signature is not ours.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from grok2api.errors import InvalidRequest, NotFound
from grok2api.kit.clock import Clock
from grok2api.media.library import MediaLibrary
from grok2api.media.links import PATH, Links, LinkState
from grok2api.storage.records import Asset, AssetKind

_KINDS: Final[dict[AssetKind, str]] = {"image": "picture", "video": "clip", "audio": "sound"}


class OwnMedia:
    """What our own links lead to.

    Args:
        library: Holds it.
        links: Knows our own links.
        clock: Where time comes from.
    """

    def __init__(self, library: MediaLibrary, links: Links, clock: Clock) -> None:
        self._library = library
        self._links = links
        self._clock = clock

    async def asset(self, url: str, param: str) -> Asset | None:
        """Return what a link of ours leads to; None if it is no link of ours.

        Raises:
            InvalidRequest: it is ours, but leads nowhere any more; or it is no address.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            raise InvalidRequest(f"'{param}' is an address that cannot be read.", param=param) from None
        if f"{PATH}/" not in parts.path:
            return None
        asset_id, query = parts.path.rpartition(f"{PATH}/")[2], parse_qs(parts.query)
        expires, signature = (query.get(name, [""])[0] for name in ("expires", "signature"))
        state = self._links.state(asset_id, expires, signature, self._clock.now())
        if state is LinkState.FALSE:
            return None
        asset = await self._library.find(asset_id) if state is LinkState.VALID else None
        if asset is None:
            raise InvalidRequest(
                f"'{param}' is a link of this server's that has ended. Send the file itself.", param=param
            )
        return asset

    async def content(self, asset: Asset, *, kind: AssetKind, limit: int, param: str) -> bytes:
        """Return its bytes.

        Raises:
            InvalidRequest: it is of another kind, too large, or gone.
        """
        self.check(asset, kind=kind, limit=limit, param=param)
        try:
            return await self._library.content(asset)
        except NotFound as error:
            raise InvalidRequest(error.public_message, param=param) from error

    @staticmethod
    def check(asset: Asset, *, kind: AssetKind, limit: int, param: str) -> None:
        """Check that it is what is asked for.

        Raises:
            InvalidRequest: it is of another kind, or too large.
        """
        if asset.kind != kind:
            raise InvalidRequest(
                f"'{param}' leads to a {_KINDS[asset.kind]}, not to a {_KINDS[kind]}.", param=param
            )
        if asset.size > limit:
            raise InvalidRequest(
                f"'{param}' leads to {asset.size} bytes; {limit} are the most here.", param=param
            )
