"""What a request may use, before it is sent: the rule of docs/keys.md, in tokens and in ticks.

The prompt is measured as for a count of tokens; the answer is what the request allows, or a usual one where
it says nothing. What has no price is taken for dear, so that no budget is open where a price is missing.
Must never ask upstream, and never fail a request: what cannot be written yet is measured by its bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import msgspec

from grok2api.accounting.pricing import Prices
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.limits import Estimate
from grok2api.canonical.plan import ModelKind
from grok2api.canonical.price import Price
from grok2api.canonical.usage import Usage
from grok2api.dialects.prompt_size import BYTES_PER_TOKEN, estimated, measured
from grok2api.dialects.videos.wish import USUAL_SECONDS
from grok2api.errors import Grok2ApiError
from grok2api.gateway.images import ImageOrder
from grok2api.gateway.orders import Order
from grok2api.gateway.videos.order import VideoOrder

USUAL_ANSWER: Final = 4096
"""Tokens of an answer whose request sets no limit."""
_MOST_ANSWER: Final = 1_000_000
_NOBODY: Final = Lease(credential_id="", account_id="", token="", base_url="")
_DEAR: Final = Price(input=20_000, cached=20_000, output=60_000, long_context=200_000)
"""For a model that the list has no price of: the dearest of those that it has."""
_DEAR_PICTURE: Final = 850_000_000
_DEAR_SECOND: Final = 1_400_000_000
_SOUND_BYTES: Final = 4000
"""Bytes of a second of sound, at 32 kbit/s: fewer are rare, so that this is seldom too short."""
_LIMITS: Final = ("max_output_tokens", "max_completion_tokens", "max_tokens")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Estimator:
    """Tells what requests may use.

    Args:
        prices: The price list.
    """

    def __init__(self, prices: Prices) -> None:
        self._prices = prices

    def turn(self, order: Order) -> Estimate:
        """Return the estimate for a turn of a conversation, with a model of any kind."""
        model = order.plan.targets[0].upstream_id
        if order.plan.kind is ModelKind.IMAGE:
            return Estimate(ticks=self._pictures(model, order.call.choices))
        if order.plan.kind is not ModelKind.TEXT:
            return Estimate(ticks=self._video(model, "", USUAL_SECONDS))
        prompt, answer = _sizes(order)
        answer *= order.call.choices
        price = self._prices.of(model) or _DEAR
        return Estimate(prompt + answer, price.cost(Usage(input=prompt, output=answer)))

    def pictures(self, order: ImageOrder) -> Estimate:
        """Return the estimate for pictures; no tokens are counted of them."""
        wish, model = order.wish, order.errand.plan.targets[0].upstream_id
        quality = None if wish.quality == "auto" else wish.quality
        ticks = self._pictures(model, wish.count, quality, wish.shape.resolution, len(wish.given))
        return Estimate(ticks=ticks)

    def video(self, order: VideoOrder) -> Estimate:
        """Return the estimate for a video."""
        wish = order.wish
        seconds = wish.seconds or wish.shown_seconds or USUAL_SECONDS
        return Estimate(ticks=self._video(order.plan.targets[0].upstream_id, wish.resolution or "", seconds))

    def spoken(self, text: str) -> Estimate:
        """Return the estimate for a text that is spoken."""
        return Estimate(ticks=self._prices.sound.spoken(len(text)))

    def heard(self, size: int) -> Estimate:
        """Return the estimate for a sound of so many bytes."""
        return Estimate(ticks=self._prices.sound.heard(max(1.0, size / _SOUND_BYTES)))

    def _pictures(
        self,
        model: str,
        count: int,
        quality: str | None = None,
        resolution: str | None = None,
        given: int = 0,
    ) -> int:
        price = self._prices.of_pictures(model)
        known = price and price.cost(count, quality=quality, resolution=resolution, given=given)
        return known or count * _DEAR_PICTURE

    def _video(self, model: str, resolution: str, seconds: int) -> int:
        return self._prices.video(model, resolution, seconds) or seconds * _DEAR_SECOND


def _sizes(order: Order) -> tuple[int, int]:
    """Return the tokens of a turn's prompt, and those of the longest answer that it allows."""
    target = replace(order.plan.targets[0], surface="responses")
    try:
        content = order.dialect.translate(order.call, target, _NOBODY).content or b"{}"
    except (Grok2ApiError, LookupError):  # what it refers to is not there yet
        content = order.call.body.content()
        return len(content) // BYTES_PER_TOKEN, _answer(_decode(content))
    prompt = measured(content, order.call.conversation)
    return prompt.fixed + estimated(prompt.text), _answer(_decode(content))


def _answer(body: dict[str, Any]) -> int:
    """Return the most tokens that an answer may have; a usual number where the request sets no limit."""
    said = next((each for name in _LIMITS if type(each := body.get(name)) is int and each > 0), USUAL_ANSWER)
    return min(said, _MOST_ANSWER)
