"""Sign-ins in the pool: who asks for a token when, who waits for one, and when a sign-in is given up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.canonical.plan import Demand
from grok2api.canonical.tokens import TokenSet
from grok2api.errors import AllCoolingDown, NoCredential
from grok2api.pool.tokens import new_sign_in, open_tokens, renewed
from grok2api.pool.view import SKEW
from grok2api.storage.records import Credential
from support.faults import make_fault
from support.pool_bench import PEPPER, Bench

REFUSED = make_fault(FaultKind.TOKEN_EXPIRED, upstream_status=403)
HOUR = 3600.0


async def sign_in(bench: Bench, *, renewable: bool = True, **changes: Any) -> Credential:
    """Store a sign-in whose access token lives for an hour, and let the pool see it."""
    made = new_sign_in(
        TokenSet(access_token="access-1", refresh_token="refresh-1" if renewable else "", expires_in=HOUR),
        issuer="https://auth.test",
        client_id="client",
        box=bench.box,
        pepper=PEPPER,
        now=bench.clock.now(),
        tier="super",
    )
    kept = await bench.records.credentials.add(replace(made, **changes))
    await bench.view.refresh(bench.records)
    return kept


async def renew(bench: Bench, identifier: str, **changes: object) -> None:
    """Store the next token set, as whoever refreshes it does, and let the pool see it."""
    record = await bench.records.credentials.get(identifier)
    assert record is not None
    tokens = TokenSet(access_token=f"access-{record.generation + 1}", expires_in=HOUR)
    former = open_tokens(record, bench.box)
    fields = renewed(record, tokens, former=former, box=bench.box, now=bench.clock.now())
    await bench.records.credentials.change(identifier, {**fields, **changes})
    await bench.view.refresh(bench.records)


async def change(bench: Bench, identifier: str, **changes: object) -> None:
    await bench.records.credentials.change(identifier, changes)
    await bench.view.refresh(bench.records)


def refuse(bench: Bench, lease: Lease) -> None:
    """Report that xAI refused the token, and give the lease back."""
    bench.pool.report(lease, REFUSED, request_id="r1")
    bench.pool.release(lease, ok=False)


async def test_a_refused_token_is_replaced_and_costs_the_sign_in_nothing(
    bench: Bench, demand: Demand
) -> None:
    record = await sign_in(bench)
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, REFUSED, request_id="r1")
    assert bench.pool.renews(lease)
    bench.pool.release(lease, ok=False)
    assert bench.wanted == [(record.id, 1)]
    assert bench.status(record.id).status == "active"
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(demand)
    await renew(bench, record.id)
    fresh = await bench.pool.lease(demand)
    assert (fresh.token, fresh.generation) == ("access-2", 2)
    assert not bench.pool.renews(fresh)


async def test_ten_calls_with_the_same_dead_token_want_one_new_one(bench: Bench, demand: Demand) -> None:
    record = await sign_in(bench)
    leases = [await bench.pool.lease(demand) for _ in range(10)]
    for lease in leases:
        refuse(bench, lease)
    assert bench.wanted == [(record.id, 1)]
    await renew(bench, record.id)
    assert bench.status(record.id).status == "active"
    assert (await bench.pool.lease(demand)).generation == 2


async def test_a_late_word_about_an_old_token_says_nothing_about_the_new_one(
    bench: Bench, demand: Demand
) -> None:
    record = await sign_in(bench)
    early, late = await bench.pool.lease(demand), await bench.pool.lease(demand)
    refuse(bench, early)
    await renew(bench, record.id)
    refuse(bench, late)
    assert bench.wanted == [(record.id, 1)]
    assert (await bench.pool.lease(demand)).generation == 2


async def test_a_sign_in_whose_new_token_is_refused_too_rests_longer_and_is_given_up_at_last(
    bench: Bench, demand: Demand
) -> None:
    record = await sign_in(bench)
    for rest in (None, 30.0, 60.0, 120.0):
        refuse(bench, await bench.pool.lease(demand))
        if rest is not None:
            row = bench.status(record.id)
            assert (row.status, "in a row" in row.reason) == ("cooling", True)
            with pytest.raises(AllCoolingDown) as caught:
                await bench.pool.lease(demand)
            assert caught.value.retry_after == pytest.approx(rest)
            bench.clock.advance(rest)
        wished = len(bench.wanted)
        with pytest.raises(AllCoolingDown):
            await bench.pool.lease(demand)
        assert bench.wanted[wished:], "a token is asked for once the rest is over"
        await renew(bench, record.id)
    refuse(bench, await bench.pool.lease(demand))
    row = bench.status(record.id)
    assert (row.status, row.reason) == ("expired", "xAI no longer accepts this sign-in")
    with pytest.raises(NoCredential):
        await bench.pool.lease(demand)


async def test_a_refused_token_never_ends_a_longer_rest_or_a_block(bench: Bench, demand: Demand) -> None:
    record = await sign_in(bench)
    refuse(bench, await bench.pool.lease(demand))
    await renew(bench, record.id)
    blocked, late = await bench.pool.lease(demand), await bench.pool.lease(demand)
    fault = make_fault(FaultKind.BLOCKED, scope=FaultScope.CREDENTIAL, upstream_status=403)
    bench.pool.report(blocked, fault, request_id="blocked")
    refuse(bench, late)
    assert bench.status(record.id).status == "blocked"


async def test_an_answer_between_two_refusals_forgives_the_first(bench: Bench, demand: Demand) -> None:
    record = await sign_in(bench)
    for _ in range(5):
        refuse(bench, await bench.pool.lease(demand))
        await renew(bench, record.id)
        bench.pool.release(await bench.pool.lease(demand), ok=True)
    assert bench.status(record.id).status == "active"


async def test_signing_in_again_gives_it_a_rescue_again(bench: Bench, demand: Demand) -> None:
    record = await sign_in(bench)
    refuse(bench, await bench.pool.lease(demand))
    await renew(bench, record.id)
    refuse(bench, await bench.pool.lease(demand))
    await bench.writer.flush()
    await bench.view.refresh(bench.records)
    assert bench.status(record.id).status == "cooling"
    await renew(bench, record.id, status="active", reason="", cooldown_until=None)
    assert bench.status(record.id).status == "active"
    refuse(bench, await bench.pool.lease(demand))
    assert bench.status(record.id).status == "active"
    assert bench.wanted[-1] == (record.id, 3)


@pytest.mark.parametrize("renewable", [True, False])
async def test_a_token_that_ends_is_asked_for_or_the_sign_in_waits(
    bench: Bench, demand: Demand, renewable: bool
) -> None:
    record = await sign_in(bench, renewable=renewable)
    bench.clock.advance(HOUR + SKEW - 1)
    bench.pool.release(await bench.pool.lease(demand), ok=True)
    bench.clock.advance(1)
    with pytest.raises(AllCoolingDown) as caught:
        await bench.pool.lease(demand)
    assert caught.value.retry_after == 1.0
    assert set(bench.wanted) == {(record.id, None)}


async def test_a_key_serves_while_a_sign_in_awaits_its_token(bench: Bench, demand: Demand) -> None:
    record, key = await sign_in(bench), await bench.add("xai-key")
    bench.clock.advance(HOUR + SKEW)
    assert {(await bench.pool.lease(demand)).credential_id for _ in range(4)} == {key.id}
    assert set(bench.wanted) == {(record.id, None)}
    await renew(bench, record.id)
    assert {(await bench.pool.lease(demand)).credential_id for _ in range(8)} == {key.id, record.id}


async def test_the_live_token_serves_until_its_end_though_no_refresh_helps(
    bench: Bench, demand: Demand
) -> None:
    record = await sign_in(bench)
    await change(bench, record.id, refresh_dead=True, refresh_error="the refresh token was revoked")
    assert (await bench.pool.lease(demand)).token == "access-1"
    bench.clock.advance(HOUR + SKEW)
    bench.view.check_sign_ins()
    row = bench.status(record.id)
    assert (row.status, row.reason) == ("expired", "the refresh token was revoked")
    with pytest.raises(NoCredential):
        await bench.pool.lease(demand)


async def test_a_lost_sign_in_always_says_what_to_do(bench: Bench) -> None:
    record = await sign_in(bench)
    await change(bench, record.id, refresh_dead=True)
    bench.clock.advance(HOUR + SKEW)
    bench.view.check_sign_ins()
    assert "sign in again" in bench.status(record.id).reason


async def test_a_refused_token_of_a_dead_sign_in_ends_it_at_once(bench: Bench, demand: Demand) -> None:
    record = await sign_in(bench)
    await change(bench, record.id, refresh_dead=True, refresh_error="revoked")
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, REFUSED, request_id="r1")
    bench.view.check_sign_ins()
    assert bench.status(record.id).status == "expired"
    assert not bench.pool.renews(lease)


async def test_sign_ins_that_are_switched_off_serve_nobody(bench: Bench, demand: Demand) -> None:
    await sign_in(bench)
    roster = bench.pool.roster
    roster.sign_ins = False
    roster.changed()
    with pytest.raises(NoCredential):
        await bench.pool.lease(demand)
    assert bench.wanted == []
    roster.sign_ins = True
    roster.changed()
    assert (await bench.pool.lease(demand)).kind == "oauth"


async def test_no_token_shows_in_what_is_printed(bench: Bench, demand: Demand) -> None:
    record = await sign_in(bench)
    lease = await bench.pool.lease(demand)
    member = bench.pool.roster.members[record.id]
    assert "access-1" not in f"{lease!r} {member!r} {bench.rows()!r}"
    assert "refresh-1" not in f"{lease!r} {member!r} {bench.rows()!r}"
