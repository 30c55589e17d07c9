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
