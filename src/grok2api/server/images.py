"""Puts together what has pictures drawn and gives them out.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.accounting.pricing import Prices
from grok2api.api.v1.images import ImageServices
from grok2api.api.v1.turns import TurnServices
from grok2api.gateway.gallery import Gallery
from grok2api.gateway.given_pictures import GivenPictures
from grok2api.gateway.images import ImageMaker
from grok2api.gateway.media_calls import MediaCalls
from grok2api.gateway.models import Models
from grok2api.gateway.own_media import OwnMedia
from grok2api.kit.clock import Clock
from grok2api.kit.sealedid import SealedIds
from grok2api.media.darkroom import Darkroom
from grok2api.pool.pool import Pool
from grok2api.server.media import Media
from grok2api.upstream.transport.fetching import Fetcher


@dataclass(frozen=True, slots=True)
class ImageTools:
    """What pictures are made with."""

    calls: MediaCalls
    models: Models
    pool: Pool
    prices: Prices
    ids: SealedIds
    fetcher: Fetcher
    media: Media
    darkroom: Darkroom
    clock: Clock


@dataclass(frozen=True, slots=True)
class PictureParts:
    """What draws pictures and gives them out."""

    maker: ImageMaker
    gallery: Gallery


def picture_parts(tools: ImageTools) -> PictureParts:
    """Return the parts, joined."""
    library, links = tools.media.library, tools.media.links
    own = OwnMedia(library, links, tools.clock)
    given = GivenPictures(ids=tools.ids, fetcher=tools.fetcher, own=own, darkroom=tools.darkroom)
    maker = ImageMaker(
        calls=tools.calls,
        models=tools.models,
        pool=tools.pool,
        given=given,
        fetcher=tools.fetcher,
        prices=tools.prices,
    )
    return PictureParts(maker, Gallery(library, links, tools.clock))


def build_images(turns: TurnServices, parts: PictureParts) -> ImageServices:
    """Return what the endpoints of pictures work with."""
    return ImageServices(
        turns=turns, maker=parts.maker, gallery=parts.gallery, admission=turns.media_admission
    )
