"""Leasing, failing and giving back: what one request may do to the pool, and what it may not."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.canonical.plan import Demand
from grok2api.errors import AllCoolingDown, NoCredential, NotFound, OutOfCredit, PoolError
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.secretbox import SecretBox
from support.faults import make_fault
from support.pool_bench import Bench


async def fail(
    bench: Bench, demand: Demand, kind: FaultKind, request_id: str = "r1", **traits: float
) -> Lease:
    """Lease, fail and give back."""
    lease = await bench.pool.lease(demand)
    fault = make_fault(kind, retry_after=traits.get("retry_after"), upstream_status=403)
    bench.pool.report(lease, fault, request_id=request_id)
    bench.pool.release(lease, ok=False)
    return lease


async def test_an_empty_pool_says_so(bench: Bench, demand: Demand) -> None:
    assert bench.pool.empty
    with pytest.raises(NoCredential) as caught:
        await bench.pool.lease(demand)
    assert (caught.value.status, caught.value.code) == (503, "no_available_account")
    assert "grok2api credentials add" in caught.value.public_message, "what to do belongs to it"


async def test_a_lease_shows_no_secret(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-topsecret-topsecret")
    lease = await bench.pool.lease(demand)
    assert "topsecret" not in repr(lease) + repr(bench.rows()) + repr(bench.view)


async def test_an_unreadable_answer_costs_a_pool_of_26_at_most_one(bench: Bench, demand: Demand) -> None:
    for number in range(26):
        await bench.add(f"xai-{number}")
    tried: list[str] = []
    for _ in range(26):
        lease = await bench.pool.lease(demand, exclude=tried)
        bench.pool.report(lease, make_fault(FaultKind.UNREADABLE, upstream_status=403), request_id="r1")
        bench.pool.release(lease, ok=False)
        tried.append(lease.credential_id)
    assert len(set(tried)) == 26
    assert bench.pool.usable() == 25
    await fail(bench, demand, FaultKind.UNREADABLE, "r2")
    assert bench.pool.usable() == 24


@pytest.mark.parametrize("kind", [FaultKind.SAFETY, FaultKind.INVALID_REQUEST, FaultKind.CONTEXT_LENGTH])
async def test_a_fault_of_the_request_punishes_nobody(bench: Bench, demand: Demand, kind: FaultKind) -> None:
    await bench.add("xai-1")
    for number in range(20):
        await fail(bench, demand, kind, f"r{number}")
    assert bench.pool.usable() == 1
    assert bench.status(bench.rows()[0].id).failures == 0


async def test_the_last_usable_one_is_never_kept_out_for_long(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1")
    for number in range(12):
        await fail(bench, demand, FaultKind.UNREADABLE, f"r{number}")
        with pytest.raises(AllCoolingDown) as caught:
            await bench.pool.lease(demand)
        assert caught.value.retry_after == pytest.approx(5.0)
        bench.clock.advance(5.0)


async def test_a_rate_limit_is_the_accounts_for_this_model_only(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1", account_id="acct_one")
    await bench.add("xai-2", account_id="acct_one")
    third = await bench.add("xai-3")
    limited = await fail(bench, demand, FaultKind.RATE_LIMIT, retry_after=40.0)
    while limited.account_id != "acct_one":
        bench.clock.advance(41)
        limited = await fail(bench, demand, FaultKind.RATE_LIMIT, retry_after=40.0)
    assert {(await bench.pool.lease(demand)).credential_id for _ in range(3)} == {third.id}
    other_model = {(await bench.pool.lease(Demand("grok-4.7"))).account_id for _ in range(3)}
    assert "acct_one" in other_model
    assert bench.status(limited.credential_id).status == "active"
    assert [row[0] for row in bench.status(limited.credential_id).restrictions] == ["grok-4.3"]
    await fail(bench, demand, FaultKind.RATE_LIMIT, retry_after=20.0)
    with pytest.raises(AllCoolingDown) as caught:
        await bench.pool.lease(demand)
    assert caught.value.retry_after == pytest.approx(20.0)
    bench.clock.advance(20.0)
    assert (await bench.pool.lease(demand)).credential_id == third.id


async def test_no_credit_hits_the_account_and_all_of_it_is_out_of_credit(
    bench: Bench, demand: Demand
) -> None:
    for number in range(3):
        await bench.add(f"xai-{number}", account_id="acct_one")
    lease = await bench.pool.lease(demand)
    fault = make_fault(FaultKind.NO_CREDIT, scope=FaultScope.ACCOUNT)
    bench.pool.report(lease, fault, request_id="r1")
    with pytest.raises(OutOfCredit) as caught:
        await bench.pool.lease(demand)
    assert (caught.value.code, caught.value.final) == ("insufficient_quota", True)
    assert bench.writer.waiting == 3
    bench.clock.advance(3601)
    assert bench.pool.usable() == 3


async def test_a_key_that_may_not_use_a_model_is_not_asked_again(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1")
    assert bench.pool.may_serve(Demand("grok-4.3"))
    await fail(bench, demand, FaultKind.ACCESS_DENIED)
    assert not bench.pool.may_serve(Demand("grok-4.3"))
    assert bench.pool.may_serve(Demand("grok-4.7"))
    with pytest.raises(NoCredential):
        await bench.pool.lease(demand)
    bench.clock.advance(3601)
    assert bench.pool.may_serve(Demand("grok-4.3"))


async def test_a_denied_surface_leaves_the_other_one(bench: Bench) -> None:
    await bench.add("xai-1")
    await fail(bench, Demand("grok-4.3", surface="chat"), FaultKind.SURFACE_DENIED)
    with pytest.raises(NoCredential):
        await bench.pool.lease(Demand("grok-4.3", surface="chat"))
    assert (await bench.pool.lease(Demand("grok-4.3", surface="responses"))).token == "xai-1"


async def test_who_may_serve_what(bench: Bench) -> None:
    basic = await bench.add("xai-basic", tier="basic", account_id="acct_basic")
    narrow = await bench.add("xai-narrow", models=("grok-4.5",))
    assert not bench.pool.may_serve(Demand("grok-4.7", "super"))
    assert bench.pool.may_serve(Demand("grok-4.5", "super"))
    assert (await bench.pool.lease(Demand("grok-4.5", "super"))).credential_id == narrow.id
    assert (await bench.pool.lease(Demand("grok-4.7"))).credential_id == basic.id
    bench.pool.learn_models("acct_basic", ["grok-4.3"])
    assert not bench.pool.may_serve(Demand("grok-4.7"))
    bench.pool.learn_models("acct_basic", None)
    assert bench.pool.may_serve(Demand("grok-4.7"))


async def test_a_pin_never_leaves_its_account(bench: Bench) -> None:
    first = await bench.add("xai-1", account_id="acct_one")
    await bench.add("xai-2", account_id="acct_two")
    pinned = Demand("grok-4.3", account_pin=SealedIds.account_hash("acct_one"))
    assert {(await bench.pool.lease(pinned)).credential_id for _ in range(3)} == {first.id}
    await fail(bench, pinned, FaultKind.RATE_LIMIT, retry_after=9.0)
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(pinned)
    await bench.records.credentials.delete(first.id)
    await bench.view.refresh(bench.records)
    with pytest.raises(NotFound) as caught:
        await bench.pool.lease(pinned)
    assert caught.value.code == "not_found"


async def test_calls_at_a_time_are_counted(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1", max_concurrency=2)
    first, second = await bench.pool.lease(demand), await bench.pool.lease(demand)
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(demand)
    bench.pool.release(first, ok=True)
    bench.pool.release(first, ok=True)
    assert bench.pool.in_flight == 1
    third = await bench.pool.lease(demand)
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(demand)
    for lease in (second, third):
        bench.pool.release(lease, ok=True)
    assert bench.rows()[0].in_flight == 0


async def test_whether_another_one_could_serve(bench: Bench, demand: Demand) -> None:
    first, second = await bench.add("xai-1"), await bench.add("xai-2")
    assert bench.pool.has_other(demand)
    assert bench.pool.has_other(demand, exclude={first.id})
    assert not bench.pool.has_other(demand, exclude={first.id, second.id})
    pinned = Demand("grok-4.3", account_pin=SealedIds.account_hash(first.account_id))
    assert not bench.pool.has_other(pinned, exclude={first.id})


async def test_each_account_is_asked_once(bench: Bench, demand: Demand) -> None:
    for key, account in (
        ("xai-1", "acct_one"),
        ("xai-2", "acct_one"),
        ("xai-3", "acct_two"),
        ("xai-4", "acct_three"),
    ):
        await bench.add(key, account_id=account, enabled=account != "acct_three")
    asked = []
    for member in bench.pool.accounts():
        lease = bench.pool.borrow(member)
        asked.append(lease.account_id)
        bench.pool.release(lease, ok=True)
    assert sorted(asked) == ["acct_one", "acct_two"]
    assert bench.pool.in_flight == 0


async def test_a_question_takes_no_place(bench: Bench, demand: Demand) -> None:
    """The only place of a credential is its clients', also while the gateway asks which models it has."""
    await bench.add("xai-1", max_concurrency=1)
    (member,) = bench.pool.accounts()
    question = bench.pool.borrow(member)
    lease = await bench.pool.lease(demand)
    assert bench.pool.in_flight == 2
    bench.pool.release(question, ok=False)
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(demand)
    bench.pool.release(lease, ok=True)
    assert (await bench.pool.lease(demand)).credential_id == member.id
    assert member.in_flight == 1


async def test_clearing_ends_every_rest(bench: Bench, demand: Demand) -> None:
    record = await bench.add("xai-1")
    await fail(bench, demand, FaultKind.ACCESS_DENIED)
    await fail(bench, Demand("grok-4.7"), FaultKind.BAD_KEY)
    assert bench.pool.clear(record.id)
    assert not bench.pool.clear("cred_unknown")
    assert (await bench.pool.lease(demand)).credential_id == record.id


def practising(bench: Bench) -> bool:
    return bench.pool.practising


async def test_the_sandbox_serves_until_the_first_real_credential(bench: Bench, demand: Demand) -> None:
    bench.pool.set_sandbox("http://127.0.0.1:9999/v1", ["xai-sandbox-1", "xai-sandbox-2"])
    assert practising(bench)
    assert not bench.pool.empty
    practice = await bench.pool.lease(demand)
    assert (practice.sandbox, practice.base_url) == (True, "http://127.0.0.1:9999/v1")
    bench.pool.report(practice, make_fault(FaultKind.BAD_KEY), request_id="r1")
    assert bench.writer.waiting == 0
    await bench.add("xai-real")
    real = await bench.pool.lease(demand)
    assert (real.sandbox, real.base_url) == (False, "https://api.x.ai/v1")
    assert not practising(bench)
    bench.pool.release(practice, ok=True)
    bench.pool.release(real, ok=True)
    assert bench.pool.in_flight == 0


@given(
    actions=st.lists(
        st.tuples(
            st.sampled_from(["lease", "release", "report", "wait", "delete"]),
            st.integers(0, 7),
            st.sampled_from(FaultKind),
        ),
        max_size=40,
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_calls_are_counted_and_states_are_one(
    box: SecretBox, actions: list[tuple[str, int, FaultKind]]
) -> None:
    asyncio.run(_live_through(Bench(box), actions))


async def _live_through(bench: Bench, actions: list[tuple[str, int, FaultKind]]) -> None:
    keys = [await bench.add(f"xai-{number}", account_id=f"acct_{number // 2}") for number in range(4)]
    leases: list[Lease] = []
    for name, number, kind in actions:
        if name == "lease":
            try:
                leases.append(await bench.pool.lease(Demand(f"grok-{number % 2}")))
            except PoolError:
                continue
        elif name == "wait":
            bench.clock.advance(10.0**number / 100)
        elif name == "delete" and number == 0:
            await bench.records.credentials.delete(keys[number].id)
            await bench.view.refresh(bench.records)
        elif leases and name == "release":
            bench.pool.release(leases[number % len(leases)], ok=bool(number % 2))
        elif leases and name == "report":
            bench.pool.report(leases[number % len(leases)], make_fault(kind), request_id=str(number))
        _check(bench)
    for lease in leases:
        bench.pool.release(lease, ok=True)
    assert bench.pool.in_flight == 0
    assert {row.in_flight for row in bench.rows()} <= {0}


def _check(bench: Bench) -> None:
    rows = bench.rows()
    assert bench.pool.usable() == sum(row.status == "active" for row in rows)
    assert sum(row.in_flight for row in rows) <= bench.pool.in_flight
    for row in rows:
        assert (row.status == "active") is (row.reason == "")
        assert row.status not in {"cooling", "exhausted"} or (
            row.cooldown_until is not None and row.cooldown_until > bench.clock.now()
        )
