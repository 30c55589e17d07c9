"""Prices as an operator sees and sets them: USD for a million tokens, a picture, a second, an hour.

An own price is a line of the setting `ledger.prices` or `ledger.media_prices`, so that it travels like every
other setting. Must never make up a price that nobody has set and no list holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from grok2api.accounting.pricing import Prices
from grok2api.canonical.media_price import dollars_of, read_media_line
from grok2api.canonical.price import Price, dollars, read_line
from grok2api.config.live import Live
from grok2api.errors import InvalidRequest, NotFound
from grok2api.operations.configuring import SettingOperations
from grok2api.operations.own_lines import OwnLines

PATH = "ledger.prices"
MEDIA_PATH = "ledger.media_prices"


class PriceKeeper:
    """Shows and changes prices of models.

    Args:
        prices: The list in force.
        settings: Where an operator's own prices are kept, each change as a version of the settings.
        live: The settings in force.
    """

    def __init__(self, prices: Prices, settings: SettingOperations, live: Live) -> None:
        self._prices = prices
        self._own = OwnLines(PATH, lambda line: read_line(line)[0], settings, live)
        self._own_media = OwnLines(MEDIA_PATH, lambda line: read_media_line(line)[0], settings, live)

    @property
    def version(self) -> str:
        """The day of the shipped list."""
        return self._prices.version

    async def rows(self) -> list[dict[str, object]]:
        """Return every price that is known, by model: what counts, who says so, and what the list says."""
        lines = await self._own.lines()
        own = {name: each.price(self._prices.long_context) for name, each in map(read_line, lines)}
        shipped = self._prices.shipped
        return [
            {
                "model": name,
                **_shown(own.get(name) or shipped[name]),
                "source": "own" if name in own else "list",
                "list": _shown(shipped[name]) if name in shipped else None,
            }
            for name in sorted(own.keys() | shipped.keys())
        ]

    async def put(
        self, model: str, input_price: str, cached_price: str, output_price: str, *, actor: str
    ) -> None:
        """Set the price of a model; it counts for requests that end from now on.

        Args:
            model: An upstream model.
            input_price: USD per million tokens.
            cached_price: USD per million tokens of the input that were in the cache.
            output_price: USD per million tokens.
            actor: Who wants it, for people.

        Raises:
            InvalidRequest: it is no price, or the setting is held by the environment.
        """
        line = f"{model} {input_price} {cached_price} {output_price}"
        try:
            read_line(line)
        except ValueError as error:
            raise InvalidRequest(f"A price has to {error}.") from None
        await self._own.change(model, line, actor)

    async def delete(self, model: str, *, actor: str) -> None:
        """Take an own price away, so that the list's counts again; `actor` is who wants it.

        Raises:
            NotFound: there is no own price of this model.
            InvalidRequest: the setting is held by the environment.
        """
        if not await self._own.change(model, None, actor):
            raise NotFound("There is no own price for this model.")

    @property
    def long_context(self) -> int:
        """Prompt tokens from which every price of tokens is doubled."""
        return self._prices.long_context

    async def media_rows(self) -> list[dict[str, object]]:
        """Return what pictures, clips and sounds cost, thing by thing: what counts and what the list says."""
        own = dict(map(read_media_line, await self._own_media.lines()))
        shipped = self._prices.shipped_media
        return [
            {
                "thing": thing,
                "usd": dollars_of(own[thing] if thing in own else shipped[thing]),
                "source": "own" if thing in own else "list",
                "list": dollars_of(shipped[thing]) if thing in shipped else None,
            }
            for thing in sorted(own.keys() | shipped.keys())
        ]

    async def put_media(self, thing: str, usd: str, *, actor: str) -> None:
        """Set what a thing costs, for requests that end from now on.

        Args:
            thing: As `canonical.media_price` names it.
            usd: USD for one of it.
            actor: Who wants it, for people.

        Raises:
            InvalidRequest: it is no thing or no price, or the setting is held by the environment.
        """
        line = f"{thing} {usd}"
        try:
            read_media_line(line)
        except ValueError as error:
            raise InvalidRequest(f"A price has to {error}.", param="usd") from None
        await self._own_media.change(thing, line, actor)

    async def delete_media(self, thing: str, *, actor: str) -> None:
        """Take the own price of a thing away; `actor` is who wants it.

        Raises:
            NotFound: there is no own price of it.
            InvalidRequest: the setting is held by the environment.
        """
        if not await self._own_media.change(thing, None, actor):
            raise NotFound("There is no own price for this.")


def _shown(price: Price) -> Mapping[str, str]:
    return {
        "input_usd_per_million": dollars(price.input),
        "cached_usd_per_million": dollars(price.cached),
        "output_usd_per_million": dollars(price.output),
    }
