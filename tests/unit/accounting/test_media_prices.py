"""An operator's prices of pictures, clips and sounds stand in place of the list's, and go as they came."""

from __future__ import annotations

import pytest

from grok2api.accounting.pricing import load
from grok2api.canonical.media_price import read_media_line
from grok2api.canonical.picture_price import PicturePrice

USD = 10_000_000_000


def test_own_prices_count_while_they_are_there() -> None:
    lines: list[tuple[str, ...]] = [()]
    prices = load(own_media=lambda: lines[0])
    assert prices.video("grok-imagine-video", "720p", 10) == 7 * USD // 10
    lines[0] = (
        "videos/grok-imagine-video/720p 1",
        "videos/a-new-one/4k 2",
        "pictures/grok-imagine-image/given 0.5",
        "pictures/a-new-one/any/1k 3",
        "sound/million-characters 20",
    )
    assert prices.video("grok-imagine-video", "720p", 10) == 10 * USD
    assert prices.video("grok-imagine-video", "480p", 10) == USD // 2
    assert prices.video("a-new-one", "", 1) == 2 * USD
    known = prices.of_pictures("grok-imagine-image")
    assert known is not None
    assert known.cost(1, quality=None, resolution=None, given=1) == USD // 50 + USD // 2
    assert prices.of_pictures("a-new-one") == PicturePrice({"any": {"1k": 3 * USD}}, 0)
    assert prices.of_pictures("nobody") is None
    assert prices.sound.spoken(1_000_000) == 20 * USD
    assert prices.sound.heard(3600) == USD // 10
    lines[0] = ()
    assert prices.video("grok-imagine-video", "720p", 10) == 7 * USD // 10


@pytest.mark.parametrize("line", ["", "videos/m/720p", "videos/m/720p x", "videos/m/720p -1", "sound/day 1"])
def test_a_line_that_says_something_else_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"^(name|give) "):
        read_media_line(line)
