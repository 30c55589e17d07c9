"""The operator's password: the settings' one, or one that is made once and can be replaced."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from grok2api.admin.accounts import Account, Accounts
from grok2api.admin.passwords import (
    _NOBODY,
    FACT,
    HashChecks,
    Passwords,
    ensure_password,
    reset_password,
)
from grok2api.admin.sessions import Sessions
from grok2api.config.live import Live
from grok2api.config.loaded import Loaded
from grok2api.config.settings import Settings
from grok2api.errors import LimitExceeded
from grok2api.kit.clock import ManualClock
from support.memory_records import MemoryRecords


@pytest.fixture
def records() -> MemoryRecords:
    return MemoryRecords()


async def test_the_first_start_makes_a_password_and_tells_it_once(records: MemoryRecords) -> None:
    made = await ensure_password(records)
    assert made is not None
    assert await ensure_password(records) is None
    passwords = Passwords(records.meta)
    assert await passwords.verify(made)
    assert not await passwords.verify(made + "x")
    assert not await passwords.verify("")


async def test_only_a_slow_hash_is_kept(records: MemoryRecords) -> None:
    made = await ensure_password(records)
    kept = await records.meta.get(FACT)
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert made is not None
    assert made not in kept


async def test_two_workers_that_start_at_once_make_one_password(records: MemoryRecords) -> None:
    made = await asyncio.gather(*(ensure_password(records) for _ in range(3)))
    (told,) = [each for each in made if each is not None]
    assert await Passwords(records.meta).verify(told)


async def test_a_password_of_the_settings_is_the_only_one(records: MemoryRecords) -> None:
    kept = await ensure_password(records)
    assert kept is not None
    passwords = Passwords(records.meta, configured="aus der Datei: ü")
    assert await passwords.verify("aus der Datei: ü")
    assert not await passwords.verify(kept)
    assert await ensure_password(MemoryRecords(), configured="x") is None


async def test_without_any_password_nobody_gets_in(records: MemoryRecords) -> None:
    assert not await Passwords(records.meta).verify("")


def sessions_of(
    records: MemoryRecords, clock: ManualClock | None = None, configured: str = ""
) -> tuple[Sessions, Accounts]:
    checks = HashChecks()
    passwords = Passwords(records.meta, configured=configured, checks=checks)
    accounts = Accounts(
        records.operators, passwords, checks, pepper=b"pepper", live=Live(Loaded(Settings(), {}, ()))
    )
    return Sessions(records.sessions, accounts, pepper=b"pepper", clock=clock or ManualClock()), accounts


async def owner_of(accounts: Accounts) -> Account:
    owner = await accounts.get("")
    assert owner is not None
    return owner


async def test_a_new_password_ends_the_old_one_and_every_session(records: MemoryRecords) -> None:
    old = await ensure_password(records)
    sessions, accounts = sessions_of(records)
    token, _ = await sessions.begin(await owner_of(accounts))
    new = await reset_password(records)
    passwords = Passwords(records.meta)
    assert await passwords.verify(new)
    assert old is not None
    assert not await passwords.verify(old)
    assert await sessions.find(token) is None


async def test_a_session_that_began_while_the_password_changed_is_none(records: MemoryRecords) -> None:
    await ensure_password(records)
    sessions, accounts = sessions_of(records)
    late = await owner_of(accounts)
    await reset_password(records)
    token, _ = await sessions.begin(late)
    assert await sessions.find(token) is None


async def test_another_password_in_the_settings_ends_what_the_last_one_began(records: MemoryRecords) -> None:
    before, accounts = sessions_of(records, configured="one")
    token, _ = await before.begin(await owner_of(accounts))
    assert await before.find(token) is not None
    after, _ = sessions_of(records, configured="two")
    assert await after.find(token) is None


async def test_it_is_known_where_the_password_comes_from(records: MemoryRecords) -> None:
    passwords = Passwords(records.meta)
    assert await passwords.origin() == "none"
    await ensure_password(records)
    assert await passwords.origin() == "generated"
    await passwords.choose("a password that was chosen")
    assert await passwords.origin() == "chosen"
    assert await passwords.verify("a password that was chosen")
    await reset_password(records)
    assert await passwords.origin() == "generated"
    assert await Passwords(records.meta, configured="x").origin() == "settings"


async def test_nobody_has_a_hash_that_is_computed_in_earnest() -> None:
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(_NOBODY, "anything")


async def test_a_damaged_hash_lets_nobody_in(records: MemoryRecords) -> None:
    await records.meta.put(FACT, "no hash at all")
    assert not await Passwords(records.meta).verify("no hash at all")


async def test_a_flood_of_attempts_waits_in_a_short_line(records: MemoryRecords) -> None:
    await ensure_password(records)
    passwords = Passwords(records.meta)
    results = await asyncio.gather(*(passwords.verify("wrong") for _ in range(40)), return_exceptions=True)
    refused = [each for each in results if isinstance(each, LimitExceeded)]
    assert len(refused) == 24
    assert all(each is False for each in results if not isinstance(each, LimitExceeded))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no single thread can be ranked")
async def test_passwords_are_looked_at_when_nothing_else_wants_to_work() -> None:
    """Only the thread that computes comes last; the one that serves stays where it was."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    checks = HashChecks()
    assert not await checks.fits(None, "anything")
    (thread,) = checks._thread._threads
    assert thread.native_id is not None
    assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == 19
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
    checks.close()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
async def test_where_no_thread_may_be_ranked_passwords_are_looked_at_all_the_same(
    platform: str, monkeypatch: pytest.MonkeyPatch, records: MemoryRecords
) -> None:
    """A sandbox of the system refuses it, and other systems would rank the whole server."""

    def refuse(*_: int) -> None:
        assert platform == "linux"
        raise PermissionError

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "setpriority", refuse, raising=False)
    made = await ensure_password(records)
    assert made is not None
    assert await Passwords(records.meta).verify(made)


async def test_ended_sessions_are_forgotten_with_the_next_sign_in(records: MemoryRecords) -> None:
    clock = ManualClock()
    await ensure_password(records)
    sessions, accounts = sessions_of(records, clock)
    _, old = await sessions.begin(await owner_of(accounts))
    clock.advance(13 * 3600)
    await sessions.begin(await owner_of(accounts))
    assert await records.sessions.get(old.session.hash) is None
