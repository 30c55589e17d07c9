"""What an operator says pictures, clips and sounds cost: one line for one thing, in USD.

A thing is named as the price list holds it: `pictures/MODEL/QUALITY/RESOLUTION`, `pictures/MODEL/given` (for
each picture that an edit builds on), `videos/MODEL/RESOLUTION` (a second), `sound/million-characters`
(spoken) and `sound/hour` (heard). Must never compute in floating point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from grok2api.canonical.picture_price import PicturePrice
from grok2api.canonical.price import SoundPrice
from grok2api.canonical.usage import TICKS_PER_DOLLAR

SPOKEN: Final = "sound/million-characters"
HEARD: Final = "sound/hour"
_MILLION: Final = 1_000_000
_HIGHEST: Final = 100_000
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
_THING: Final = re.compile(
    rf"pictures/{_NAME}/(?:given|[a-z0-9]+/[a-z0-9.]+)|videos/{_NAME}/[a-z0-9]+|sound/(?:million-characters|hour)"
)
_WORDS: Final = 2


def read_media_line(line: str) -> tuple[str, int]:
    """Read what one thing costs: its name and USD; return name and ticks.

    Ticks are those of one picture, one second, one hour, or one million characters.

    Raises:
        ValueError: it says something else; the message is the rest of a sentence that begins "must".
    """
    words = line.split()
    if len(words) != _WORDS or not _THING.fullmatch(words[0]):
        raise ValueError(f"name a thing and its price in USD, such as videos/MODEL/720p 0.07 or {SPOKEN} 15")
    thing, price = words[0], _price(words[1])
    ticks = price * TICKS_PER_DOLLAR
    if ticks != ticks.to_integral_value() or (thing == SPOKEN and int(ticks) % _MILLION):
        raise ValueError("give prices with at most ten decimal places, four for a million characters")
    return thing, int(ticks)


def dollars_of(ticks: int) -> str:
    """Return ticks as USD."""
    text = format(Decimal(ticks) / TICKS_PER_DOLLAR, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def things(
    pictures: Mapping[str, PicturePrice], videos: Mapping[str, Mapping[str, int]], sound: SoundPrice
) -> dict[str, int]:
    """Return a price list thing by thing, as lines name them."""
    listed = dict[str, int]()
    for model, price in pictures.items():
        for quality, row in price.each.items():
            listed |= {f"pictures/{model}/{quality}/{size}": ticks for size, ticks in row.items()}
        listed[f"pictures/{model}/given"] = price.given
    for model, seconds in videos.items():
        listed |= {f"videos/{model}/{size}": ticks for size, ticks in seconds.items()}
    return listed | {SPOKEN: sound.character * _MILLION, HEARD: sound.hour}


def pictures_of(listed: Mapping[str, int], model: str) -> PicturePrice | None:
    """Return what a model's pictures cost; None if nothing is listed."""
    each, given, known = dict[str, dict[str, int]](), 0, False
    for thing, ticks in listed.items():
        kind, _, rest = thing.partition("/")
        name, _, which = rest.partition("/")
        if kind != "pictures" or name != model:
            continue
        quality, _, size = which.partition("/")
        known = True
        if size:
            each.setdefault(quality, {})[size] = ticks
        else:
            given = ticks
    return PicturePrice(each, given) if known else None


def seconds_of(listed: Mapping[str, int], model: str) -> dict[str, int]:
    """Return what a second of a model's clips costs, by resolution."""
    begin = f"videos/{model}/"
    return {thing.removeprefix(begin): ticks for thing, ticks in listed.items() if thing.startswith(begin)}


def sound_of(listed: Mapping[str, int]) -> SoundPrice:
    """Return what sound costs."""
    return SoundPrice(character=listed.get(SPOKEN, 0) // _MILLION, hour=listed.get(HEARD, 0))


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or not 0 <= price <= _HIGHEST:
        raise ValueError(f"give prices as numbers from 0 to {_HIGHEST}, in USD")
    return price
