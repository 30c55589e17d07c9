"""Puts together what has pictures drawn and gives them out.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.api.v1.images import ImageServices
from grok2api.api.v1.turns import TurnServices
from grok2api.gateway.gallery import Gallery
from grok2api.gateway.given_pictures import GivenPictures
from grok2api.gateway.images import ImageMaker
from grok2api.gateway.media_calls import MediaCalls
from grok2api.gateway.own_media import OwnMedia
from grok2api.media.darkroom import Darkroom
from grok2api.server.parts import Parts


@dataclass(frozen=True, slots=True)
class PictureParts:
    """What draws pictures and gives them out."""

    maker: ImageMaker
    gallery: Gallery


def picture_parts(parts: Parts, calls: MediaCalls, darkroom: Darkroom) -> PictureParts:
    """Return what draws and gives out, joined."""
    library, links = parts.media.library, parts.media.links
    own = OwnMedia(library, links, parts.clock)
    given = GivenPictures(ids=parts.ids, fetcher=parts.fetcher, own=own, darkroom=darkroom)
    maker = ImageMaker(
        calls=calls,
        models=parts.models,
        pool=parts.pool,
        given=given,
        fetcher=parts.fetcher,
        prices=parts.prices,
    )
    return PictureParts(maker, Gallery(library, links, parts.clock))


def build_images(turns: TurnServices, pictures: PictureParts) -> ImageServices:
    """Return what the endpoints of pictures work with."""
    return ImageServices(
        turns=turns, maker=pictures.maker, gallery=pictures.gallery, admission=turns.media_admission
    )
