"""Puts together what makes the pictures, documents and sounds of requests ready.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from grok2api.gateway.enclosures import Ear, Enclosures, EnclosureTools
from grok2api.gateway.own_media import OwnMedia
from grok2api.kit.clock import Clock
from grok2api.media.darkroom import Darkroom
from grok2api.server.media import Media
from grok2api.upstream.transport.fetching import Fetcher


def build_enclosures(
    media: Media, fetcher: Fetcher, darkroom: Darkroom, ear: Ear, clock: Clock
) -> Enclosures:
    """Return the parts, joined."""
    own = OwnMedia(media.library, media.links, clock)
    return Enclosures(EnclosureTools(fetcher=fetcher, own=own, darkroom=darkroom, ear=ear))
