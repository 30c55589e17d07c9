"""Videos when something goes wrong: at their creation, while they are made, at their result."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.observing import eventually
from support.processes import Gateway, Sandbox, free_port, request
from support.videos import (
    LOOKS,
    QUICK,
    THEIRS,
    VIDEOS,
    Stage,
    charges,
    created,
    finish,
    generated,
    jobs_about,
    kept,
    over,
    refused,
    shown,
    start,
)

CREATE = "/videos/generations"
POLL = "/videos/*"
LONG = "!sandbox:seconds=600"


@pytest.fixture(scope="module")
def shared_filming(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = start(tmp_path_factory.mktemp("filming"), shared_sandbox)
    yield started
    started.stop()


@pytest.fixture
def stage(shared_filming: Gateway, sandbox: Sandbox) -> Iterator[Stage]:
    """The gateway that these tests share, with nothing under way."""
    staged = Stage(shared_filming, sandbox, time.time())
    yield staged
    staged.clear()


def polls(sandbox: Sandbox) -> int:
    """Return how often the sandbox was asked how a video stands."""
    return sum(row["method"] == "GET" and "/videos/" in row["path"] for row in sandbox.journal())


@pytest.mark.parametrize("status", [429, 403])
def test_a_refusal_goes_to_the_other_account(stage: Stage, sandbox: Sandbox, status: int) -> None:
    sandbox.scenario("status", status=status, times=1, match={"path": CREATE})
    told = created(stage.gateway, f"second try {status} {QUICK}")
    assert over(stage.gateway, told["id"])["status"] == "completed"
    assert len(sandbox.calls(CREATE)) == 2
    assert len({call["key"] for call in sandbox.calls(CREATE)}) == 2
    assert len(jobs_about(sandbox, f"second try {status} ")) == 1
    (row,) = stage.charges()
    assert (row["attempts"], row["end"], row["usage_source"]) == (2, "completed", "upstream")
    assert row["account_id"] == stage.kept()[0]["account_id"]


@pytest.mark.parametrize(
    "fault", [{"fault": "status", "status": 500}, {"fault": "drop"}, {"fault": "error_200"}]
)
def test_what_xai_may_have_taken_is_never_sent_again(
    stage: Stage, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.scenario(**fault, match={"path": CREATE})
    answer = stage.gateway.post(VIDEOS, {"prompt": QUICK})
    assert refused(answer) == (502, "submission_unknown", None)
    assert answer[1]["x-should-retry"] == "false"
    assert len(sandbox.calls(CREATE)) == 1
    (listed,) = stage.listed()
    assert (listed["status"], listed["error"]["code"]) == ("failed", "submission_unknown")
    assert shown(stage.gateway, listed["id"]) == listed
    (row,) = stage.charges()
    assert (row["end"], row["error_code"], row["cost_ticks"]) == ("failed", "submission_unknown", 0)
    status, code, _ = refused(stage.gateway.get(f"{VIDEOS}/{listed['id']}/content"))
    assert (status, code) == (404, "not_found")


def test_what_is_refused_leaves_nothing(stage: Stage, sandbox: Sandbox) -> None:
    sandbox.scenario("safety", match={"path": CREATE})
    assert refused(stage.gateway.post(VIDEOS, {"prompt": QUICK}))[:2] == (400, "content_policy_violation")
    assert stage.listed() == []
    rows = eventually(stage.charges, "the row")
    assert [(row["end"], row["error_code"]) for row in rows] == [("refused", "content_policy_violation")]


def test_nobody_could_be_reached(tmp_path: Path) -> None:
    """A connection that was never made took nothing: it may be tried anew, and is no riddle."""
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    lonely = Gateway.start(tmp_path / "lonely", upstream=nowhere, keys=("xai-sandbox-alice",))
    try:
        answer = lonely.post(VIDEOS, {"prompt": QUICK})
        assert refused(answer)[:2] == (502, "upstream_error")
        assert kept(lonely.directory) == []
    finally:
        lonely.stop()


def test_questions_may_fail_for_a_while(stage: Stage, sandbox: Sandbox) -> None:
    told = created(stage.gateway, f"asked {LONG}")
    for status in (500, 429, 503, 404):
        sandbox.scenario("status", status=status, times=2, match={"path": POLL, "method": "GET"})
    eventually(lambda: polls(sandbox) >= 4, "some questions", LOOKS)
    finish(sandbox)
    assert over(stage.gateway, told["id"])["status"] == "completed"
    assert len(jobs_about(sandbox, f"asked {LONG}")) >= 1
    assert len(sandbox.calls(CREATE)) == 1


@pytest.mark.parametrize(
    ("mark", "code", "native"),
    [
        ("job_failed", "internal_error", "failed"),
        ("job_expired", "expired", "expired"),
        ("moderated", "content_policy_violation", "failed"),
        ("missing_url", "content_policy_violation", "failed"),
    ],
)
def test_jobs_that_fail_say_why(stage: Stage, sandbox: Sandbox, mark: str, code: str, native: str) -> None:
    prompt = f"{QUICK} !sandbox:{mark}"
    told = over(stage.gateway, created(stage.gateway, prompt)["id"])
    assert (told["status"], told["error"]["code"]) == ("failed", code)
    assert told["error"]["message"]
    assert told["completed_at"] is None
    answer = over(stage.gateway, generated(stage.gateway, prompt))
    assert answer["status"] == native
    if native == "failed":
        assert answer["error"]["code"] == code
    rows = eventually(lambda: len(stage.charges()) == 2 and stage.charges(), "both rows")
    assert {row["error_code"] for row in rows} == {code}
    assert stage.assets() == []


def test_a_dead_link_is_asked_for_again_and_then_given_up(stage: Stage, sandbox: Sandbox) -> None:
    told = over(stage.gateway, created(stage.gateway, f"{QUICK} !sandbox:dead_links")["id"])
    assert (told["status"], told["error"]["code"]) == ("failed", "result_lost")
    (row,) = stage.charges()
    assert (row["end"], row["error_code"]) == ("failed", "result_lost")
    assert row["cost_ticks"] > 0, "xAI has made it, and charges for it"


def test_a_result_is_fetched_until_it_comes(stage: Stage, sandbox: Sandbox) -> None:
    sandbox.scenario("status", status=503, times=2, match={"path": "/vidgen/*"})
    assert over(stage.gateway, created(stage.gateway)["id"])["status"] == "completed"
    (asset,) = stage.assets()
    assert asset["kind"] == "video"


def test_a_full_disk_delays_a_video_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    spare = shutil.disk_usage(tmp_path).free // 1_048_576 + 10_000
    gateway = start(tmp_path, sandbox, GROK2API_MEDIA__MIN_FREE_MB=str(min(spare, 1_000_000)))
    try:
        identifier = created(gateway)["id"]
        told = eventually(
            lambda: shown(gateway, identifier)["error"] and shown(gateway, identifier), "word", LOOKS
        )
        assert (told["status"], told["error"]["code"]) == ("in_progress", "media_store_full")
    finally:
        gateway.stop()
    roomy = start(tmp_path, sandbox)
    try:
        told = over(roomy, identifier)
        assert (told["status"], told["error"]) == ("completed", None)
        assert len(charges(tmp_path)) == 1
    finally:
        roomy.stop()


def test_a_video_that_was_deleted_while_made_is_settled_and_gone(stage: Stage, sandbox: Sandbox) -> None:
    identifier = created(stage.gateway, f"forgotten {LONG}")["id"]
    assert stage.gateway.send("DELETE", f"{VIDEOS}/{identifier}")[0] == 200
    assert stage.gateway.get(f"{VIDEOS}/{identifier}")[0] == 404
    finish(sandbox)
    rows = eventually(stage.charges, "the row", LOOKS)
    assert [(row["end"], row["usage_source"]) for row in rows] == [("completed", "upstream")]
    eventually(lambda: stage.kept() == [] and stage.assets() == [], "nothing left", LOOKS)


def test_a_cleaned_result_says_so(stage: Stage, sandbox: Sandbox) -> None:
    identifier, native = created(stage.gateway)["id"], generated(stage.gateway)
    over(stage.gateway, identifier)
    url = over(stage.gateway, native)["video"]["url"]
    shutil.rmtree(stage.gateway.directory / "data" / "media")
    for path in (f"{VIDEOS}/{identifier}/content", f"{VIDEOS}/{native}/content"):
        status, code, _ = refused(stage.gateway.get(path))
        assert (status, code) == (404, "not_found")
    assert request("GET", url)[0] == 404


def test_an_idempotency_key_stands_for_one_video(stage: Stage, sandbox: Sandbox) -> None:
    key = {"Idempotency-Key": "order 1"}
    body = {"prompt": f"once {QUICK}"}
    sandbox.scenario("slow_first_byte", delay=0.5, match={"path": CREATE})
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: stage.gateway.post(VIDEOS, body, **key), range(6)))
    assert {answer[0] for answer in answers} == {200}
    (identifier,) = {json.loads(answer[2])["id"] for answer in answers}
    assert over(stage.gateway, identifier)["status"] == "completed"
    status, _, answer = stage.gateway.post(VIDEOS, body, **key)
    assert (status, json.loads(answer)["id"], json.loads(answer)["status"]) == (200, identifier, "completed")
    assert len(jobs_about(sandbox, f"once {QUICK}")) == 1
    assert sum(row["cost_ticks"] for row in stage.charges()) == 2_800_000_000
    other = refused(stage.gateway.post(VIDEOS, {"prompt": f"else {QUICK}"}, **key))
    assert other == (400, "idempotency_key_reused", None)
    theirs = request("POST", stage.gateway.base_url + VIDEOS, body, headers={**THEIRS, **key})
    assert json.loads(theirs[2])["id"] != identifier, "keys are one's own"


def test_an_idempotency_key_of_a_refused_request_can_be_used_again(stage: Stage, sandbox: Sandbox) -> None:
    key = {"Idempotency-Key": "order 2"}
    sandbox.scenario("safety", times=1, match={"path": CREATE})
    assert stage.gateway.post(VIDEOS, {"prompt": QUICK}, **key)[0] == 400
    assert stage.gateway.post(VIDEOS, {"prompt": QUICK}, **key)[0] == 200


def test_an_idempotency_key_of_a_doubtful_request_is_not_sent_again(stage: Stage, sandbox: Sandbox) -> None:
    key = {"Idempotency-Key": "order 3"}
    sandbox.scenario("drop", times=1, match={"path": CREATE})
    assert stage.gateway.post(VIDEOS, {"prompt": QUICK}, **key)[0] == 502
    status, _, answer = stage.gateway.post(VIDEOS, {"prompt": QUICK}, **key)
    assert (status, json.loads(answer)["error"]["code"]) == (200, "submission_unknown")
    assert len(sandbox.calls(CREATE)) == 1


def test_no_key_has_more_open_videos_than_it_may(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = start(tmp_path, sandbox, GROK2API_VIDEO__OPEN_JOBS="1")
    try:
        identifier = created(gateway, LONG)["id"]
        assert refused(gateway.post(VIDEOS, {"prompt": QUICK}))[:2] == (429, "rate_limit_exceeded")
        assert request("POST", gateway.base_url + VIDEOS, {"prompt": QUICK}, headers=THEIRS)[0] == 200
        finish(sandbox)
        over(gateway, identifier)
        assert gateway.post(VIDEOS, {"prompt": QUICK})[0] == 200
    finally:
        gateway.stop()


def test_a_video_that_takes_too_long_has_failed(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = start(tmp_path, sandbox, GROK2API_VIDEO__GIVE_UP_HOURS="0.001")
    try:
        told = over(gateway, created(gateway, LONG)["id"])
        assert (told["status"], told["error"]["code"]) == ("failed", "timed_out")
    finally:
        gateway.stop()


def test_a_client_that_leaves_does_not_lose_its_video(stage: Stage, sandbox: Sandbox) -> None:
    sandbox.scenario("slow_first_byte", delay=1.0, match={"path": CREATE})
    with pytest.raises(TimeoutError):
        request(
            "POST",
            stage.gateway.base_url + VIDEOS,
            {"prompt": f"left {QUICK}"},
            headers=stage.gateway.headers,
            seconds=0.3,
        )
    told = eventually(stage.listed, "the job", LOOKS)[0]
    assert over(stage.gateway, told["id"])["status"] == "completed"
    assert len(jobs_about(sandbox, f"left {QUICK}")) == 1
    (row,) = stage.charges()
    assert row["end"] == "completed"
