"""Thinking on its way back: to the account that made it, or to nobody, and never an error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.plan import Target
from grok2api.kit.sealedid import SealedIds
from support.messages_turns import ACCOUNT, DIALECT, Json, dispatched, lease_of, parsed, said, signature


def conversation(*blocks: Json) -> Json:
    return said(
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": [*blocks, {"type": "text", "text": "Hi!"}]},
        {"role": "user", "content": "and?"},
    )


def thinking(sealed: str, said_aloud: str = "Hm.") -> Json:
    return {"type": "thinking", "thinking": said_aloud, "signature": sealed}


def reasoning_in(dispatch: Dispatch) -> list[Json]:
    assert dispatch.content is not None
    body: Any = msgspec.json.decode(dispatch.content)
    return [item for item in body.get("input", body.get("messages")) if item.get("type") == "reasoning"]


@pytest.mark.parametrize(
    ("block", "summary"),
    [
        (thinking(signature("sealed")), [{"type": "summary_text", "text": "Hm."}]),
        (thinking(signature("sealed"), ""), []),
        ({"type": "redacted_thinking", "data": signature("sealed")}, []),
    ],
)
def test_the_account_that_thought_gets_its_thoughts_back(block: Json, summary: list[Json]) -> None:
    body = conversation(block)
    call = parsed(body)
    assert call.preferred_account == SealedIds.account_hash(ACCOUNT)
    assert call.dropped == ()
    dispatch = dispatched(body)
    assert reasoning_in(dispatch) == [
        {"type": "reasoning", "summary": summary, "encrypted_content": "sealed"}
    ]
    assert dispatch.dropped == ()


def test_thoughts_come_before_what_was_said_after_them() -> None:
    content = dispatched(conversation(thinking(signature("sealed")))).content
    assert content is not None
    kinds = [item.get("type", item.get("role")) for item in msgspec.json.decode(content)["input"]]
    assert kinds == ["user", "reasoning", "assistant", "user"]


def test_another_account_is_not_sent_what_it_cannot_read() -> None:
    dispatch = dispatched(conversation(thinking(signature("sealed"))), account="acct_2")
    assert reasoning_in(dispatch) == []
    assert dispatch.dropped == ("messages[1].content[0].signature",)


def test_an_account_that_got_another_name_still_reads_its_thoughts() -> None:
    body = conversation(thinking(signature("sealed")))
    lease = replace(lease_of("acct_renamed"), former_accounts=("acct_0", ACCOUNT))
    dispatch = DIALECT.translate(parsed(body), Target("grok-4.7"), lease)
    assert len(reasoning_in(dispatch)) == 1
    assert dispatch.dropped == ()


def test_the_chat_surface_takes_no_thoughts() -> None:
    dispatch = dispatched(conversation(thinking(signature("sealed"))), "chat")
    assert reasoning_in(dispatch) == []
    assert dispatch.dropped == ("messages[1].content[0].signature",)


def test_what_upstream_could_not_read_is_left_out_the_next_time() -> None:
    dispatch = dispatched(
        conversation(thinking(signature("sealed"))), amendments=Amendments(without_reasoning=True)
    )
    assert reasoning_in(dispatch) == []
    assert dispatch.dropped == ("messages[1].content[0].signature",)


@pytest.mark.parametrize(
    "block",
    [
        thinking("EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk"),
        thinking(""),
        thinking("enc_."),
        {"type": "thinking", "thinking": "no signature at all"},
        thinking(signature("sealed", owner="key_2")),
        thinking(signature("sealed")[:-8].replace("enc_", "enc_A")),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_a_signature_from_elsewhere_is_named_and_never_an_error(block: Json, strict: bool) -> None:
    body = conversation(block)
    call = parsed(body, strict=strict)
    assert call.dropped == ("messages[1].content[0].signature",)
    assert call.preferred_account is None
    assert reasoning_in(dispatched(body)) == []


def test_redacted_thinking_from_elsewhere_is_named_by_its_data() -> None:
    call = parsed(conversation({"type": "redacted_thinking", "data": "EmwKAhgB"}))
    assert call.dropped == ("messages[1].content[0].data",)


def test_a_thought_that_upstream_never_sealed_goes_without_a_word() -> None:
    body = conversation(thinking(signature("")))
    assert parsed(body).dropped == ()
    assert dispatched(body).dropped == ()
    assert reasoning_in(dispatched(body)) == []


def test_the_last_thinker_is_preferred() -> None:
    first, last = signature("a", account="acct_2"), signature("b", account="acct_3")
    call = parsed(conversation(thinking(first), thinking(last)))
    assert call.preferred_account == SealedIds.account_hash("acct_3")
