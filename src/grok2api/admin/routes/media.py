"""What is kept of what Grok made: pictures, clips and sounds, to be looked at and to be deleted.

Must never hand out bytes itself: a view has a signed link, which works like those that clients get. Nor may
it show where a file lies.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body, Query, Response
from pydantic import Field

from grok2api.admin.audited import Noting
from grok2api.admin.cursors import Place, cursor_of, place_of
from grok2api.admin.names import Names
from grok2api.admin.services import GalleryServices
from grok2api.admin.shapes import Asked, Sent, Told
from grok2api.admin.subjects import subject
from grok2api.errors import InvalidRequest, NotFound
from grok2api.operations.notation import moment
from grok2api.storage.records import Asset, AssetKind
from grok2api.storage.stores import AssetStore

_AT_ONCE: Final = 200


class MediaQuery(Asked):
    """A page of media."""

    kind: AssetKind | None = None
    """Left out, any."""
    owner: str | None = Field(default=None, max_length=128)
    """Id of the client key that it was made for."""
    limit: int = Field(default=60, ge=1, le=_AT_ONCE)
    cursor: str = Field(default="", max_length=200)
    """The last page's `next_cursor`; empty for the first page."""


class MediaView(Told):
    """A picture, clip or sound."""

    id: str
    """Its id, 32 hexadecimal digits."""
    kind: AssetKind
    """`image`, `video` or `audio`."""
    mime: str
    """Its media type, by its content."""
    size: int
    """Bytes."""
    owner: str
    """Id of the client key that it was made for."""
    owner_name: str | None
    """What the client key is called; null if it was deleted, or stands in the settings."""
    created_at: str | None
    """When it was made, UTC in ISO 8601; null only for a time that no calendar holds."""
    last_used_at: str | None
    """When it was last asked for, to the minute."""
    link: str | None
    """Path and query of a signed link on this server; null if the bytes lie on another host."""


class MediaPage(Told):
    """Media, newest first; with a `next_cursor` there are more."""

    data: list[MediaView]
    """The media of this page, newest first."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""
    held_bytes: int
    """What this host holds, or what lies in object storage."""
    limit_bytes: int
    """How much may stay there (`cache.limit_mb`); 0 is no limit."""


class ShareBody(Sent):
    """For how long a link works."""

    seconds: int = Field(ge=60, le=7_776_000)
    """A minute to ninety days."""


class SharedLink(Told):
    """Path and query of a signed link on this server, and when it ends."""

    link: str
    """Its path and query on this server."""
    expires_at: str
    """When the link ends, UTC in ISO 8601."""


class MediaRoutes:
    """Media.

    Args:
        store: What is known of them.
        gallery: Links to them, deletes them, and knows how much there may be.
        names: Tells what client keys are called.
    """

    def __init__(self, store: AssetStore, gallery: GalleryServices, names: Names) -> None:
        self._store = store
        self._gallery = gallery
        self._names = names

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("media")
        router.add_api_route("/media", self.page, methods=["GET"], summary="List media")
        router.add_api_route(
            "/media/{media_id}",
            self.delete,
            methods=["DELETE"],
            status_code=204,
            summary="Delete a picture, clip or sound",
        )
        router.add_api_route(
            "/media/{media_id}/link", self.share, methods=["POST"], summary="Make a link to be shared"
        )
        return router

    async def page(self, query: Annotated[MediaQuery, Query()]) -> MediaPage:
        """List what is kept, newest first. `cursor` is the last page's `next_cursor`."""
        found, more = await self._found(query)
        names = await self._names.of_keys()
        return MediaPage(
            data=[self._view(each, names.get(each.owner)) for each in found],
            next_cursor=cursor_of(more),
            held_bytes=await self._store.total_size(self._gallery.host),
            limit_bytes=self._gallery.limit(),
        )

    async def delete(self, media_id: str, note: Noting) -> Response:
        """Delete one for good: no link leads to it any more. Bytes of another host go within two hours."""
        asset = await self._store.get(media_id)
        if asset is None or not await self._gallery.forget(asset):
            raise NotFound("There is no such file.")
        note.before = {"kind": asset.kind, "mime": asset.mime, "size": asset.size, "owner": asset.owner}
        return Response(status_code=204)

    async def share(self, media_id: str, sent: Annotated[ShareBody, Body()], note: Noting) -> SharedLink:
        """Make a link that works without a key until its time is over; nothing takes it back before that.

        It ends with what it leads to: who deletes that ends the link.
        """
        asset = await self._store.get(media_id)
        if asset is None:
            raise NotFound("There is no such file.")
        shared = self._gallery.share(asset, sent.seconds)
        if shared is None:
            raise InvalidRequest("Its bytes lie on another host; share it there.")
        link, end = shared
        note.after = {"seconds": sent.seconds, "owner": asset.owner}
        return SharedLink(link=link, expires_at=moment(end) or "")

    async def _found(self, query: MediaQuery) -> tuple[list[Asset], Place | None]:
        """Return what fits, and from where to go on; None at the end."""
        before = place_of(query.cursor)
        rows = await self._store.recent(query.limit + 1, owner=query.owner, kind=query.kind, before=before)
        found = list(rows[: query.limit])
        return found, found[-1].cursor if len(rows) > len(found) else None

    def _view(self, asset: Asset, owner_name: str | None) -> MediaView:
        return MediaView(
            id=asset.id,
            kind=asset.kind,
            mime=asset.mime,
            size=asset.size,
            owner=asset.owner,
            owner_name=owner_name,
            created_at=moment(asset.created_at),
            last_used_at=moment(asset.last_used_at),
            link=self._gallery.link(asset),
        )
