"""A budget pays for videos as xAI does: once, when one is over, whoever brings it to its end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.limited_keys import SIGNED, KeyMaker, MadeKey
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.videos import LOOKS, SOON, VIDEOS, charges, finish

QUICK, LONG = "a cat !sandbox:seconds=0", "a cat !sandbox:seconds=600"
MODEL = "grok-imagine-1.0-video"


@pytest.fixture(scope="module")
def keys(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyMaker]:
    gateway = start(tmp_path_factory.mktemp("budgets"), shared_sandbox)
    yield KeyMaker(gateway)
    gateway.stop()


def start(directory: Path, sandbox: Sandbox) -> Gateway:
    return Gateway.start(
        directory, upstream=sandbox.base_url, keys=("xai-sandbox-alice",), environment=SIGNED | SOON
    )


def asked(key: MadeKey, path: str = VIDEOS, **more: object) -> str:
    """Ask for a video and return its id."""
    status, _, answer = key.post(path, {"prompt": QUICK, **more})
    assert status == 200, answer
    identifier: str = answer["id"]
    return identifier


def over(key: MadeKey, identifier: str) -> dict[str, Any]:
    """Wait for the end of a video."""

    def ended() -> dict[str, Any] | None:
        told: dict[str, Any] = key.get(f"{VIDEOS}/{identifier}")[2]
        return told if told["status"] in {"completed", "failed"} else None

    told: dict[str, Any] = eventually(ended, f"the end of {identifier}", LOOKS)
    return told


def rows_of(key: MadeKey) -> list[dict[str, Any]]:
    return [row for row in charges(key.gateway.directory) if row["key_id"] == key.id]


def money_of(keys: KeyMaker, key: MadeKey) -> tuple[int, int]:
    """Return the ticks that a key has spent today, and those that are set aside for it."""
    day = keys.send("GET", f"/keys/{key.id}")["spending"][0]
    return day["spent"]["ticks"], day["reserved"]["ticks"]


def settled(keys: KeyMaker, key: MadeKey, rows: int) -> int:
    """Wait until a key has so many rows, has paid for them, and nothing is set aside; return what it paid."""
    eventually(lambda: len(rows_of(key)) == rows, f"{rows} rows")
    cost: int = sum(row["cost_ticks"] for row in rows_of(key))
    eventually(lambda: money_of(keys, key) == (cost, 0), "the settlement")
    return cost


def test_money_for_a_video_is_set_aside_until_it_is_over(keys: KeyMaker, sandbox: Sandbox) -> None:
    key = keys.make(budget_day_usd="50")
    made = asked(key, prompt=LONG)
    spent, reserved = money_of(keys, key)
    assert (spent, reserved > 0) == (0, True)
    finish(sandbox)
    assert over(key, made)["status"] == "completed"
    assert 0 < settled(keys, key, 1) <= reserved


@pytest.mark.parametrize("order", ["job_failed", "job_expired", "moderated"])
def test_a_video_that_comes_to_nothing_costs_what_xai_asks_for_it(
    keys: KeyMaker, sandbox: Sandbox, order: str
) -> None:
    del sandbox
    key = keys.make(budget_day_usd="50")
    assert over(key, asked(key, prompt=f"{QUICK} !sandbox:{order}"))["status"] == "failed"
    settled(keys, key, 1)


CHANGES: dict[str, Callable[[MadeKey, str], str]] = {
    "remix": lambda key, source: asked(key, f"{VIDEOS}/{source}/remix"),
    "edits": lambda key, source: asked(key, f"{VIDEOS}/edits", video={"id": source}),
    "extensions": lambda key, source: asked(key, f"{VIDEOS}/extensions", video={"id": source}, seconds="4"),
}


@pytest.mark.parametrize("way", CHANGES)
def test_what_is_made_of_a_video_is_paid_beside_it(keys: KeyMaker, sandbox: Sandbox, way: str) -> None:
    del sandbox
    key = keys.make(budget_day_usd="50")
    source = asked(key)
    assert over(key, source)["status"] == "completed"
    before = settled(keys, key, 1)
    assert over(key, CHANGES[way](key, source))["status"] == "completed"
    assert settled(keys, key, 2) > before > 0


def test_a_video_that_is_asked_for_twice_is_paid_once(keys: KeyMaker, sandbox: Sandbox) -> None:
    key = keys.make(budget_day_usd="50")
    body = {"prompt": LONG, "model": MODEL, "seconds": "4"}
    answers = [key.post(VIDEOS, body, **{"Idempotency-Key": "one"}) for _ in range(3)]
    assert [status for status, _, _ in answers] == [200] * 3
    assert len({answer["id"] for _, _, answer in answers}) == 1
    finish(sandbox)
    assert over(key, answers[0][2]["id"])["status"] == "completed"
    cost = eventually(lambda: sum(row["cost_ticks"] for row in rows_of(key)), "its row")
    eventually(lambda: money_of(keys, key) == (cost, 0), "the settlement of all three requests")


def test_a_video_that_its_owner_forgets_is_paid_all_the_same(keys: KeyMaker, sandbox: Sandbox) -> None:
    key = keys.make(budget_day_usd="50")
    made = asked(key, prompt=LONG)
    assert key.send("DELETE", f"{VIDEOS}/{made}")[0] == 200
    finish(sandbox)
    assert settled(keys, key, 1) > 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_whoever_goes_on_with_a_video_pays_for_it(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = start(tmp_path, sandbox)
    try:
        key = KeyMaker(gateway).make(budget_day_usd="50")
        made = asked(key, prompt=LONG)
    finally:
        gateway.process.kill()
        gateway.process.wait(timeout=30)
    finish(sandbox)
    again = start(tmp_path, sandbox)
    try:
        keys = KeyMaker(again)
        same = MadeKey(again, key.id, key.key)
        assert money_of(keys, same)[1] > 0, "still set aside"
        assert over(same, made)["status"] == "completed"
        assert settled(keys, same, 1) > 0
    finally:
        again.stop()
