"""A change touches the fields it names and no other, under its conditions, on one credential or many."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grok2api.storage.records import ClaimLost, Conflict, Credential, Missing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.stores import Records

MANY = 1_203


async def test_a_change_replaces_the_named_fields_alone(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    first = await records.credentials.add(make_credential(1, tags=("eu",), note="kept", cooldown_until=5.0))
    kept = await records.credentials.change(
        first.id, {"name": "renamed", "acls": ("a", "b"), "tags": (), "cooldown_until": None}
    )
    assert kept == replace(
        first, name="renamed", acls=("a", "b"), tags=(), cooldown_until=None, revision=kept.revision
    )
    assert kept.revision > first.revision
    assert await records.credentials.get(first.id) == kept


async def test_two_who_change_different_fields_do_not_undo_each_other(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
) -> None:
    other = await open_another()
    first = await records.credentials.add(make_credential(1))
    await asyncio.gather(
        *(
            store.credentials.change(first.id, {field: value})
            for store, field, value in (
                (records, "note", "from here"),
                (other, "secret", "v1:from:there"),
                (records, "priority", 4),
                (other, "models", ("grok-4",)),
            )
        )
    )
    kept = await other.credentials.get(first.id)
    assert kept == await records.credentials.get(first.id)
    assert kept is not None
    assert (kept.note, kept.secret, kept.priority, kept.models) == (
        "from here",
        "v1:from:there",
        4,
        ("grok-4",),
    )


async def test_a_change_is_seen_there_when_it_has_returned_here(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
) -> None:
    other = await open_another()
    first = await records.credentials.add(make_credential(1))
    kept = await records.credentials.change(first.id, {"secret": "v1:rotated", "generation": 1})
    assert await other.credentials.get(first.id) == kept
    assert (await other.changes_since(first.revision)).credentials == (kept,)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": "cred_002"},
        {"revision": 9},
        {"colour": "red"},
        {"note": "fine", "id": "x"},
        {"secret": None},
    ],
)
async def test_a_change_that_makes_no_sense_is_an_error_of_its_author(
    records: Records, make_credential: Callable[..., Credential], changes: dict[str, object]
) -> None:
    first = await records.credentials.add(make_credential(1))
    with pytest.raises(ValueError, match=r"field|always has a value"):
        await records.credentials.change(first.id, changes)
    with pytest.raises(ValueError, match=r"field|always has a value"):
        await records.credentials.change_many([first.id], changes)
    assert await records.credentials.list() == (first,)


async def test_a_change_of_what_is_not_there_is_refused(records: Records) -> None:
    with pytest.raises(Missing):
        await records.credentials.change("cred_404", {"note": "x"})
    with pytest.raises(Missing):
        await records.credentials.change("cred_404", {"note": "x"}, generation=0)
    assert (await records.changes_since(0)).revision == 0


async def test_a_change_cannot_take_anothers_fingerprint(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    first = await records.credentials.add(make_credential(1))
    second = await records.credentials.add(make_credential(2))
    with pytest.raises(Conflict) as caught:
        await records.credentials.change(
            second.id, {"fingerprint": first.fingerprint, "secret": "v1:ciphertext-new"}
        )
    assert first.fingerprint not in f"{caught.value}{caught.value.__cause__}"
    assert "ciphertext" not in f"{caught.value}{caught.value.__cause__}"
    assert await records.credentials.get(second.id) == second
    assert (await records.changes_since(0)).revision == second.revision


async def test_a_token_set_is_stored_over_its_forerunner_only(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    first = await records.credentials.add(make_credential(1, generation=3))
    kept = await records.credentials.change(first.id, {"generation": 4, "secret": "v1:new"}, generation=3)
    with pytest.raises(Conflict) as caught:
        await records.credentials.change(first.id, {"generation": 4, "secret": "v1:late"}, generation=3)
    assert "v1:late" not in str(caught.value)
    assert await records.credentials.get(first.id) == kept
    assert (await records.changes_since(0)).revision == kept.revision


async def test_of_many_that_store_the_next_token_set_one_wins(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
) -> None:
    stores = (records, await open_another())
    first = await records.credentials.add(make_credential(1))
    outcomes = await asyncio.gather(
        *(
            stores[number % 2].credentials.change(
                first.id, {"generation": 1, "secret": f"v1:set-{number}"}, generation=0
            )
            for number in range(16)
        ),
        return_exceptions=True,
    )
    (winner,) = [each for each in outcomes if isinstance(each, Credential)]
    assert [type(each) for each in outcomes if not isinstance(each, Credential)] == [Conflict] * 15
    assert await records.credentials.get(first.id) == winner


async def test_a_change_under_a_claim_needs_the_claim(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
) -> None:
    other = await open_another()
    first = await records.credentials.add(make_credential(1))
    held = await records.claims.acquire("refresh/cred_001", holder="here", seconds=30, now=100)
    assert held is not None
    kept = await records.credentials.change(first.id, {"generation": 1}, claim=held, generation=0)
    taken = await other.claims.acquire("refresh/cred_001", holder="there", seconds=30, now=131)
    assert taken is not None
    forged = replace(taken, holder="here")
    for lost in (held, forged, replace(taken, fence=taken.fence + 1), replace(taken, name="refresh/other")):
        with pytest.raises(ClaimLost):
            await records.credentials.change(first.id, {"generation": 2}, claim=lost, generation=1)
    assert await records.credentials.get(first.id) == kept
    assert (await records.changes_since(0)).revision == kept.revision
    await other.credentials.change(first.id, {"generation": 2}, claim=taken, generation=1)
    await other.claims.release(taken)
    with pytest.raises(ClaimLost):
        await other.credentials.change(first.id, {"generation": 3}, claim=taken)


async def test_a_claim_that_ran_out_holds_until_somebody_else_takes_it(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    first = await records.credentials.add(make_credential(1))
    held = await records.claims.acquire("refresh/cred_001", holder="here", seconds=0.001, now=1)
    assert held is not None
    assert await records.claims.holder("refresh/cred_001", now=100) is None
    await records.credentials.change(first.id, {"secret": "v1:just in time"}, claim=held)


async def test_many_are_kept_in_one_go_and_doubles_are_told(
    records: Records,
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
) -> None:
    other = await open_another()
    there = await records.credentials.add(make_credential(0))
    batch = [make_credential(number) for number in range(MANY)]
    batch += [make_credential(MANY, fingerprint="fingerprint-7"), make_credential(8, fingerprint="new")]
    outcome = await records.credentials.add_many(batch)
    assert [number for number, each in enumerate(outcome) if each is None] == [0, MANY, MANY + 1]
    kept = [each for each in outcome if each is not None]
    assert kept == [
        replace(given, revision=each.revision) for given, each in zip(batch[1:MANY], kept, strict=True)
    ]
    assert sorted(await other.credentials.list(), key=lambda each: each.id) == sorted(
        [there, *kept], key=lambda each: each.id
    )
    told = await other.changes_since(there.revision)
    assert {each.id for each in told.credentials} == {each.id for each in kept}
    assert await records.credentials.add_many(batch) == (None,) * len(batch)
    assert (await records.changes_since(0)).revision == told.revision


async def test_an_empty_batch_is_no_change(records: Records) -> None:
    assert await records.credentials.add_many([]) == ()
    assert await records.credentials.change_many([], {"note": "x"}) == 0
    assert await records.credentials.delete_many([]) == 0
    assert (await records.changes_since(0)).revision == 0


async def test_a_credential_is_found_by_its_fingerprint(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    kept = await records.credentials.add(make_credential(1))
    assert await records.credentials.with_fingerprint(kept.fingerprint) == kept
    assert await records.credentials.with_fingerprint("fingerprint-404") is None


async def test_many_are_changed_in_one_go(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    await records.credentials.add_many([make_credential(number) for number in range(MANY)])
    before = (await records.changes_since(0)).revision
    named = [f"cred_{number:03}" for number in range(1, MANY)]
    changed = await records.credentials.change_many(
        [*named, named[0], "cred_404x"], {"tags": ("spring",), "enabled": False}
    )
    assert changed == MANY - 1
    told = await records.changes_since(before)
    assert {each.id for each in told.credentials} == set(named)
    assert {(each.tags, each.enabled) for each in told.credentials} == {(("spring",), False)}
    assert await records.credentials.change_many(["cred_404x"], {"note": "x"}) == 0
    assert (await records.changes_since(0)).revision == told.revision


async def test_many_are_forgotten_in_one_go_and_may_come_back(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    batch = [make_credential(number) for number in range(MANY)]
    await records.credentials.add_many(batch)
    before = (await records.changes_since(0)).revision
    named = [each.id for each in batch[1:]]
    assert await records.credentials.delete_many([*named, named[0], "cred_404x"]) == MANY - 1
    told = await records.changes_since(before)
    assert set(told.deleted_credentials) == set(named)
    assert told.credentials == ()
    assert [each.id for each in await records.credentials.list()] == ["cred_000"]
    assert await records.credentials.delete_many(named) == 0
    assert (await records.changes_since(0)).revision == told.revision
    again = await records.credentials.add_many(batch[1:3])
    assert None not in again
    last = await records.changes_since(told.revision)
    assert ({each.id for each in last.credentials}, last.deleted_credentials) == (
        {"cred_001", "cred_002"},
        (),
    )


async def test_a_change_from_before_the_rests_were_ended_is_refused(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    first = await records.credentials.add(make_credential(1))
    resting = {"status": "cooling", "reason": "503"}
    kept = await records.credentials.change(first.id, resting, uncleared_since=1.0)
    assert kept.status == "cooling"
    cleared = await records.credentials.change(first.id, {"status": "active", "cleared_at": 20.0})
    with pytest.raises(Conflict):
        await records.credentials.change(first.id, resting, uncleared_since=19.0)
    assert await records.credentials.get(first.id) == cleared
    kept = await records.credentials.change(first.id, resting, uncleared_since=20.5)
    assert kept.status == "cooling"
