"""A valid key names its caller; any other names nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.accounting.client_keys import KeyDirectory, limits_of, new_client_key, renewed
from grok2api.canonical.call import Caller
from grok2api.kit.clock import ManualClock
from grok2api.storage.records import Changes, ClientKey
from support.memory_records import MemoryRecords

PEPPER = b"pepper"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def directory(clock: ManualClock) -> KeyDirectory:
    return KeyDirectory(pepper=PEPPER, clock=clock, configured=["from-config"])


def known(directory: KeyDirectory, **changes: object) -> tuple[ClientKey, str]:
    """Make a key and let the directory know it."""
    record, key = new_client_key("laptop", pepper=PEPPER, now=0.0)
    record = replace(record, **changes)  # type: ignore[arg-type]  # the tests name real fields
    directory.apply(Changes(revision=1, keys=(record,)))
    return record, key


def test_a_key_of_the_settings_has_the_same_id_at_every_start(
    directory: KeyDirectory, clock: ManualClock
) -> None:
    caller = directory.authenticate("from-config")
    assert caller is not None
    again = KeyDirectory(pepper=PEPPER, clock=clock, configured=["other", "from-config"])
    assert again.authenticate("from-config") == caller
    assert caller.key_id.startswith("key_")
    assert again.authenticate("other") != caller
    again.configure([])
    assert again.authenticate("from-config") is None
    assert again.empty


def test_a_new_key_is_told_once_and_kept_as_a_hash(directory: KeyDirectory) -> None:
    made, key = new_client_key("laptop", pepper=PEPPER, now=7.0)
    record = replace(made, models=("grok-4",), strict=True)
    assert key.startswith("sk-")
    assert len(key) > 40
    assert record.hint == f"sk-…{key[-4:]}"
    assert key not in repr(record)
    assert directory.authenticate(key) is None
    directory.apply(Changes(revision=1, keys=(record,)))
    caller = directory.authenticate(key)
    assert caller == Caller(record.id, "laptop", strict=True, models=frozenset({"grok-4"}))


@pytest.mark.parametrize(
    "key", ["", "sk-wrong", "from-config ", "FROM-CONFIG", "x" * 1_000_000, "\ud800", "ключ"]
)
def test_any_other_text_names_nobody(directory: KeyDirectory, key: str) -> None:
    assert directory.authenticate(key) is None


@pytest.mark.parametrize(("kept", "told"), [(0.0, None), (3600.0, 3600.0)])
def test_a_key_tells_for_how_long_its_conversations_are_kept(
    directory: KeyDirectory, kept: float, told: float | None
) -> None:
    _, key = known(directory, rescue_seconds=kept)
    caller, of_the_settings = directory.authenticate(key), directory.authenticate("from-config")
    assert caller is not None
    assert of_the_settings is not None
    assert (caller.rescue, of_the_settings.rescue) == (told, None)


def test_a_key_that_was_switched_off_names_nobody(directory: KeyDirectory) -> None:
    _, key = known(directory, enabled=False)
    assert directory.authenticate(key) is None


def test_a_key_ends_on_time(directory: KeyDirectory, clock: ManualClock) -> None:
    _, key = known(directory, expires_at=clock.now() + 10)
    assert directory.authenticate(key) is not None
    clock.advance(10)
    assert directory.authenticate(key) is None


async def test_the_directory_follows_the_store(clock: ManualClock) -> None:
    records = MemoryRecords()
    directory = KeyDirectory(pepper=PEPPER, clock=clock)
    assert directory.empty
    record, key = new_client_key("laptop", pepper=PEPPER, now=0.0)
    await records.keys.add(record)
    directory.apply(await records.changes_since(0))
    assert directory.authenticate(key) == Caller(record.id, "laptop")
    renamed = await records.keys.put(replace(record, name="desk"))
    directory.apply(await records.changes_since(renamed.revision - 1))
    assert directory.authenticate(key) == Caller(record.id, "desk")
    await records.keys.delete(record.id)
    directory.apply(await records.changes_since(renamed.revision))
    assert directory.authenticate(key) is None


def test_a_reset_forgets_what_it_does_not_name(directory: KeyDirectory) -> None:
    _, key = known(directory)
    directory.apply(Changes(revision=9, reset=True))
    assert directory.authenticate(key) is None
    assert directory.authenticate("from-config") is not None


def test_what_a_key_is_held_to_goes_with_its_caller(directory: KeyDirectory) -> None:
    record, key = known(directory, rpm=5, budget_day_ticks=7, networks=("10.0.0.0/8",), never_log=True)
    caller = directory.authenticate(key)
    assert caller is not None
    assert caller.limits == limits_of(record)
    assert caller.limits is not None
    assert (caller.limits.rpm, caller.limits.has_budget) == (5, True)
    assert directory.has_budget(record.id)
    assert directory.never_logs(record.id)
    directory.apply(Changes(revision=2, deleted_keys=(record.id,)))
    assert not directory.has_budget(record.id)
    assert not directory.never_logs(record.id)


def test_a_key_without_limits_has_none(directory: KeyDirectory) -> None:
    _, key = known(directory)
    for each in (key, "from-config"):
        caller = directory.authenticate(each)
        assert caller is not None
        assert caller.limits is None


def test_what_cannot_be_read_keeps_everybody_out(directory: KeyDirectory) -> None:
    _, key = known(directory, networks=("nonsense",), endpoints=("telephone",), pool_tier="gold")
    caller = directory.authenticate(key)
    assert caller is not None
    assert caller.limits is not None
    assert not caller.limits.admits("127.0.0.1")
    assert not caller.limits.opens("chat")
    assert caller.scope.tier not in {None, "basic", "super"}, "no credential is of that tier"


def test_a_former_key_is_valid_until_its_time(directory: KeyDirectory, clock: ManualClock) -> None:
    record, old = known(directory, expires_at=clock.now() + 1000)
    changed, new = renewed(record, pepper=PEPPER, now=clock.now(), overlap=100)
    assert new not in repr(changed)
    assert changed.hint.endswith(new[-4:])
    directory.apply(Changes(revision=2, keys=(changed,)))
    first, second = directory.authenticate(old), directory.authenticate(new)
    assert first == second
    assert first is not None
    clock.advance(100)
    assert directory.authenticate(old) is None
    assert directory.authenticate(new) == second
    again, _ = renewed(changed, pepper=PEPPER, now=clock.now(), overlap=5000)
    directory.apply(Changes(revision=3, keys=(again,)))
    assert directory.authenticate(old) is None, "the key before the former one is gone"
    assert directory.authenticate(new) is not None
    clock.advance(900)
    assert directory.authenticate(new) is None, "a former key ends with the key"
