"""The shipped price list: what upstream's models cost when upstream itself does not say.

Must never invent a price: a model that is not in the list has none.
Source: xAI's model pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from types import MappingProxyType

import msgspec

from grok2api.canonical.media_price import pictures_of, read_media_line, seconds_of, sound_of, things
from grok2api.canonical.picture_price import PicturePrice
from grok2api.canonical.price import FREE_OF_CHARGE, NEVER_LONG, Price, SoundPrice, read_line
from grok2api.canonical.usage import Usage


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    input: int
    cached: int
    output: int


class _PictureRow(msgspec.Struct, forbid_unknown_fields=True):
    given: int
    each: dict[str, dict[str, int]]


class _Sound(msgspec.Struct, forbid_unknown_fields=True):
    character: int
    hour: int


class _PriceList(msgspec.Struct, forbid_unknown_fields=True):
    version: str
    long_context: int
    models: dict[str, _Row]
    pictures: dict[str, _PictureRow]
    sound: _Sound
    videos: dict[str, dict[str, int]]


class Prices:
    """A price list by upstream model.

    Args:
        models: Upstream model id to its price.
        pictures: Ids of models that make pictures to the prices of these.
        videos: Upstream model id to ticks for a second, by resolution.
        sound: What is spoken and heard; free if not given.
        version: The day of the list.
        long_context: Prompt tokens from which an operator's own price is doubled, too.
        own: Gives the lines of prices that an operator has set (`canonical.price.read_line`).
        own_media: Gives those of pictures, clips and sounds (`canonical.media_price.read_media_line`).
    """

    __slots__ = (
        "_known",
        "_known_media",
        "_media",
        "_models",
        "_own",
        "_own_media",
        "long_context",
        "version",
    )

    def __init__(
        self,
        models: Mapping[str, Price],
        pictures: Mapping[str, PicturePrice] | None = None,
        *,
        videos: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
        sound: SoundPrice = FREE_OF_CHARGE,
        version: str = "",
        long_context: int = NEVER_LONG,
        own: Callable[[], tuple[str, ...]] = tuple,
        own_media: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._own = own
        self._own_media = own_media
        self._known: tuple[tuple[str, ...], Mapping[str, Price]] = ((), {})
        self.version = version
        self.long_context = long_context
        self._models = MappingProxyType(dict(models))
        self._media = MappingProxyType(things(pictures or {}, videos, sound))
        self._known_media: tuple[tuple[str, ...], Mapping[str, int]] = ((), self._media)

    def video(self, upstream_model: str, resolution: str, seconds: float) -> int | None:
        """Return the ticks of a video, a begun second counted by the part; None if the list has no price.

        Args:
            upstream_model: Who made it.
            resolution: Such as `720p`; the model's least one if it is empty.
            seconds: Its length.
        """
        prices = seconds_of(self.media, upstream_model)
        tick = prices.get(resolution) if resolution else min(prices.values(), default=None)
        return None if tick is None else tick * round(seconds * 1000) // 1000

    def of(self, upstream_model: str) -> Price | None:
        """Return a model's price: the operator's own, else the list's; None if there is none."""
        return self.own.get(upstream_model) or self._models.get(upstream_model)

    @property
    def own(self) -> Mapping[str, Price]:
        """The prices that an operator has set, by upstream model."""
        lines = self._own()
        if lines is not self._known[0]:
            read = dict(map(read_line, lines))
            self._known = lines, {name: each.price(self.long_context) for name, each in read.items()}
        return self._known[1]

    @property
    def shipped(self) -> Mapping[str, Price]:
        """The prices of the list, by upstream model."""
        return self._models

    def of_pictures(self, upstream_model: str) -> PicturePrice | None:
        """Return what a model's pictures cost; None if nobody says."""
        return pictures_of(self.media, upstream_model)

    @property
    def shipped_media(self) -> Mapping[str, int]:
        """What pictures, clips and sounds cost by the list, in ticks, thing by thing."""
        return self._media

    @property
    def media(self) -> Mapping[str, int]:
        """The same with what an operator has set in place of it."""
        lines = self._own_media()
        if lines is not self._known_media[0]:
            self._known_media = lines, {**self._media, **dict(map(read_media_line, lines))}
        return self._known_media[1]

    @property
    def sound(self) -> SoundPrice:
        """What is spoken and heard costs."""
        return sound_of(self.media)

    def cost(self, upstream_model: str, usage: Usage) -> int:
        """Return ticks: upstream's own figure if it gave one, else ours; 0 for a model without a price."""
        price = self.of(upstream_model)
        return (usage.cost_ticks or 0) if price is None else price.cost(usage)

    def by_list(self, upstream_model: str, usage: Usage) -> int | None:
        """Return what the tokens cost by the list, in ticks.

        None for a model without a price, and where upstream used tools of its own: these are not in the list.
        """
        price = self.of(upstream_model)
        return None if price is None or usage.tools else price.by_list(usage)

    def saved(self, upstream_model: str, usage: Usage) -> int | None:
        """Return the ticks that the prompt cache saved; None for a model without a price."""
        price = self.of(upstream_model)
        return None if price is None else price.saved(usage)


def load(
    own: Callable[[], tuple[str, ...]] = tuple, own_media: Callable[[], tuple[str, ...]] = tuple
) -> Prices:
    """Return the shipped price list; `own` and `own_media` give the lines of an operator's own prices."""
    text = resources.files("grok2api.accounting").joinpath("prices.toml").read_bytes()
    shipped = msgspec.toml.decode(text, type=_PriceList)
    return Prices(
        {
            name: Price(row.input, row.cached, row.output, shipped.long_context)
            for name, row in shipped.models.items()
        },
        {name: PicturePrice(row.each, row.given) for name, row in shipped.pictures.items()},
        sound=SoundPrice(shipped.sound.character, shipped.sound.hour),
        videos=shipped.videos,
        version=shipped.version,
        long_context=shipped.long_context,
        own=own,
        own_media=own_media,
    )
