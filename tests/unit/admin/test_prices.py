"""Own prices are versions of the settings: of two changes at once both stand, and a rollback knows them."""

from __future__ import annotations

import asyncio

from support.admin_client import Browser

PRICE = {"input_usd_per_million": "3", "cached_usd_per_million": "1", "output_usd_per_million": "9"}
MODELS = ("grok-4.7", "grok-4.6", "grok-4.3")


async def own(operator: Browser) -> set[str]:
    rows = (await operator.get("/prices")).json["data"]
    return {row["model"] for row in rows if row["source"] == "own"}


async def test_of_changes_at_once_all_stand(operator: Browser) -> None:
    told = await asyncio.gather(*(operator.send("PUT", f"/prices/{model}", PRICE) for model in MODELS))
    assert [each.status for each in told] == [200, 200, 200]
    assert await own(operator) == set(MODELS)


async def test_a_price_is_in_the_history_and_can_be_rolled_back(operator: Browser) -> None:
    await operator.send("PUT", f"/prices/{MODELS[0]}", PRICE)
    history = (await operator.get("/settings/history")).json["data"]
    assert len(history) == 1
    assert (await operator.post("/settings/rollback", {"to": 0})).status == 200
    assert await own(operator) == set()


async def media(operator: Browser, thing: str) -> tuple[str, str, str | None] | None:
    rows = (await operator.get("/prices")).json["media"]
    found = [(row["usd"], row["source"], row["list"]) for row in rows if row["thing"] == thing]
    return found[0] if found else None


async def test_pictures_clips_and_sounds_have_prices_too(operator: Browser) -> None:
    table = (await operator.get("/prices")).json
    assert table["long_context"] == 200_000
    assert await media(operator, "videos/grok-imagine-video/720p") == ("0.07", "list", "0.07")
    assert await media(operator, "pictures/grok-imagine-image/any/1k") == ("0.02", "list", "0.02")
    assert await media(operator, "sound/million-characters") == ("15", "list", "15")
    assert await media(operator, "sound/hour") == ("0.1", "list", "0.1")
    for thing, usd in (("videos/grok-imagine-video/720p", "0.125"), ("pictures/new/high/4k", "1")):
        got = await operator.send("PUT", f"/media-prices/{thing}", {"usd": usd})
        assert (got.status, got.json["usd"], got.json["source"]) == (200, usd, "own")
    assert await media(operator, "videos/grok-imagine-video/720p") == ("0.125", "own", "0.07")
    assert await media(operator, "pictures/new/high/4k") == ("1", "own", None)
    assert (await operator.send("DELETE", "/media-prices/videos/grok-imagine-video/720p")).status == 204
    assert await media(operator, "videos/grok-imagine-video/720p") == ("0.07", "list", "0.07")
    assert (await operator.send("DELETE", "/media-prices/sound/hour")).status == 404


async def test_what_is_no_thing_or_no_price_is_refused(operator: Browser) -> None:
    for thing, usd in (("videos/a", "1"), ("sound/minute", "1"), ("sound/million-characters", "0.00001")):
        got = await operator.send("PUT", f"/media-prices/{thing}", {"usd": usd})
        assert (got.status, got.error["param"]) == (400, "usd"), thing
        assert "A price has to" in got.error["message"]
