"""Verbs are done again after faults that pass, and after no others; a doubt is settled first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grok2api.errors import StorageError
from grok2api.storage.records import Conflict
from grok2api.storage.sql.repeats import ATTEMPTS, Interrupted, repeating, settled_by


def lost() -> Interrupted:
    return Interrupted("away", in_doubt=False)


def doubtful() -> Interrupted:
    return Interrupted("away", in_doubt=True)


@repeating
class Store:
    """Does what it is told, fault by fault."""

    def __init__(self, *faults: Exception, found: str | None = None) -> None:
        self._faults: Iterator[Exception] = iter(faults)
        self._found = found
        self.calls: list[str] = []

    async def plain(self, value: str) -> str:
        """May be done twice."""
        return self._do(value)

    async def _look(self, value: str) -> tuple[str] | None:
        self.calls.append(f"look {value}")
        return None if self._found is None else (self._found,)

    @settled_by(_look)
    async def once(self, value: str) -> str:
        """May not be done twice."""
        return self._do(value)

    async def _private(self) -> str:
        return self._do("private")

    def _do(self, value: str) -> str:
        self.calls.append(value)
        for fault in self._faults:
            raise fault
        return value


@pytest.mark.parametrize("faults", [[], [lost()], [lost(), lost()], [lost()] * (ATTEMPTS - 1)])
async def test_a_fault_that_passes_costs_another_try(faults: list[Exception]) -> None:
    store = Store(*faults)
    assert await store.plain("x") == "x"
    assert store.calls == ["x"] * (len(faults) + 1)


async def test_a_fault_that_does_not_pass_is_told_in_the_end() -> None:
    store = Store(*[lost()] * (ATTEMPTS + 5))
    with pytest.raises(StorageError) as caught:
        await store.plain("x")
    assert caught.value.public_message == "away"
    assert len(store.calls) == ATTEMPTS


@pytest.mark.parametrize("fault", [Conflict("taken"), StorageError("full"), ValueError("wrong")])
async def test_what_is_refused_is_refused_once(fault: Exception) -> None:
    store = Store(fault)
    with pytest.raises(type(fault)):
        await store.plain("x")
    assert store.calls == ["x"]


@pytest.mark.parametrize(
    ("fault", "found", "told", "calls"),
    [
        (lost(), "kept", "x", ["x", "x"]),
        (doubtful(), "kept", "kept", ["x", "look x"]),
        (doubtful(), None, "x", ["x", "look x", "x"]),
    ],
)
async def test_a_verb_that_may_not_be_done_twice_looks_first_if_there_is_doubt(
    fault: Exception, found: str | None, told: str, calls: list[str]
) -> None:
    store = Store(fault, found=found)
    assert await store.once("x") == told
    assert store.calls == calls


async def test_a_verb_that_may_be_done_twice_is_done_twice_in_doubt() -> None:
    store = Store(doubtful())
    assert await store.plain("x") == "x"
    assert store.calls == ["x", "x"]


async def test_a_conflict_after_the_doubt_was_settled_is_a_real_one() -> None:
    store = Store(doubtful(), Conflict("another"))
    with pytest.raises(Conflict):
        await store.once("x")
    assert store.calls == ["x", "look x", "x"]


async def test_only_public_verbs_are_repeated() -> None:
    store = Store(lost())
    with pytest.raises(Interrupted):
        await store._private()
