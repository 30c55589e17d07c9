"""Accounts, tokens and kept answers: each is there once, for as long as it should be."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from grok2api.storage.access import AdminAnswer, ApiToken, Operator, SecondFactor, SignInAttempts
from grok2api.storage.records import Conflict, Missing
from grok2api.storage.stores import Records


def operator(number: int = 1, **fields: object) -> Operator:
    values: dict[str, object] = {
        "id": f"op_{number:03}",
        "name": f"Zoë {number} 灵",
        "mark": f"zoë {number} 灵",
        "role": "viewer",
        "password_hash": "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
        "created_at": 100.25,
        "updated_at": 100.25,
    }
    return Operator(**{**values, **fields})  # type: ignore[arg-type]


def token(number: int = 1, **fields: object) -> ApiToken:
    values: dict[str, object] = {
        "id": f"tok_{number:03}",
        "name": "nightly",
        "role": "operator",
        "hash": f"{number:064x}",
        "hint": "gat-…wxyz",
        "created_by": "admin",
        "created_at": 100.25,
    }
    return ApiToken(**{**values, **fields})  # type: ignore[arg-type]


def answer(number: int = 1, **fields: object) -> AdminAnswer:
    values: dict[str, object] = {
        "id": f"{number:064x}",
        "digest": "d" * 64,
        "created_at": 100.25,
        "expires_at": 200.25,
    }
    return AdminAnswer(**{**values, **fields})  # type: ignore[arg-type]


async def test_an_account_is_kept_changed_and_found_by_its_mark(records: Records) -> None:
    await records.operators.add(operator(2))
    await records.operators.add(operator(1))
    assert await records.operators.list() == (operator(1), operator(2))
    assert await records.operators.marked("zoë 2 灵") == operator(2)
    assert await records.operators.marked("Zoë 2 灵") is None
    changed = replace(operator(2), mark="ada", name="Ada", role="owner", enabled=False)
    await records.operators.put(changed)
    assert await records.operators.get("op_002") == changed
    assert await records.operators.marked("zoë 2 灵") is None
    assert await records.operators.marked("ada") == changed


async def test_no_two_accounts_share_a_mark(records: Records) -> None:
    await records.operators.add(operator(1))
    with pytest.raises(Conflict):
        await records.operators.add(operator(2, mark=operator(1).mark))
    await records.operators.add(operator(2))
    with pytest.raises(Conflict):
        await records.operators.put(operator(2, mark=operator(1).mark))
    with pytest.raises(Missing):
        await records.operators.put(operator(3))
    assert [await records.operators.delete("op_001") for _ in range(2)] == [True, False]
    await records.operators.put(operator(2, mark=operator(1).mark))


async def test_an_account_that_is_vouched_for_is_found_by_its_identity_and_no_two_share_one(
    records: Records,
) -> None:
    vouched = operator(
        1, password_hash="", identity="a" * 64, issuer="https://id.example.com/灵", subject="42|灵"
    )
    await records.operators.add(vouched)
    await records.operators.add(operator(2))
    await records.operators.add(operator(3))
    assert await records.operators.identified("a" * 64) == vouched
    assert await records.operators.identified("b" * 64) is None
    with pytest.raises(Conflict):
        await records.operators.add(operator(4, identity="a" * 64))
    with pytest.raises(Conflict):
        await records.operators.put(operator(2, identity="a" * 64))
    await records.operators.put(operator(1))
    assert await records.operators.identified("a" * 64) is None
    await records.operators.put(operator(2, identity="a" * 64))


async def test_an_account_has_one_second_factor(records: Records) -> None:
    one = SecondFactor(
        id="owner", secret="v1:sealed", recovery_codes=("a" * 64, "b" * 64), created_at=1.5, updated_at=1.5
    )
    other = replace(one, id="op_001", recovery_codes=())
    await records.second_factors.add(one)
    await records.second_factors.add(other)
    with pytest.raises(Conflict):
        await records.second_factors.add(one)
    assert await records.second_factors.list() == (other, one)
    spent = replace(one, recovery_codes=("b" * 64,), updated_at=2.25)
    await records.second_factors.put(spent)
    assert await records.second_factors.get("owner") == spent
    assert [await records.second_factors.delete("owner") for _ in range(2)] == [True, False]
    with pytest.raises(Missing):
        await records.second_factors.put(spent)


async def test_a_token_is_found_by_its_hash_and_notes_its_use(records: Records) -> None:
    await records.tokens.add(token(1, expires_at=900.5))
    await records.tokens.add(token(2))
    with pytest.raises(Conflict):
        await records.tokens.add(token(3, hash=token(1).hash))
    assert await records.tokens.hashed(token(2).hash) == token(2)
    assert await records.tokens.touch("tok_002", now=150.5)
    assert await records.tokens.get("tok_002") == token(2, last_used_at=150.5)
    assert not await records.tokens.touch("tok_009", now=1.0)
    assert await records.tokens.delete("tok_001")
    assert await records.tokens.hashed(token(1).hash) is None
    assert await records.tokens.list() == (token(2, last_used_at=150.5),)


async def test_of_many_who_begin_the_same_answer_one_does(records: Records) -> None:
    told = await asyncio.gather(*(records.answers.begin(answer(), now=101.0) for _ in range(4)))
    assert sorted(each is None for each in told) == [False, False, False, True]
    done = answer(status=201, media_type="application/json", content="v1:sealed")
    await records.answers.finish(done)
    assert await records.answers.begin(answer(digest="e" * 64), now=101.0) == done


async def test_an_answer_is_forgotten_when_its_time_is_over(records: Records) -> None:
    await records.answers.begin(answer(1), now=101.0)
    assert await records.answers.begin(answer(1, created_at=200.5, expires_at=300.0), now=200.25) is None
    await records.answers.begin(answer(2), now=101.0)
    assert await records.answers.delete_ended(250.0) == 1
    await records.answers.finish(answer(2, status=200))
    assert await records.answers.begin(answer(2), now=101.0) is None
    assert await records.answers.delete(answer(1).id)


def attempts(version: int = 1, **fields: object) -> SignInAttempts:
    values: dict[str, object] = {
        "id": "a" * 64,
        "version": version,
        "failures": version,
        "first_at": 100.25,
        "last_at": 100.25,
        "expires_at": 200.25,
    }
    return SignInAttempts(**{**values, **fields})  # type: ignore[arg-type]


async def test_of_two_who_count_an_attempt_at_once_one_looks_again(records: Records) -> None:
    assert await records.attempts.get("a" * 64, now=101.0) is None
    told = await asyncio.gather(
        *(records.attempts.swap(attempts(last_at=101.0 + each), now=101.0) for each in range(4))
    )
    assert sorted(told) == [False, False, False, True]
    kept = await records.attempts.get("a" * 64, now=101.0)
    assert kept is not None
    assert kept.version == 1
    assert not await records.attempts.swap(attempts(3), now=101.0)
    told = await asyncio.gather(
        *(records.attempts.swap(attempts(2, last_at=101.0 + each), now=101.0) for each in range(4))
    )
    assert sorted(told) == [False, False, False, True]
    changed = attempts(3, failures=0, known=True)
    assert await records.attempts.swap(changed, now=102.0)
    assert await records.attempts.get("a" * 64, now=102.0) == changed


async def test_attempts_that_have_expired_are_as_if_there_were_none(records: Records) -> None:
    assert await records.attempts.swap(attempts(), now=101.0)
    assert await records.attempts.get("a" * 64, now=200.25) is None
    assert not await records.attempts.swap(attempts(2, expires_at=300.25), now=200.25)
    again = attempts(1, first_at=200.25, last_at=200.25, expires_at=300.25)
    assert await records.attempts.swap(again, now=200.25)
    assert await records.attempts.get("a" * 64, now=200.25) == again


async def test_all_attempts_can_be_forgotten(records: Records) -> None:
    for each in "ab":
        assert await records.attempts.swap(attempts(id=each * 64), now=101.0)
    await records.attempts.forget_all()
    assert [await records.attempts.get(each * 64, now=101.0) for each in "ab"] == [None, None]
    await records.attempts.forget_all()
    assert await records.attempts.swap(attempts(), now=101.0)
