"""Changes of the pool, single and bulk, in a real store."""

from __future__ import annotations

import pytest

from grok2api.errors import InvalidRequest, NotFound
from grok2api.operations.editing import Edit
from grok2api.operations.filters import Filter
from grok2api.operations.pooling import AlreadyInPool
from grok2api.storage.records import UsageRecord
from support.operator_pool import Pool

EVERYTHING = Filter(everything=True)


async def test_an_added_key_is_described_and_known_again(pool: Pool) -> None:
    operations = pool.operations
    made = await operations.add_key(" xai-canary-1234567890 ", Edit(name="one", tags=("a",), tier="basic"))
    assert (made.name, made.tags, made.tier, made.kind) == ("one", ("a",), "basic", "api_key")
    with pytest.raises(AlreadyInPool) as refused:
        await operations.add_key("xai-canary-1234567890")
    assert refused.value.credential == made
    assert refused.value.public_message == f"this key is already in the pool: {made.id} (one)"
    assert len(await operations.choose(EVERYTHING)) == 1


async def test_a_wrong_description_adds_nothing(pool: Pool) -> None:
    with pytest.raises(InvalidRequest):
        await pool.operations.add_key("xai-canary-1234567890", Edit(weight=0))
    assert await pool.operations.choose(EVERYTHING) == []


async def test_a_filter_chooses_the_oldest_first(pool: Pool) -> None:
    made = [await pool.key(number, tags=("even",) if number % 2 == 0 else ()) for number in range(60)]
    chosen = await pool.operations.choose(Filter(tags=frozenset({"even"})))
    assert [each.id for each in chosen] == [each.id for each in made if each.tags]
    ids = frozenset({made[3].id, made[1].id, "cred_none"})
    assert [each.id for each in await pool.operations.choose(Filter(ids=ids))] == [made[1].id, made[3].id]
    assert await pool.operations.choose(Filter()) == []


async def test_a_state_is_chosen_as_it_is_shown(pool: Pool) -> None:
    now = pool.clock.now()
    over = await pool.key(1, status="cooling", reason="r", cooldown_until=now - 1)
    resting = await pool.key(2, status="cooling", reason="r", cooldown_until=now + 60)
    off = await pool.key(3, enabled=False)
    for status, expected in (("active", over), ("cooling", resting), ("disabled", off)):
        chosen = await pool.operations.choose(Filter(status=frozenset({status})))
        assert [each.id for each in chosen] == [expected.id]


async def test_an_edit_leaves_health_and_tokens_of_a_busy_server_alone(pool: Pool) -> None:
    sign_in = await pool.sign_in()
    server = {"secret": "rotated meanwhile", "generation": 2, "status": "cooling", "reason": "busy"}
    await pool.records.credentials.change(sign_in.id, server)
    await pool.operations.edit([sign_in], Edit(name="new", add_tags=("t",)))
    now = await pool.read(sign_in)
    assert (now.name, now.tags) == ("new", ("t",))
    assert (now.secret, now.generation, now.status, now.reason) == tuple(server.values())


async def test_many_are_edited_each_from_where_it_stands(pool: Pool) -> None:
    made = [await pool.key(number, tags=(f"t{number % 3}",)) for number in range(30)]
    pool.clock.advance(5)
    outcome = await pool.operations.edit(made, Edit(add_tags=("all",), remove_tags=("t0",)))
    assert len(outcome.done) == 30
    after = await pool.operations.choose(EVERYTHING)
    assert [each.tags for each in after[:3]] == [("all",), ("t1", "all"), ("t2", "all")]
    assert {each.updated_at for each in after} == {pool.clock.now()}


async def test_a_value_that_cannot_be_used_changes_nobody(pool: Pool) -> None:
    full = await pool.key(1, tags=tuple(map(str, range(100))))
    other = await pool.key(2)
    with pytest.raises(InvalidRequest):
        await pool.operations.edit([other, full], Edit(add_tags=("more",)))
    assert (await pool.read(other)).tags == ()


async def test_disable_and_enable(pool: Pool) -> None:
    made = [await pool.key(1), await pool.key(2, status="blocked", reason="r")]
    await pool.operations.disable(made)
    assert [each.enabled for each in await pool.operations.choose(EVERYTHING)] == [False, False]
    await pool.operations.enable(await pool.operations.choose(EVERYTHING))
    after = await pool.operations.choose(EVERYTHING)
    assert [(each.enabled, each.status, each.reason) for each in after] == [(True, "active", "")] * 2


@pytest.mark.parametrize("status", ["cooling", "exhausted", "expired", "blocked"])
async def test_clear_ends_every_state(pool: Pool, status: str) -> None:
    made = await pool.key(1, status=status, reason="r", cooldown_until=pool.clock.now() + 60)
    await pool.operations.clear([made])
    now = await pool.read(made)
    assert (now.status, now.reason, now.cooldown_until) == ("active", "", None)


async def test_clear_is_heard_by_servers_even_if_the_store_shows_nothing(pool: Pool) -> None:
    made = await pool.key()
    pool.clock.advance(1)
    await pool.operations.clear([made])
    now = await pool.read(made)
    assert now.revision > made.revision
    assert now.updated_at == pool.clock.now()


async def test_clear_says_whom_only_a_new_sign_in_helps(pool: Pool) -> None:
    lost = await pool.sign_in("a", status="expired", reason="r", refresh_dead=True)
    ending = await pool.sign_in("b", status="cooling", reason="r", refresh_dead=True)
    outcome = await pool.operations.clear([lost, ending])
    assert outcome.done == (ending,)
    assert {each.id for each in outcome.needs_sign_in} == {lost.id, ending.id}
    assert (await pool.read(lost)).status == "expired"
    after = await pool.read(ending)
    assert (after.status, after.refresh_dead) == ("active", True)


async def test_one_that_somebody_deleted_is_told(pool: Pool) -> None:
    gone, there = await pool.key(1), await pool.key(2)
    await pool.records.credentials.delete(gone.id)
    outcome = await pool.operations.disable([gone, there])
    assert (outcome.done, outcome.gone) == ((there,), (gone,))
    with pytest.raises(NotFound):
        await pool.operations.one(gone.id)


async def test_many_are_deleted(pool: Pool) -> None:
    made = [await pool.key(number) for number in range(12)]
    outcome = await pool.operations.delete(made[:10])
    assert len(outcome.done) == 10
    assert [each.id for each in await pool.operations.choose(EVERYTHING)] == [each.id for each in made[10:]]


async def test_views_tell_what_each_has_served(pool: Pool) -> None:
    made = await pool.key()
    row = UsageRecord(
        request_id="r1",
        started_at=pool.clock.now(),
        key_id="k",
        operation="chat",
        model="m",
        credential_id=made.id,
        status=200,
        end="done",
        input_tokens=5,
        output_tokens=6,
        cost_ticks=7,
        total_ms=1.0,
    )
    await pool.records.usage.append([row])
    view = await pool.operations.view(made)
    usage = view["usage"]
    assert isinstance(usage, dict)
    assert (usage["requests"], usage["input_tokens"], usage["cost_usd"]) == (1, 5, "0.0000000007")
