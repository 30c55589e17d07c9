"""Puts together what speaks and hears.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from grok2api.accounting.pricing import Prices
from grok2api.api.v1.speech import SoundServices
from grok2api.api.v1.turns import TurnServices
from grok2api.gateway.media_calls import MediaCalls
from grok2api.gateway.sound import SoundCalls
from grok2api.gateway.transcriber import Transcriber
from grok2api.gateway.upstreams import Upstream


def build_sound(
    turns: TurnServices, *, calls: MediaCalls, upstream: Upstream, prices: Prices
) -> SoundServices:
    """Return what the endpoints of sound work with; their places are those for media of any kind.

    Args:
        turns: What they share with those of conversations.
        calls: Have media made.
        upstream: Speaks and hears.
        prices: What that costs.
    """
    sounds = SoundCalls(media=calls, upstream=upstream, price=lambda: prices.sound)
    return SoundServices(
        turns=turns,
        calls=sounds,
        transcriber=Transcriber(calls=sounds, begin=turns.begin),
        admission=turns.media_admission,
    )
