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
from grok2api.kit.clock import Clock
from grok2api.storage.records import SettingOverride
from grok2api.storage.versions import SettingStore

PATH = "ledger.prices"
_STRONGER = frozenset({"environment", "flag"})


class PriceKeeper:
    """Shows and changes prices of models.

    Args:
        prices: The list in force.
        settings: Where an operator's own prices are kept.
        live: The settings in force.
        clock: Where time comes from.
    """

    def __init__(self, prices: Prices, settings: SettingStore, live: Live, clock: Clock) -> None:
        self._prices = prices
        self._settings = settings
        self._live = live
        self._clock = clock

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

    async def put(self, model: str, input_price: str, cached_price: str, output_price: str) -> None:
        """Set the price of a model; it counts for requests that end from now on.

        Raises:
            InvalidRequest: it is no price, or the setting is held by the environment.
        """
        line = f"{model} {input_price} {cached_price} {output_price}"
        try:
            read_line(line)
        except ValueError as error:
            raise InvalidRequest(f"A price has to {error}.") from None
        others = [each for each in await self._lines() if read_line(each)[0] != model]
        await self._write([*others, line])

    async def delete(self, model: str) -> None:
        """Take an own price away, so that the list's counts again.

        Raises:
            NotFound: there is no own price of this model.
            InvalidRequest: the setting is held by the environment.
        """
        lines = await self._lines()
        others = [each for each in lines if read_line(each)[0] != model]
        if len(others) == len(lines):
            raise NotFound("There is no own price for this model.")
        await self._write(others)

    async def _lines(self) -> list[str]:
        """Return the lines as the store has them, which this worker may not know yet; else those in force."""
        if not self._held():
            for row in await self._settings.list():
                if row.path == PATH:
                    return msgspec.json.decode(row.value, type=list[str])
        return list(self._live.current.ledger.prices)

    async def _write(self, lines: list[str]) -> None:
        if self._held():
            source = self._live.loaded.sources[PATH]
            raise InvalidRequest(
                f"Prices are set by {source}, which is stronger than the console. Change them there."
            )
        value = msgspec.json.encode(sorted(lines)).decode()
        await self._settings.put(SettingOverride(path=PATH, value=value, updated_at=self._clock.now()))

    def _held(self) -> bool:
        source = self._live.loaded.sources.get(PATH)
        return source is not None and source.kind in _STRONGER


def _shown(price: Price) -> Mapping[str, str]:
    return {
        "input_usd_per_million": dollars(price.input),
        "cached_usd_per_million": dollars(price.cached),
        "output_usd_per_million": dollars(price.output),
    }
