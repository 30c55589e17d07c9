"""The work on a video job: from wherever it stands to its end, settled once, whatever happens in between."""

from __future__ import annotations

import pytest

from grok2api.gateway.videos.archiving import LinkDead, NoRoom, NotKept
from grok2api.gateway.videos.asking import AccountGone, JobGone, NotNow
from grok2api.gateway.videos.ending import SUBMISSION_UNKNOWN, Failure
from grok2api.gateway.videos.pace import Pace
from grok2api.storage.records import ClaimLost
from grok2api.upstream.xai.video_jobs import VideoStatus
from support.video_work import DONE, URL, Scene

PENDING = VideoStatus(stage="pending", progress=10)


async def test_a_job_is_followed_kept_settled_and_told() -> None:
    scene = Scene([PENDING, VideoStatus(stage="pending", progress=60), DONE])
    job = await scene.carried()
    assert (job.state, job.progress, job.asset_id, job.duration, job.cost_ticks) == (
        "completed",
        100,
        "asset_1",
        4.0,
        7,
    )
    assert job.completed_at == scene.clock.now()
    assert job.expires_at == scene.clock.now() + 60
    assert job.link == "", "it is of no use any more"
    (row,) = scene.charges
    assert scene.counted == [row], "the metrics hear of it as of any other row"
    assert (row.request_id, row.cost_ticks, row.usage_source, row.end) == (
        "req_1",
        7,
        "upstream",
        "completed",
    )
    assert (row.credential_id, row.account_id, row.upstream_request_id) == ("cred", "acct", "up")


async def test_a_job_that_was_being_sent_is_never_sent_again() -> None:
    scene = Scene([AssertionError("nobody is asked")])
    job = await scene.carried(state="submitting", upstream_id="")
    assert (job.state, job.error_code) == ("failed", SUBMISSION_UNKNOWN)
    assert [(row.end, row.cost_ticks, row.usage_source) for row in scene.charges] == [("failed", 0, "none")]


async def test_a_result_that_another_worker_was_fetching_is_fetched() -> None:
    scene = Scene([AssertionError("xAI need not be asked")])
    job = await scene.carried(state="saving", link=scene.journal.sealed_link(scene.job(), URL))
    assert job.state == "completed"


async def test_without_a_word_of_the_cost_the_price_list_has_it() -> None:
    silent = VideoStatus(stage="done", url=URL, duration=4.5)
    scene = Scene([silent])
    await scene.carried()
    assert [(row.cost_ticks, row.usage_source) for row in scene.charges] == [(3_150_000_000, "estimated")]


async def test_questions_that_fail_are_asked_more_and_more_seldom() -> None:
    scene = Scene([*[NotNow("no")] * 8, DONE])
    assert (await scene.carried()).state == "completed"
    assert scene.pauses == sorted(scene.pauses) or max(scene.pauses) <= 30 * 1.15
    assert 1.7 <= scene.pauses[0] <= 2.3
    assert max(scene.pauses) > 20


@pytest.mark.parametrize(
    ("trouble", "code"), [(AccountGone(), "account_gone"), (JobGone(), "job_lost")], ids=["account", "job"]
)
async def test_what_is_missing_is_believed_to_be_gone_after_a_while(trouble: Exception, code: str) -> None:
    scene = Scene([trouble, trouble, DONE])
    assert (await scene.carried()).state == "completed", "it came back"
    scene = Scene([trouble])
    job = await scene.carried()
    assert (job.state, job.error_code) == ("failed", code)
    assert 15 <= sum(scene.pauses) < 25


async def test_a_dead_link_is_asked_for_again_a_few_times() -> None:
    scene = Scene([DONE], [LinkDead(), LinkDead(), "asset_1"])
    assert (await scene.carried()).state == "completed"
    scene = Scene([DONE], [LinkDead()])
    job = await scene.carried()
    assert (job.state, job.error_code, job.asset_id) == ("failed", "result_lost", "")
    assert [row.cost_ticks for row in scene.charges] == [7], "xAI made it"


async def test_a_full_store_is_told_and_waited_for() -> None:
    told: list[tuple[str, str]] = []
    scene = Scene([DONE], [NoRoom("Full."), NoRoom("Full."), NotKept("broken"), "asset_1"])
    sleep = scene.work._sleep

    async def looking(seconds: float) -> None:
        row = scene.records.videos.rows["job"]
        told.append((row.state, row.error_code))
        await sleep(seconds)

    scene.work._sleep = looking
    job = await scene.carried()
    assert told[:2] == [("saving", "media_store_full")] * 2
    assert (job.state, job.error_code, job.error_message) == ("completed", "", "")


async def test_what_can_never_be_kept_has_failed() -> None:
    scene = Scene([DONE], [Failure("unusable_media", "No video.")])
    job = await scene.carried()
    assert (job.state, job.error_code, job.error_message) == ("failed", "unusable_media", "No video.")


async def test_a_job_that_takes_too_long_has_failed() -> None:
    scene = Scene([PENDING])
    job = await scene.carried()
    assert (job.state, job.error_code) == ("failed", "timed_out")
    assert 3600 <= sum(scene.pauses) < 3620


def failed(code: str = "internal_error", message: str = "x") -> VideoStatus:
    return VideoStatus(stage="failed", error={"code": code, "message": message})


@pytest.mark.parametrize(
    ("status", "code", "end"),
    [
        (failed(), "internal_error", "failed"),
        (failed("invalid_argument"), "invalid_argument", "failed"),
        (failed("<script>"), "internal_error", "failed"),
        (failed(message="Content violates usage guidelines."), "content_policy_violation", "refused"),
        (VideoStatus(stage="done", withheld=True, cost_ticks=9), "content_policy_violation", "refused"),
        (VideoStatus(stage="expired"), "expired", "failed"),
    ],
)
async def test_every_end_has_its_word(status: VideoStatus, code: str, end: str) -> None:
    scene = Scene([status])
    job = await scene.carried()
    assert (job.state, job.error_code) == ("failed", code)
    assert job.error_message
    assert [(row.end, row.error_code, row.cost_ticks) for row in scene.charges] == [
        (end, code, status.cost_ticks or 0)
    ]


async def test_a_store_that_is_away_is_waited_for() -> None:
    scene = Scene([DONE])
    job = await scene.begin()
    scene.records.revisions.away = True

    async def back(seconds: float) -> None:
        scene.pauses.append(seconds)
        scene.records.revisions.away = len(scene.pauses) < 3

    scene.work._sleep = back
    assert (await scene.work.carry(job)).state == "completed"
    assert len(scene.charges) == 1


async def test_who_lost_a_job_leaves_it_and_what_he_fetched_for_it() -> None:
    scene = Scene([DONE], meanwhile=Scene.taken_by_another)
    with pytest.raises(ClaimLost):
        await scene.carried()
    assert scene.dropped == [], "the other one uses it"
    assert len(scene.charges) == 1

    def fetched_anew(other: Scene) -> None:
        other.taken_by_another()
        row = other.records.videos.rows["job"]
        object.__setattr__(row, "asset_id", "asset_2")

    scene = Scene([DONE], meanwhile=fetched_anew)
    with pytest.raises(ClaimLost):
        await scene.carried()
    assert scene.dropped == ["asset_1"]


async def test_a_job_that_nobody_wants_any_more_is_settled_and_forgotten() -> None:
    scene = Scene([DONE])
    await scene.carried(forgotten=True)
    assert scene.records.videos.rows == {}
    assert scene.dropped == ["asset_1"]
    assert [row.cost_ticks for row in scene.charges] == [7]


def test_pauses_grow_and_are_never_all_alike() -> None:
    pace = Pace(2.0, lambda low, high: (low + high) / 2)
    pauses = [pace.next() for _ in range(8)]
    assert pauses[0] == 2.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == 5.0
    assert [pace.trouble() for _ in range(6)] == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert pace.next() == 5.0
    assert pace.trouble() == 2.0
