from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import pytest

from grok2api.kit.slotted import maker_of, names_of, replaced
from grok2api.storage.records import Credential


@dataclass(frozen=True, slots=True)
class Slotted:
    name: str
    count: int = 0


@dataclass(frozen=True)
class Open:
    name: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Judging:
    name: str
    length: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.name))


CREDENTIAL = Credential(
    id="cred_1",
    kind="api_key",
    name="one",
    tier="super",
    tags=("a",),
    account_id="acct_1",
    fingerprint="f",
    hint="…",
    secret="v1:sealed",
    created_at=1.0,
    updated_at=2.0,
)


def test_a_record_is_made_of_values_in_any_order() -> None:
    assert maker_of(Slotted, ("count", "name"))((3, "x")) == Slotted("x", 3)
    assert maker_of(Open, ("count", "name"))((3, "x")) == Open("x", 3)


def test_what_is_not_told_has_its_default() -> None:
    assert maker_of(Slotted, ("name",))(("x",)) == Slotted("x")


def test_a_constructor_that_does_more_is_called() -> None:
    assert maker_of(Judging, ("name",))(("four",)).length == 4


def test_a_copy_differs_in_what_was_said_and_in_nothing_else() -> None:
    copy = replaced(CREDENTIAL, {"revision": 7, "tags": ("b",)})
    assert copy == replace(CREDENTIAL, revision=7, tags=("b",))
    assert hash(copy) == hash(replace(CREDENTIAL, revision=7, tags=("b",)))
    assert CREDENTIAL.revision == 0


def test_every_field_is_named_in_its_order() -> None:
    assert names_of(Credential) == tuple(each.name for each in fields(Credential))


def test_what_is_no_field_is_refused() -> None:
    with pytest.raises(KeyError):
        replaced(CREDENTIAL, {"nothing": 1})
