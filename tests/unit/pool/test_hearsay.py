"""What workers tell each other: one refusal is enough for all, and nobody is kept out for too long.

Two pools stand for two workers on one store.
"""

from __future__ import annotations

import math

import pytest

from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.canonical.plan import Demand
from grok2api.errors import AllCoolingDown
from grok2api.kit.secretbox import SecretBox
from grok2api.pool import hearsay
from grok2api.pool.health import Health, Scope, Status
from grok2api.pool.hearsay import Bar, Rest, Word, word_of_rest
from grok2api.pool.judge import Judge
from support.faults import make_fault
from support.pool_bench import Bench


@pytest.fixture
def other(box: SecretBox, bench: Bench) -> Bench:
    """Another worker on the same store, that hears what the first one says, as it travels."""
    made = Bench(box, records=bench.records, clock=bench.clock)

    def tell(word: Word) -> None:
        said = hearsay.read(hearsay.write("first", word))
        assert said is not None
        made.pool.hear(said.word)

    bench.pool._judge = Judge(bench.clock, bench.writer.put, lambda *_: None, tell)
    return made


async def fail(bench: Bench, demand: Demand, **traits: object) -> None:
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, make_fault(**traits), request_id=f"req_{id(traits)}")  # type: ignore[arg-type]
    bench.pool.release(lease, ok=False)


async def test_a_rate_limit_that_one_worker_met_holds_for_the_others(
    bench: Bench, other: Bench, demand: Demand
) -> None:
    await bench.add("xai-1")
    await other.view.refresh(other.records)
    await fail(bench, demand, kind=FaultKind.RATE_LIMIT, scope=FaultScope.ACCOUNT_MODEL, retry_after=7.0)
    with pytest.raises(AllCoolingDown) as refused:
        await other.pool.lease(demand)
    assert refused.value.retry_after == 7.0
    bench.clock.advance(7.0)
    await other.pool.lease(demand)


async def test_a_short_rest_is_told_too_although_the_store_never_hears_of_it(
    bench: Bench, other: Bench, demand: Demand
) -> None:
    for key in ("xai-1", "xai-2", "xai-3"):
        await bench.add(key)
    await other.view.refresh(other.records)
    await fail(bench, demand, kind=FaultKind.OVERLOADED, scope=FaultScope.CREDENTIAL, retry_after=8.0)
    resting = [row.id for row in bench.rows() if row.status == "cooling"]
    assert resting
    assert [row.id for row in other.rows() if row.status == "cooling"] == resting


async def test_what_an_operator_clears_is_cleared_for_those_who_only_heard_of_it(
    bench: Bench, other: Bench, demand: Demand
) -> None:
    kept = await bench.add("xai-1")
    await other.view.refresh(other.records)
    await fail(bench, demand, kind=FaultKind.RATE_LIMIT, scope=FaultScope.ACCOUNT_MODEL, retry_after=600.0)
    await bench.records.credentials.change(kept.id, {"cleared_at": bench.clock.now() + 1})
    await other.view.refresh(other.records)
    await other.pool.lease(demand)


@pytest.mark.parametrize("seconds", [1e12, math.inf])
@pytest.mark.parametrize("kind", ["rest", "bar"])
async def test_nobody_is_kept_out_for_longer_than_the_rules_allow(
    bench: Bench, demand: Demand, kind: str, seconds: float
) -> None:
    kept = await bench.add("xai-1")
    if kind == "rest":
        bench.pool.hear(Rest(kept.id, Status.COOLING, "said", seconds))
    else:
        bench.pool.hear(Bar(Scope.ACCOUNT_MODEL, "grok-4.3", kept.account_id, "said", seconds))
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(demand)
    bench.clock.advance(3600.0)
    await bench.pool.lease(demand)


@pytest.mark.parametrize(
    "word",
    [
        Rest("cred", Status.BLOCKED, "said", 60.0),
        Rest("cred", Status.COOLING, "said", -1.0),
        Rest("cred", Status.COOLING, "said", math.nan),
        Rest("somebody else", Status.COOLING, "said", 60.0),
    ],
    ids=["for ever", "past", "no number", "a stranger"],
)
async def test_a_word_that_means_nothing_changes_nothing(bench: Bench, demand: Demand, word: Rest) -> None:
    kept = await bench.add("xai-1")
    own = word if word.credential_id != "cred" else Rest(kept.id, word.status, word.reason, word.seconds)
    bench.pool.hear(own)
    await bench.pool.lease(demand)


async def test_what_may_not_be_the_credentials_own_rests_a_share_of_the_pool_however_many_tell(
    bench: Bench, demand: Demand
) -> None:
    kept = [await bench.add(f"xai-{number}") for number in range(10)]
    for each in kept:
        bench.pool.hear(Rest(each.id, Status.COOLING, "failed", 15.0, signature="503 busy"))
    resting = [row.id for row in bench.rows() if row.status == "cooling"]
    assert 0 < len(resting) <= 4, "blast_share holds for what is heard, too"


async def test_the_last_usable_credential_rests_for_a_moment_only_for_what_is_heard(
    bench: Bench, demand: Demand
) -> None:
    kept = await bench.add("xai-1")
    bench.pool.hear(Rest(kept.id, Status.COOLING, "failed", 60.0, signature="503 busy"))
    bench.clock.advance(5.0)
    await bench.pool.lease(demand)


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b'{"by":"a","word":{"type":"news"}}', b"[1]"])
def test_what_this_version_does_not_understand_is_passed_over(payload: bytes) -> None:
    assert hearsay.read(payload) is None


@pytest.mark.parametrize(
    "health",
    [Health(), Health(Status.BLOCKED, "no", math.inf), Health(Status.COOLING, "over", 5.0)],
    ids=["well", "manual", "over"],
)
def test_what_is_no_rest_for_a_while_is_not_told(health: Health) -> None:
    assert word_of_rest("cred", health, 10.0) is None
