"""Pictures when something goes wrong: who is asked again, who pays, and that nothing paid gets lost."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grok2api.dialects.file_ids import seal_file
from grok2api.kit.sealedid import SealedIds
from grok2api.server.parts import SEALED_ID_PURPOSE
from support.media_shelf import MediaShelf
from support.observing import Caller, database, events_of, eventually, ledger
from support.picture_answers import asked, decoded, fetched, opened
from support.processes import CLIENT_KEY, Gateway, request, run_command
from support.tiny_images import TICKS, Do, TinyImages, painted, tiny_images

GENERATIONS, EDITS = "/images/generations", "/images/edits"
KEYS = ("xai-first-key-0001", "xai-second-key-0002")
QUICK = {"GROK2API_LEDGER__FLUSH_MS": "10", "GROK2API_GROK__RETRY_BACKOFF_BASE": "0"}
ASK = {"prompt": "a fox", "response_format": "b64_json"}


@pytest.fixture(scope="module")
def upstream() -> Iterator[TinyImages]:
    with tiny_images() as started:
        yield started


@pytest.fixture(scope="module")
def shared(upstream: TinyImages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    directory = tmp_path_factory.mktemp("images")
    started = Gateway.start(directory, upstream=upstream.base_url, keys=KEYS, environment=QUICK)
    yield started
    started.stop()


@pytest.fixture
def tiny(upstream: TinyImages) -> TinyImages:
    upstream.clear()
    return upstream


def rows_of(gateway: Gateway, request_id: str) -> list[dict[str, Any]]:
    """Return the ledger's rows of one request, once there is one."""
    found: list[dict[str, Any]] = eventually(
        lambda: [row for row in ledger(gateway.directory) if row["request_id"].startswith(request_id)],
        "the ledger's row",
    )
    return found


def test_a_list_without_any_media_model_hides_none(shared: Gateway, tiny: TinyImages) -> None:
    """The upstream's list names text models only: that says nothing of pictures."""
    _, _, listed = asked_models(shared)
    assert {"grok-4.7", "grok-imagine-1.0", "grok-imagine-1.0-video"} <= listed
    status, _, answer = asked(shared, GENERATIONS, ASK)
    assert status == 200, answer
    assert decoded(answer["data"][0]["b64_json"]).getpixel((0, 0)) == opened(painted("a fox")).getpixel(
        (0, 0)
    )


def asked_models(gateway: Gateway) -> tuple[int, dict[str, str], set[str]]:
    status, headers, content = gateway.get("/models")
    return status, headers, {model["id"] for model in json.loads(content)["data"]}


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_a_failure_that_upstream_told_is_asked_for_again(
    shared: Gateway, tiny: TinyImages, status: int
) -> None:
    tiny.next(Do(status=status))
    got, headers, answer = asked(shared, GENERATIONS, ASK)
    assert got == 200, answer
    assert len(tiny.asked) == 2
    (row,) = rows_of(shared, headers["x-request-id"])
    assert (row["attempts"], row["cost_ticks"], row["end"]) == (2, TICKS, "completed")


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (Do(hang_up=True), 502),
        (Do(status=504), 504),
        (Do(status=524), 504),
        (Do(content=b"no json"), 502),
        (Do(items=[{"b64_json": "?"}]), 502),
        (Do(items=[{"b64_json": base64.b64encode(b"<svg/>").decode()}]), 502),
        (Do(status=400, error="The prompt is bad."), 400),
    ],
    ids=["broken line", "timeout", "timeout of the CDN", "junk", "no base64", "no picture", "bad request"],
)
def test_what_may_have_been_drawn_is_asked_for_once(
    shared: Gateway, tiny: TinyImages, order: Do, told: int
) -> None:
    tiny.next(order)
    status, headers, answer = asked(shared, GENERATIONS, ASK)
    assert (status, len(tiny.asked)) == (told, 1), answer
    (row,) = rows_of(shared, headers["x-request-id"])
    assert row["attempts"] == 1
    tiny.clear()
    assert asked(shared, GENERATIONS, ASK)[0] == 200


def test_whoever_may_not_is_replaced(upstream: TinyImages, tmp_path: Path) -> None:
    upstream.clear()
    keys = tuple(f"xai-key-of-several-{number}" for number in range(4))
    gateway = Gateway.start(tmp_path, upstream=upstream.base_url, keys=keys, environment=QUICK)
    refusals = [
        Do(status=401, error="No credentials provided"),
        Do(status=403, error="used all available credits or reached its monthly spending limit"),
        Do(status=429, error="Too many requests"),
    ]
    try:
        for refusal in refusals:
            upstream.next(refusal)
            status, _, answer = asked(gateway, GENERATIONS, ASK)
            assert status == 200, answer
            first, second = upstream.asked
            assert first.key != second.key
            upstream.clear()
    finally:
        gateway.stop()


def test_links_that_upstream_gives_are_fetched_at_once(shared: Gateway, tiny: TinyImages) -> None:
    tiny.next(Do(as_links="alive"))
    _, _, answer = asked(shared, GENERATIONS, ASK | {"n": 2})
    assert [decoded(item["b64_json"]).format for item in answer["data"]] == ["PNG", "PNG"]
    tiny.next(Do(as_links="alive"))
    _, _, answer = asked(shared, GENERATIONS, {"prompt": "kept"})
    tiny.links.clear()
    assert opened(fetched(answer["data"][0]["url"])).format == "PNG"
    assert {ask.body["response_format"] for ask in tiny.asked} == {"b64_json"}


def test_a_link_that_is_dead_already(shared: Gateway, tiny: TinyImages) -> None:
    tiny.next(Do(as_links="dead"))
    status, _, answer = asked(shared, GENERATIONS, {"prompt": "gone"})
    assert status == 200
    assert answer["data"][0]["url"].startswith(tiny.origin), "it may live for the client; it was paid for"
    tiny.next(Do(as_links="dead"))
    status, _, answer = asked(shared, GENERATIONS, {"prompt": "gone", "response_format": "b64_json"})
    assert (status, answer["error"]["code"]) == (502, "upstream_error")


def test_good_pictures_are_not_lost_with_bad_ones(shared: Gateway, tiny: TinyImages) -> None:
    good = {"b64_json": base64.b64encode(painted("x")).decode()}
    bad = {"b64_json": base64.b64encode(b"junk").decode()}
    tiny.next(Do(items=[good, bad, {"respect_moderation": False}, good]))
    status, headers, answer = asked(shared, GENERATIONS, ASK | {"n": 4})
    assert (status, len(answer["data"])) == (200, 2)
    assert headers["x-grok2api-images-blocked"] == "1 of 4"
    assert headers["x-grok2api-images-lost"] == "1 of 4"


def streamed(gateway: Gateway, **more: Any) -> tuple[int, dict[str, str], list[Any]]:
    status, headers, content = gateway.post(GENERATIONS, ASK | {"stream": True} | more)
    return status, headers, events_of(content) if status == 200 else [json.loads(content)]


def test_a_stream_that_misses_a_picture_ends_with_the_reason(shared: Gateway, tiny: TinyImages) -> None:
    tiny.next(Do(items=[{"respect_moderation": False}]))
    status, headers, events = streamed(shared, n=3)
    assert status == 200
    names = ["image_generation.completed", "image_generation.completed", "error"]
    assert [event.name for event in events] == names
    assert events[-1].data["error"]["code"] == "content_policy_violation"
    assert "1 of 3" in events[-1].data["error"]["message"]
    (row,) = rows_of(shared, headers["x-request-id"])
    assert (row["attempts"], row["cost_ticks"], row["stream"]) == (3, 3 * TICKS, 1)


def test_a_stream_shows_what_was_paid_before_it_says_what_failed(shared: Gateway, tiny: TinyImages) -> None:
    tiny.next(Do(hang_up=True))
    status, _, events = streamed(shared, n=2)
    assert status == 200
    assert [event.name for event in events] == ["image_generation.completed", "error"]
    assert events[-1].data["error"]["code"] == "upstream_error"


def test_a_stream_without_any_picture_is_an_error_with_a_status(shared: Gateway, tiny: TinyImages) -> None:
    tiny.next(*[Do(status=400, error="The prompt is bad.")] * 10)
    status, _, (answer,) = streamed(shared, n=10)
    assert (status, answer["error"]["code"]) == (400, "invalid_value")
    assert len(tiny.asked) <= 4, "nothing further is begun after a failure that is not about the content"


def gone(gateway: Gateway) -> list[dict[str, Any]]:
    return [row for row in ledger(gateway.directory) if row["end"] == "client_gone"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_ends_the_call_and_pays_by_estimate(
    shared: Gateway, tiny: TinyImages, stream: bool
) -> None:
    never = threading.Event()
    tiny.next(Do(wait=never))
    before = len(gone(shared))
    with Caller(shared, GENERATIONS, ASK | {"stream": stream}) as caller:
        eventually(lambda: tiny.asked, "the call")
        caller.leave()
    assert tiny.left.wait(10), "upstream was not told"
    (row,) = eventually(lambda: gone(shared)[before:], "the ledger's row")
    assert (row["usage_source"], row["cost_ticks"], row["stream"]) == ("estimated", TICKS, int(stream))
    assert asked(shared, GENERATIONS, ASK)[0] == 200


def test_what_upstream_does_not_say_is_counted_by_our_prices(shared: Gateway, tiny: TinyImages) -> None:
    tiny.next(Do(usage={}))
    _, headers, answer = asked(shared, GENERATIONS, ASK | {"model": "grok-imagine-image-2.0", "n": 2})
    assert "usage" not in answer, "whole or absent"
    (row,) = rows_of(shared, headers["x-request-id"])
    assert (row["cost_ticks"], row["usage_source"]) == (800_000_000, "estimated")


def test_a_full_store_gives_the_picture_away_in_its_link(upstream: TinyImages, tmp_path: Path) -> None:
    upstream.clear()
    full = QUICK | {"GROK2API_MEDIA__MIN_FREE_MB": "1000000"}
    gateway = Gateway.start(tmp_path, upstream=upstream.base_url, keys=KEYS, environment=full)
    try:
        status, headers, answer = asked(gateway, GENERATIONS, {"prompt": "a fox", "n": 2})
        assert (status, headers["x-grok2api-images-inline"]) == (200, "2 of 2")
        for place, item in enumerate(answer["data"]):
            head, _, text = item["url"].partition(",")
            assert (head, base64.b64decode(text)) == ("data:image/png;base64", painted("a fox", place))
    finally:
        gateway.stop()


def test_upstream_s_own_links_where_the_operator_wants_them(upstream: TinyImages, tmp_path: Path) -> None:
    upstream.clear()
    theirs = QUICK | {"GROK2API_MEDIA__LINKS": "upstream"}
    gateway = Gateway.start(tmp_path, upstream=upstream.base_url, keys=KEYS, environment=theirs)
    try:
        _, _, answer = asked(gateway, GENERATIONS, {"prompt": "a fox"})
        (item,) = answer["data"]
        assert item["url"].startswith(upstream.origin)
        _, _, answer = asked(gateway, GENERATIONS, ASK)
        assert decoded(answer["data"][0]["b64_json"]).size
        _, _, answer = asked(gateway, GENERATIONS, {"prompt": "a fox", "output_format": "webp"})
        assert opened(fetched(answer["data"][0]["url"])).format == "WEBP"
    finally:
        gateway.stop()


def account_of(gateway: Gateway, place: int) -> str:
    with closing(sqlite3.connect(f"file:{database(gateway.directory)}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT account_id FROM credentials ORDER BY created_at, id").fetchall()
    account: str = rows[place][0]
    return account


def test_a_file_goes_to_the_account_that_holds_it_and_to_no_other_key(
    shared: Gateway, tiny: TinyImages
) -> None:
    shelf = MediaShelf.of(shared)
    ids = SealedIds(shelf.ring.derive(SEALED_ID_PURPOSE, 64))
    accounts = [account_of(shared, place) for place in (0, 1)]
    mine, others = (
        [seal_file(ids, account=account, owner=owner, upstream_id="file_77") for account in accounts]
        for owner in (shelf.owner_of(CLIENT_KEY), "key_of_somebody_else")
    )
    for file_id in mine * 2:
        status, _, answer = asked(shared, EDITS, ASK | {"image": {"file_id": file_id}})
        assert status == 200, answer
    assert [ask.body["image"] for ask in tiny.asked] == [{"file_id": "file_77"}] * 4
    keys = [ask.key for ask in tiny.asked]
    assert keys[0] == keys[2] != keys[1] == keys[3]
    for given in ({"image": {"file_id": others[0]}}, {"images": [{"file_id": each} for each in mine]}):
        status, _, answer = asked(shared, EDITS, ASK | given)
        assert status == 400
        assert "file" in answer["error"]["message"]


def test_a_quality_goes_only_where_there_is_one(shared: Gateway, tiny: TinyImages) -> None:
    for model, sent in (("grok-imagine-1.0", None), ("grok-imagine-image-2.0", "high")):
        status, headers, _ = asked(shared, GENERATIONS, ASK | {"quality": "hd", "model": model})
        assert (status, tiny.asked[-1].body.get("quality")) == (200, sent)
        assert headers.get("x-grok2api-dropped-params") == (None if sent else "quality")


def test_a_strict_key_hears_what_the_model_lacks(shared: Gateway, tiny: TinyImages) -> None:
    """What others have dropped and named is refused, and nobody is asked."""
    made = run_command(shared.directory, "keys", "create", "--name", "strict", "--strict")
    headers = {"Authorization": f"Bearer {made.strip()}"}
    eventually(
        lambda: request("GET", f"{shared.base_url}/models", headers=headers)[0] == 200, "a key that is known"
    )
    for more, param in (({"quality": "hd"}, "quality"), ({"seed": 4}, "seed")):
        status, _, content = request("POST", shared.base_url + GENERATIONS, ASK | more, headers=headers)
        error = json.loads(content)["error"]
        assert (status, error["param"], error["code"]) == (400, param, "unsupported_parameter")
    assert not tiny.asked
    better = ASK | {"quality": "hd", "model": "grok-imagine-image-2.0"}
    assert request("POST", shared.base_url + GENERATIONS, better, headers=headers)[0] == 200
