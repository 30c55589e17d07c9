"""Ids of items: each tells which response holds it, also those that were given out before they told."""

from __future__ import annotations

import pytest

from grok2api.canonical.references import ItemAddress
from grok2api.dialects.responses.sealing import Sealer, address_of, owned, owned_response, upstream_item_id
from support.responses_api import ACCOUNT, CALLER, IDS, OTHER, UPSTREAM_ID

OTHER_UUID = "11111111-2222-4333-8444-555555555555"


def sealer(response: str = UPSTREAM_ID, *, kept: bool = True) -> Sealer:
    made = Sealer(IDS, account=ACCOUNT, owner=CALLER.key_id, model="grok-4", kept=kept)
    made.response(response)
    return made


def address(public_id: str) -> ItemAddress | None:
    opened = owned(IDS, public_id, CALLER.key_id)
    assert opened is not None
    return address_of(opened)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("reasoning", f"rs_{UPSTREAM_ID}"),
        ("message", f"msg_{UPSTREAM_ID}"),
        ("function_call", f"fc_{UPSTREAM_ID}_3"),
        ("function_call", "call_12345678"),
        ("function_call", f"fc_{OTHER_UUID}"),
        ("web_search_call", f"ws_{OTHER_UUID}_0"),
        ("message", "msg_ä|b"),
        ("message", "x" * 250),
    ],
)
def test_an_item_tells_who_holds_it(kind: str, name: str) -> None:
    public_id = sealer().item(kind, name, 0)
    opened = owned(IDS, public_id, CALLER.key_id)
    assert opened is not None
    assert upstream_item_id(opened) == name
    assert address_of(opened) == (None if len(name) == 250 else ItemAddress(UPSTREAM_ID, name))
    assert owned(IDS, public_id, OTHER.key_id) is None


def test_a_name_that_holds_the_responses_own_gets_no_longer() -> None:
    bare = IDS.seal("msg", account=ACCOUNT, owner=CALLER.key_id, upstream_id=f"msg_{UPSTREAM_ID}")
    assert sealer().item("message", f"msg_{UPSTREAM_ID}", 0) == bare
    assert len(sealer().item("function_call", f"fc_{OTHER_UUID}", 0)) < len(bare) + 36


def test_items_of_one_name_are_told_apart() -> None:
    made = sealer()
    names = [made.item("function_call", "fc_1", place) for place in range(3)]
    assert [address(name) for name in names] == [
        ItemAddress(UPSTREAM_ID, "fc_1", number) for number in range(3)
    ]
    nameless = [made.item("message", None, place) for place in (4, 5)]
    assert [address(name) for name in nameless] == [
        ItemAddress(UPSTREAM_ID, number=place) for place in (4, 5)
    ]


def test_a_response_whose_id_is_no_uuid_holds_items_too() -> None:
    assert address(sealer("later").item("message", "msg_1", 0)) == ItemAddress("later", "msg_1")
    assert address(sealer("later").item("message", "msg_later", 0)) == ItemAddress("later", "msg_later")


@pytest.mark.parametrize(
    ("sealed", "expected"),
    [
        (f"rs_{UPSTREAM_ID}", ItemAddress(UPSTREAM_ID, f"rs_{UPSTREAM_ID}")),
        (f"rs_{UPSTREAM_ID}#1", ItemAddress(UPSTREAM_ID, f"rs_{UPSTREAM_ID}", 1)),
        (f"#{UPSTREAM_ID}.2", ItemAddress(UPSTREAM_ID, number=2)),
        ("fc_1", None),
        ("fc_1#1", None),
        ("#", None),
        ("fc_1#@!!", None),
    ],
)
def test_ids_of_before_still_open(sealed: str, expected: ItemAddress | None) -> None:
    assert address(IDS.seal("rs", account=ACCOUNT, owner=CALLER.key_id, upstream_id=sealed)) == expected


def test_input_items_are_known_by_name_or_by_content() -> None:
    made = sealer()
    said, again, other = ({"role": "user", "content": text} for text in ("yes", "yes", "no"))
    first, second, third = (made.input_item("message", item) for item in (said, again, other))
    assert len({first, second, third}) == 3
    one, two, three = (address(each) for each in (first, second, third))
    assert one == two != three
    assert one is not None
    assert one.digest
    assert one.holder == UPSTREAM_ID
    named = address(made.input_item("message", {"id": f"msg_{OTHER_UUID}", "role": "user", "content": "x"}))
    assert named == ItemAddress(UPSTREAM_ID, f"msg_{OTHER_UUID}")


def test_a_response_remembers_that_it_was_not_to_be_stored() -> None:
    for kept in (True, False):
        public_id = Sealer(IDS, account=ACCOUNT, owner="key_1", model="grok-4", kept=kept).response(
            UPSTREAM_ID
        )
        opened = owned_response(IDS, public_id, "key_1")
        assert opened is not None
        assert (opened.upstream_id, opened.model, opened.kept) == (UPSTREAM_ID, "grok-4", kept)
        assert opened.account == IDS.account_hash(ACCOUNT)
        assert owned_response(IDS, public_id, "key_2") is None
