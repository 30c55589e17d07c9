"""What finds a conversation's prompt cache again."""

from __future__ import annotations

from typing import Any

import pytest

from support.messages_turns import Json, dispatched, parsed, said

LONG = "Rule by rule. " * 300


def user(text: str, **more: object) -> Json:
    return {"role": "user", "content": [{"type": "text", "text": text, **more}]}


def test_a_header_of_the_client_wins() -> None:
    body: Json = {"metadata": {"user_id": "user_a_session_5f0b6c1e-0d3a"}}
    assert parsed(body, conversation="header-1").affinity == "header-1"


@pytest.mark.parametrize(
    ("user_id", "session"),
    [
        ("user_ab12_account__session_5f0b6c1e-0d3a-4a51", "5f0b6c1e-0d3a-4a51"),
        ('{"device_id":"d","account_uuid":"","session_id":"5f0b6c1e-0d3a-4a51"}', "5f0b6c1e-0d3a-4a51"),
        ("somebody", "somebody"),
    ],
)
def test_a_session_in_the_users_id_names_the_conversation(user_id: str, session: str) -> None:
    assert parsed({"metadata": {"user_id": user_id}}).affinity == session


def test_a_user_is_asked_for_only_if_the_beginning_says_nothing() -> None:
    body = {"metadata": {"user_id": "somebody"}, "system": LONG}
    assert (parsed(body).affinity or "").startswith("head-")


def test_a_conversation_keeps_its_name_while_it_grows() -> None:
    billed: Any = {"type": "text", "text": "x-anthropic-billing-header: cch=1;"}
    rules: Any = {"type": "text", "text": LONG}
    first = parsed(
        said(user("hello", cache_control={"type": "ephemeral"})) | {"system": [billed, rules]}
    ).affinity
    billed_anew = billed | {"text": "x-anthropic-billing-header: cch=2;"}
    second = parsed(
        said(user("hello"), {"role": "assistant", "content": "Hi!"}, user("and?"))
        | {"system": [billed_anew, rules]}
    ).affinity
    assert first == second
    assert (first or "").startswith("head-")
    assert parsed(said(user("other")) | {"system": LONG}).affinity != first


def test_a_short_beginning_has_no_name() -> None:
    assert parsed({}).affinity is None


def test_it_goes_upstream_as_the_conversations_id() -> None:
    body: Json = {"metadata": {"user_id": "somebody"}}
    assert dispatched(body).conversation == "somebody"
    content = dispatched(body).content
    assert content is not None
    assert b"somebody" not in content
