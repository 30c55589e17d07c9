"""A conversation is known again by how it begins, without its client naming it."""

from __future__ import annotations

import json

import pytest

from grok2api.canonical.body import Body
from grok2api.dialects.conversation import conversation_of

SYSTEM = {"role": "system", "content": "You help."}
HELLO = {"role": "user", "content": "hello"}
ANSWER = {"role": "assistant", "content": "Hi!"}
MORE = {"role": "user", "content": "and now?"}
LONG = {"role": "system", "content": "x" * 3000}


def named(*messages: object, key: str = "key_1", field: str = "messages", **more: object) -> str | None:
    return conversation_of(Body.parse(json.dumps({field: messages, **more}).encode()), field, key)


def test_later_turns_have_the_name_of_the_earlier_ones() -> None:
    second = named(SYSTEM, HELLO, ANSWER, MORE)
    assert second is not None
    assert second == named(SYSTEM, HELLO, ANSWER, MORE, ANSWER, HELLO)


def test_a_short_opening_goes_wherever_there_is_room() -> None:
    assert named(SYSTEM, HELLO) is None
    assert conversation_of(Body.parse(b'{"input":"hello"}'), "input", "key_1") is None


def test_a_long_opening_finds_its_cache_at_once() -> None:
    first = named(LONG, HELLO)
    assert first is not None
    assert first == named(LONG, HELLO, ANSWER, MORE)


@pytest.mark.parametrize(
    "other",
    [
        named({"role": "system", "content": "You hinder."}, HELLO, ANSWER, MORE),
        named(SYSTEM, MORE, ANSWER, MORE),
        named(SYSTEM, HELLO, ANSWER, MORE, key="key_2"),
    ],
)
def test_another_beginning_or_key_is_another_conversation(other: str | None) -> None:
    assert other is not None
    assert other != named(SYSTEM, HELLO, ANSWER, MORE)


def test_instructions_belong_to_the_beginning() -> None:
    one = named(HELLO, ANSWER, field="input", instructions="Be brief.")
    assert one is not None
    assert one != named(HELLO, ANSWER, field="input", instructions="Be verbose.")


def test_nothing_of_what_was_said_is_in_the_name() -> None:
    name = named(LONG, {"role": "user", "content": "canary"})
    assert name is not None
    assert "canary" not in name


@pytest.mark.parametrize("turns", [b"[1, 2]", b'"a"', b"{}", b"[]", b'["user"]', b"null"])
def test_what_is_no_conversation_has_no_name(turns: bytes) -> None:
    body = Body.parse(b'{"messages": ' + turns + b"}")
    assert conversation_of(body, "messages", "key_1") is None
