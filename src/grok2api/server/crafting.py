"""Puts together what conversations need of media: what reads it, and what makes it.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.canonical.plan import ModelKind
from grok2api.gateway.enclosures import Ear, Enclosures, EnclosureTools
from grok2api.gateway.own_media import OwnMedia
from grok2api.gateway.pipeline import Readers
from grok2api.gateway.studio.films import FilmStudio
from grok2api.gateway.studio.pictures import PictureStudio
from grok2api.gateway.studio.studio import Studio, StudioTools
from grok2api.gateway.videos.jobs import VideoJobs
from grok2api.media.darkroom import Darkroom
from grok2api.server.images import PictureParts
from grok2api.server.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Crafts:
    """What pictures and clips are made with, and sounds heard."""

    pictures: PictureParts
    jobs: VideoJobs
    ear: Ear
    darkroom: Darkroom
    readers: Readers


def build_enclosures(parts: Parts, crafts: Crafts) -> Enclosures:
    """Return what makes the pictures, documents and sounds of requests ready."""
    tools = EnclosureTools(fetcher=parts.fetcher, own=_own(parts), darkroom=crafts.darkroom, ear=crafts.ear)
    return Enclosures(tools)


def build_studio(parts: Parts, crafts: Crafts) -> Studio:
    """Return what answers with pictures and clips."""
    films = FilmStudio(
        jobs=crafts.jobs,
        ids=parts.ids,
        links=parts.media.links,
        sandboxed=lambda: parts.pool.practising,
        clock=parts.clock,
    )
    pictures = PictureStudio(crafts.pictures.maker, crafts.pictures.gallery)
    return Studio(
        StudioTools(
            makers={ModelKind.IMAGE: pictures, ModelKind.VIDEO: films},
            own=_own(parts),
            readers=crafts.readers,
            clock=parts.clock,
        )
    )


def _own(parts: Parts) -> OwnMedia:
    return OwnMedia(parts.media.library, parts.media.links, parts.clock)
