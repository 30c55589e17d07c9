"""Puts together what keeps media and what links to it.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.config.live import Live
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import KeyRing
from grok2api.media.library import MediaLibrary
from grok2api.media.links import Links
from grok2api.media.opening import open_places, rules_of
from grok2api.storage.stores import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The media of a worker."""

    library: MediaLibrary
    links: Links


async def build_media(live: Live, ring: KeyRing, records: Records, clock: Clock) -> Media:
    """Return the parts, joined.

    Raises:
        ConfigError: the places of the settings cannot be used.
    """
    places = await open_places(live.current, records.meta)
    library = MediaLibrary(records.assets, places, clock, rules=lambda: rules_of(live.current))
    return Media(library=library, links=Links(ring, hours=lambda: live.current.media.link_hours))
