"""Prices as an operator sees and sets them: USD for a million tokens.

An own price is a line of the setting `ledger.prices`, so that it travels like every other setting. Must never
write where the setting is held by something stronger than the store: it would change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from grok2api.accounting.pricing import Prices
from grok2api.canonical.price import Price, dollars, read_line
from grok2api.config.live import Live
from grok2api.errors import InvalidRequest, NotFound
from grok2api.operations.configuring import SettingChange, SettingOperations, SettingsMoved

PATH = "ledger.prices"
_TRIES = 5
_STRONGER = frozenset({"environment", "flag"})


class PriceKeeper:
    """Shows and changes prices of models.

    Args:
        prices: The list in force.
        settings: Where an operator's own prices are kept, each change as a version of the settings.
        live: The settings in force.
    """

    def __init__(self, prices: Prices, settings: SettingOperations, live: Live) -> None:
        self._prices = prices
        self._settings = settings
        self._live = live

    @property
    def version(self) -> str:
        """The day of the shipped list."""
        return self._prices.version

    async def rows(self) -> list[dict[str, object]]:
        """Return every price that is known, by model: what counts, who says so, and what the list says."""
        own = {
            name: each.price(self._prices.long_context) for name, each in map(read_line, await self._lines())
        }
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
        await self._change(model, line, actor)

    async def delete(self, model: str, *, actor: str) -> None:
        """Take an own price away, so that the list's counts again; `actor` is who wants it.

        Raises:
            NotFound: there is no own price of this model.
            InvalidRequest: the setting is held by the environment.
        """
        if not await self._change(model, None, actor):
            raise NotFound("There is no own price for this model.")

    async def _lines(self) -> list[str]:
        """Return the lines as the store has them, which this worker may not know yet; else those in force."""
        if self._held():
            return list(self._live.current.ledger.prices)
        return (await self._kept())[1]

    async def _kept(self) -> tuple[int, list[str]]:
        number, kept = await self._settings.present()
        lines = kept.get(PATH, self._live.current.ledger.prices)
        return number, msgspec.convert(lines, list[str])

    async def _change(self, model: str, line: str | None, actor: str) -> bool:
        """Put a line in the place of a model's own; tell whether it had one.

        Somebody else may change the settings in between; then it is made from what they left.
        """
        if self._held():
            source = self._live.loaded.sources[PATH]
            raise InvalidRequest(
                f"Prices are set by {source}, which is stronger than the console. Change them there."
            )
        tries_left = _TRIES
        while True:
            tries_left -= 1
            number, lines = await self._kept()
            others = [each for each in lines if read_line(each)[0] != model]
            had_one = len(others) < len(lines)
            if line is None and not had_one:
                return False
            wanted = sorted(others if line is None else [*others, line])
            change = SettingChange(values={PATH: wanted})
            try:
                await self._settings.apply(change, expected=number, actor=actor)
            except SettingsMoved:
                if not tries_left:
                    raise
            else:
                return had_one

    def _held(self) -> bool:
        source = self._live.loaded.sources.get(PATH)
        return source is not None and source.kind in _STRONGER


def _shown(price: Price) -> Mapping[str, str]:
    return {
        "input_usd_per_million": dollars(price.input),
        "cached_usd_per_million": dollars(price.cached),
        "output_usd_per_million": dollars(price.output),
    }
