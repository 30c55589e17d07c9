"""Links of ours lead to what is kept; a link that ended says so, and one of others is none of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from grok2api.errors import InvalidRequest
from grok2api.gateway.own_media import OwnMedia
from grok2api.kit.secretbox import KeyRing
from grok2api.media.links import Links
from support.media_bench import MediaBench
from support.pictures import drawn

BASE, LIMIT, HOUR = "http://localhost:8000", 1_000_000, 3600.0
PNG = drawn("PNG")


class Shop:
    """A library with one picture in it, and links for two hours."""

    def __init__(self, root: Path) -> None:
        bench = MediaBench(root)
        self.clock, self.library = bench.clock, bench.library
        self.links = Links(KeyRing("k" * 40), hours=lambda: 2.0)
        self.own = OwnMedia(self.library, self.links, self.clock)

    async def link(self, base: str = BASE) -> str:
        asset = await self.library.keep(PNG, owner="key_1", kind="image")
        return self.links.link(base, asset.id, now=self.clock.now())


@pytest.mark.parametrize("base", [BASE, "https://grok.example.com", "https://example.com/behind/a/path"])
async def test_a_link_leads_to_its_picture_whatever_the_host_is_called(tmp_path: Path, base: str) -> None:
    shop = Shop(tmp_path)
    asset = await shop.own.asset(await shop.link(base), "input")
    assert asset is not None
    assert await shop.own.content(asset, kind="image", limit=LIMIT, param="input") == PNG


async def test_a_link_of_others_is_none_of_ours(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    link = await shop.link()
    for url in (link[:-2], link.replace("expires=", "expires=9"), "https://x.ai/a.png"):
        assert await shop.own.asset(url, "input") is None


async def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="cannot be read") as caught:
        await Shop(tmp_path).own.asset("http://[/v1/media/a", "input")
    assert caught.value.param == "input"


async def test_a_link_that_ended_says_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    link = await shop.link()
    shop.clock.advance(3 * HOUR)
    with pytest.raises(InvalidRequest, match="has ended") as caught:
        await shop.own.asset(link, "input[0].content[0].image_url")
    assert caught.value.param == "input[0].content[0].image_url"


async def test_a_link_to_what_was_cleaned_away_says_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    link = await shop.link()
    asset = await shop.own.asset(link, "input")
    assert asset is not None
    await shop.library.delete(asset.id)
    with pytest.raises(InvalidRequest):
        await shop.own.asset(link, "input")


@pytest.mark.parametrize(
    ("kind", "limit", "said"), [("video", LIMIT, "leads to a picture"), ("image", 9, "9 are")]
)
async def test_what_is_wanted_is_what_is_given(tmp_path: Path, kind: str, limit: int, said: str) -> None:
    shop = Shop(tmp_path)
    asset = await shop.own.asset(await shop.link(), "input")
    assert asset is not None
    with pytest.raises(InvalidRequest, match=said):
        await shop.own.content(
            asset, kind="video" if kind == "video" else "image", limit=limit, param="input"
        )
