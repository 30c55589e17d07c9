"""Puts together what has pictures drawn and gives them out.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from grok2api.accounting.pricing import Prices
from grok2api.api.admission import Admission
from grok2api.api.v1.images import ImageServices
from grok2api.api.v1.turns import TurnServices
from grok2api.gateway.gallery import Gallery
from grok2api.gateway.given_pictures import GivenPictures
from grok2api.gateway.images import ImageMaker
from grok2api.gateway.media_calls import MediaCalls
from grok2api.gateway.models import Models
from grok2api.kit.clock import Clock
from grok2api.kit.sealedid import SealedIds
from grok2api.pool.pool import Pool
from grok2api.server.media import Media
from grok2api.upstream.transport.fetching import Fetcher


def build_images(
    turns: TurnServices,
    *,
    calls: MediaCalls,
    models: Models,
    pool: Pool,
    prices: Prices,
    ids: SealedIds,
    fetcher: Fetcher,
    media: Media,
    admission: Admission,
    clock: Clock,
) -> ImageServices:
    """Return what the endpoints of pictures work with."""
    given = GivenPictures(ids=ids, fetcher=fetcher, library=media.library, links=media.links, clock=clock)
    maker = ImageMaker(calls=calls, models=models, pool=pool, given=given, fetcher=fetcher, prices=prices)
    return ImageServices(
        turns=turns,
        maker=maker,
        gallery=Gallery(media.library, media.links, clock),
        admission=admission,
    )
