"""Who is meant by a filter, and that an empty one means nobody."""

from __future__ import annotations

import pytest

from grok2api.operations.filters import Filter, matching
from grok2api.storage.records import Credential
from support.operator_pool import RECORD


def meant(wanted: Filter) -> bool:
    return matching(wanted, lambda _: "cooling")(RECORD)


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(everything=True),
        Filter(ids=frozenset({"cred_1", "cred_2"})),
        Filter(status=frozenset({"cooling", "blocked"})),
        Filter(kind=frozenset({"oauth"})),
        Filter(tier=frozenset({"super"})),
        Filter(tags=frozenset({"us", "eu"})),
        Filter(account=frozenset({"team_7"})),
        Filter(account=frozenset({"acct_old"})),
        Filter(account=frozenset({"7"})),
        Filter(account=frozenset({"ann@example.com"})),
        Filter(text="WORK"),
        Filter(text="night"),
        Filter(text="shift"),
        Filter(kind=frozenset({"oauth"}), tags=frozenset({"eu"}), text="ann"),
    ],
)
def test_it_is_meant(wanted: Filter) -> None:
    assert meant(wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(ids=frozenset({"cred_2"})),
        Filter(status=frozenset({"active"})),
        Filter(kind=frozenset({"api_key"}), everything=True),
        Filter(tier=frozenset({"basic"})),
        Filter(tags=frozenset({"us"})),
        Filter(account=frozenset({""})),
        Filter(text="bob"),
        Filter(kind=frozenset({"oauth"}), tags=frozenset({"us"})),
    ],
)
def test_it_is_not_meant(wanted: Filter) -> None:
    assert not meant(wanted)


def test_the_state_is_looked_at_only_if_it_is_asked_for() -> None:
    def refuse(_: Credential) -> str:
        raise AssertionError

    assert matching(Filter(tags=frozenset({"eu"})), refuse)(RECORD)
