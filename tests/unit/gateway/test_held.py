"""Stored responses as the gateway reads them: items found, conversations joined, nothing asked for twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.references import ItemAddress, ItemReference
from grok2api.dialects.responses.sealing import digest_of
from grok2api.errors import AllCoolingDown, InvalidRequest, NotFound, TooLarge, UpstreamError
from grok2api.gateway import held as module
from grok2api.gateway.held import HeldResponses
from grok2api.gateway.references import References
from grok2api.gateway.shelf import Shelf
from grok2api.kit.clock import ManualClock

Json = dict[str, Any]
Kept = Mapping[str, tuple[Json, list[Json]]]
ACCOUNT, ELSEWHERE = b"a" * 8, b"b" * 8


def said(name: str, text: str = "") -> Json:
    item: Json = {"role": "user", "content": text or name}
    return {"id": name, **item} if name else item


@dataclass
class Accounts:
    """Upstream's side: responses with their input, by account."""

    kept: Kept
    account: bytes = ACCOUNT
    error: Exception | None = None
    paths: list[str] = field(default_factory=list)
    running: int = 0
    most: int = 0

    async def send(
        self, dispatch: Dispatch, *, account_pin: bytes, missing: str, request_id: str
    ) -> tuple[bytes, str]:
        self.paths.append(dispatch.path)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        if self.error is not None:
            raise self.error
        found = urlsplit(dispatch.path)
        _, _, name, *rest = found.path.split("/")
        if account_pin != self.account or name not in self.kept:
            raise NotFound(missing)
        response, items = self.kept[name]
        if not rest:
            return msgspec.json.encode({"id": name, "object": "response", **response}), "account"
        query = {key: values[0] for key, values in parse_qs(found.query).items()}
        assert query["order"] == "asc"
        after = query.get("after")
        start = next((at + 1 for at, item in enumerate(items) if after and item.get("id") == after), 0)
        page = items[start : start + int(query["limit"])]
        more = start + len(page) < len(items)
        told = {"data": page, "has_more": more, "last_id": page[-1].get("id") if page else None}
        return msgspec.json.encode(told), "account"


def reading(accounts: Accounts) -> HeldResponses:
    return HeldResponses(accounts, Shelf(ManualClock()))


def read(raws: tuple[msgspec.Raw, ...]) -> list[str]:
    """Return the names of items, or their contents where they have none."""
    items = [msgspec.json.decode(raw) for raw in raws]
    return [item.get("id") or item["content"] for item in items]


CHAIN: Kept = {
    "r1": ({"output": [said("o1")]}, [said("i1"), said("", "yes")]),
    "r2": ({"output": [said("o2")], "previous_response_id": "r1"}, [said("i2"), said("", "yes")]),
    "r3": ({"output": [said("o3"), said("o3")], "previous_response_id": "r2"}, [said("i3")]),
}


async def test_a_conversation_is_joined_oldest_first() -> None:
    accounts = Accounts(CHAIN)
    held = reading(accounts)
    expected = ["i1", "yes", "o1", "i2", "yes", "o2", "i3", "o3", "o3"]
    assert read(await held.conversation(ACCOUNT, "r3", "q")) == expected
    assert len(accounts.paths) == 6
    assert read(await held.conversation(ACCOUNT, "r3", "q")) == expected
    assert len(accounts.paths) == 6, "what was read is known for a while"


async def test_nothing_is_there_twice_where_upstream_lists_the_whole_past() -> None:
    before = [said("i1"), said("", "yes"), said("o1")]
    kept: Kept = {
        "r1": ({"output": [said("o1")]}, before[:2]),
        "r2": ({"output": [said("o2")], "previous_response_id": "r1"}, [*before, said("i2")]),
    }
    assert read(await reading(Accounts(kept)).conversation(ACCOUNT, "r2", "q")) == [
        "i1",
        "yes",
        "o1",
        "i2",
        "o2",
    ]


async def test_long_inputs_are_read_page_by_page() -> None:
    items = [said(f"i{number}") for number in range(250)]
    accounts = Accounts({"r1": ({"output": []}, items)})
    assert len(await reading(accounts).conversation(ACCOUNT, "r1", "q")) == 250
    assert len(accounts.paths) == 4


async def test_a_conversation_ends_where_it_bites_its_tail() -> None:
    kept: Kept = {
        "r1": ({"output": [said("o1")], "previous_response_id": "r2"}, []),
        "r2": ({"output": [said("o2")], "previous_response_id": "r1"}, []),
    }
    assert read(await reading(Accounts(kept)).conversation(ACCOUNT, "r2", "q")) == ["o1", "o2"]


@pytest.mark.parametrize("gone", ["r1", "r2", "r3"])
async def test_a_conversation_with_a_hole_is_none(gone: str) -> None:
    kept = {name: CHAIN[name] for name in CHAIN if name != gone}
    with pytest.raises(NotFound):
        await reading(Accounts(kept)).conversation(ACCOUNT, "r3", "q")


async def test_a_conversation_has_bounds() -> None:
    kept: Kept = {
        f"r{number}": ({"output": [], "previous_response_id": f"r{number - 1}"}, [])
        for number in range(module.MOST_TURNS + 2)
    }
    with pytest.raises(InvalidRequest) as caught:
        await reading(Accounts(kept)).conversation(ACCOUNT, f"r{module.MOST_TURNS + 1}", "q")
    assert caught.value.param == "previous_response_id"
    large: Kept = {"r1": ({"output": [said("o1", "x" * (module.MOST_BYTES + 1))]}, [])}
    with pytest.raises(TooLarge):
        await reading(Accounts(large)).conversation(ACCOUNT, "r1", "q")


async def test_what_cannot_be_read_is_upstreams_fault() -> None:
    for output in ("x", {"a": 1}):
        with pytest.raises(UpstreamError):
            await reading(Accounts({"r1": ({"output": output}, [])})).response(ACCOUNT, "r1", "q")


async def test_what_was_not_to_be_stored_is_not_there() -> None:
    kept: Kept = {"r1": ({"output": [], "store": False}, [])}
    with pytest.raises(NotFound):
        await reading(Accounts(kept)).response(ACCOUNT, "r1", "q")


async def test_items_are_found_by_name_place_and_content() -> None:
    nameless = {"role": "user", "content": "yes"}
    kept = {
        "r1": (
            {
                "output": [
                    {"type": "custom_tool_call", "id": "ctc_1", "name": "x_keyword_search"},
                    said("o1", "first"),
                    said("o1", "second"),
                    {"type": "message", "content": "no name"},
                ]
            },
            [said("i1", "asked"), nameless],
        )
    }
    wanted = [
        ItemAddress("r1", "o1"),
        ItemAddress("r1", "o1", 1),
        ItemAddress("r1", number=3),
        ItemAddress("r1", "i1"),
        ItemAddress("r1", digest=digest_of(nameless)),
    ]
    accounts = Accounts(kept)
    found = await reading(accounts).items(ACCOUNT, "r1", wanted, "q")
    texts = [msgspec.json.decode(item or b"{}")["content"] for item in found]
    assert texts == ["first", "second", "no name", "asked", "yes"]
    assert len(accounts.paths) == 2
    lost = [ItemAddress("r1", "o2"), ItemAddress("r1", number=9), ItemAddress("r1", "ctc_1")]
    assert await reading(Accounts(kept)).items(ACCOUNT, "r1", lost, "q") == [None, None, None]


def reference(holder: str, name: str, place: int = 0, account: bytes = ACCOUNT) -> ItemReference:
    return ItemReference(f"public-{holder}-{name}", f"input[{place}].id", account, ItemAddress(holder, name))


def call(*references: ItemReference) -> Call:
    return Call(
        request_id="q",
        dialect="responses",
        model="grok-4",
        stream=False,
        body=Body({}),
        caller=Caller("key_1", "test"),
        received_at=0.0,
        references=references,
    )


async def test_a_response_is_asked_for_once_and_a_few_at_a_time() -> None:
    kept = {f"r{n}": ({"output": [said("a"), said("b")]}, list[Json]()) for n in range(40)}
    accounts = Accounts(kept)
    asked = call(*(reference(f"r{n}", name) for n in range(40) for name in ("a", "b")))
    resolved = await References(reading(accounts)).resolve(asked)
    assert len(resolved.resolved) == 80
    assert len(accounts.paths) == 40
    assert 1 < accounts.most <= 8
    assert resolved.preferred_account == ACCOUNT


async def test_a_call_without_references_is_left_alone() -> None:
    accounts = Accounts({})
    plain = call()
    assert await References(reading(accounts)).resolve(plain) is plain
    assert accounts.paths == []


async def test_no_account_is_preferred_where_there_are_two() -> None:
    kept = {"r1": ({"output": [said("a")]}, list[Json]())}
    resolved = {"public-r1-a": b"{}"}
    mixed = call(reference("r1", "a"), reference("r2", "a", account=ELSEWHERE))
    assert (await References(reading(Accounts(kept))).resolve(replace(mixed, resolved=resolved))) is not None
    with pytest.raises(InvalidRequest):
        await References(reading(Accounts(kept))).resolve(mixed)


@pytest.mark.parametrize(
    "lost", [reference("r9", "a", 1), reference("r1", "z", 1), reference("r1", "a", 1, ELSEWHERE)]
)
async def test_what_is_gone_is_named(lost: ItemReference) -> None:
    kept = {"r1": ({"output": [said("a")]}, list[Json]())}
    with pytest.raises(InvalidRequest) as caught:
        await References(reading(Accounts(kept))).resolve(call(reference("r1", "a"), lost))
    assert (caught.value.code, caught.value.param) == ("invalid_value", "input[1].id")
    assert caught.value.public_message == f"No item found with id '{lost.public_id}'."


async def test_an_account_that_cannot_answer_now_says_so() -> None:
    accounts = Accounts({}, error=AllCoolingDown("rests", retry_after=7))
    with pytest.raises(AllCoolingDown) as caught:
        await References(reading(accounts)).resolve(call(reference("r1", "a"), reference("r2", "a")))
    assert caught.value.retry_after == 7


async def test_a_conversation_is_unrolled_only_where_it_is_needed() -> None:
    accounts = Accounts(CHAIN)
    going_on = replace(call(), account_pin=ACCOUNT, unrolled="r3")
    unrolled = await References(reading(accounts)).resolve(going_on)
    assert read(unrolled.conversation)[0] == "i1"
    rebuilt = replace(going_on, history=())
    assert await References(reading(Accounts(CHAIN))).resolve(rebuilt) is rebuilt
