"""Puts together what keeps media, what links to it and what cleans it.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.admin.services import GalleryServices
from grok2api.api.admission import Admission
from grok2api.api.delivery import AssetDelivery
from grok2api.api.inflight import InFlight
from grok2api.config.live import Live
from grok2api.kit.clock import Clock
from grok2api.media.janitor import Janitor
from grok2api.media.library import MediaLibrary
from grok2api.media.links import Links
from grok2api.media.opening import open_places
from grok2api.server.foundation import Foundation
from grok2api.server.rules import cleaning_rules, media_rules
from grok2api.storage.records import Asset


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The media of a worker."""

    library: MediaLibrary
    links: Links
    delivery: AssetDelivery
    janitor: Janitor
    admission: Admission
    """The places for uploads and downloads (`performance.assets_max_concurrent`)."""


async def build_media(base: Foundation, in_flight: InFlight) -> Media:
    """Return the parts, joined.

    Raises:
        ConfigError: the places of the settings cannot be used.
    """
    live, records, clock = base.live, base.records, base.clock
    places = await open_places(live.current, records.meta)
    library = MediaLibrary(records.assets, places, clock, rules=lambda: media_rules(live.current))
    janitor = Janitor(
        library, records.claims, holder=base.holder, clock=clock, rules=lambda: cleaning_rules(live.current)
    )
    admission = Admission()
    return Media(
        library=library,
        links=Links(base.ring, hours=lambda: live.current.media.link_hours),
        delivery=AssetDelivery(library, live, admission, in_flight),
        janitor=janitor,
        admission=admission,
    )


def gallery_services(media: Media, live: Live, clock: Clock) -> GalleryServices:
    """Return what the operator's side may do with media."""

    def link(asset: Asset) -> str | None:
        if media.library.elsewhere(asset):
            return None
        return media.links.link("", asset.id, now=clock.now())

    def share(asset: Asset, seconds: int) -> tuple[str, float] | None:
        if media.library.elsewhere(asset):
            return None
        end = int(clock.now()) + seconds
        return media.links.link_until("", asset.id, end), float(end)

    return GalleryServices(
        host=media.library.places.host,
        share=share,
        limit=lambda: cleaning_rules(live.current).capacity,
        link=link,
        forget=media.library.forget,
    )
