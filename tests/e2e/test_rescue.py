"""A conversation outlives its account: for keys that opted in it is rebuilt elsewhere, for all others told.

The account behind `previous_response_id` is taken away between two turns, and the next turn is asked what it
knows of the first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.conversations import FATES, SECRET_WORD, Talk, disable, kept_rows, limit, new_key, talk_on
from support.observing import Caller, eventually, ledger
from support.pool_faults import MODEL, SURFACE, Answer, Drill, drilling, forget_orders
from support.processes import CLIENT_KEY, Sandbox

GONE = (400, "previous_response_not_found")
LIMITED = (429, "rate_limit_exceeded")
WITHOUT = {
    "disabled": GONE,
    "deleted": GONE,
    "blocked": GONE,
    "limited": LIMITED,
    "out of credit": (429, "insufficient_quota"),
}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drilling(tmp_path_factory.mktemp("rescue"), shared_sandbox) as drill:
        yield drill


@pytest.fixture(scope="module")
def key(shared_drill: Drill) -> str:
    """A client key that opted in."""
    return new_key(shared_drill, "--rescue", "7d")


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def drill(shared_drill: Drill, numbers: Iterator[int]) -> Iterator[Drill]:
    """A pool of three accounts that no test before had."""
    forget_orders(shared_drill.sandbox)
    number = next(numbers)
    shared_drill.fill([f"pia{number}", f"quin{number}", f"rex{number}"])
    yield shared_drill
    forget_orders(shared_drill.sandbox)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fate", FATES)
def test_the_fourth_of_six_turns_is_rescued(drill: Drill, key: str, fate: str, stream: bool) -> None:
    talk, owner = talk_on(drill, key, stream=stream)
    FATES[fate](drill, owner)
    assert "Bob" in talk.say("What is my name?")
    assert SECRET_WORD in talk.say("What did I ask you to remember?")
    assert "Bob" in talk.say("What is my name?")
    assert talk.rescued == [False, False, False, True, False, False]
    after = [name for name in drill.served_by() if name != owner]
    assert len(after) == 3
    assert len(set(after)) == 1, "the conversation lives in its new account"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fate", FATES)
def test_without_opting_in_the_client_is_told(drill: Drill, fate: str, stream: bool) -> None:
    talk, owner = talk_on(drill, CLIENT_KEY, stream=stream)
    FATES[fate](drill, owner)
    assert talk.refused() == WITHOUT[fate]
    assert set(drill.served_by()) == {owner}, "nobody else was asked"


def test_a_rescued_conversation_is_rescued_again(drill: Drill, key: str) -> None:
    talk, _ = talk_on(drill, key)
    for _ in range(2):
        disable(drill, drill.served_by()[-1])
        assert "Bob" in talk.say("What is my name?")
    assert talk.rescued == [False, False, False, True, True]
    assert len(set(drill.served_by())) == 3


def test_when_nobody_else_can_serve_the_client_is_told_when_to_come_back(drill: Drill, key: str) -> None:
    talk, _ = talk_on(drill, key)
    for name in drill.live():
        limit(drill, name)
    assert talk.refused() == LIMITED


def test_another_key_cannot_go_on_from_it(drill: Drill, key: str) -> None:
    talk, owner = talk_on(drill, key)
    other = Talk(drill.gateway, new_key(drill, "--rescue", "7d", name="other"), previous=talk.previous)
    assert other.refused() == GONE
    disable(drill, owner)
    assert other.refused() == GONE


def test_a_conversation_that_began_before_the_key_opted_in_is_not_rescued(drill: Drill) -> None:
    key = new_key(drill, name="late")
    talk = Talk(drill.gateway, key)
    talk.say("My name is Bob.")
    drill.command("keys", "edit", "late", "--rescue", "7d")

    def keeps() -> bool:
        before = kept_rows(drill.gateway.directory)
        talk.say("count to 3")
        return kept_rows(drill.gateway.directory) > before

    eventually(keeps, "a key that keeps")
    disable(drill, drill.served_by()[-1])
    assert talk.refused() == GONE


def test_reasoning_that_only_the_lost_account_could_read_is_left_out_and_named(
    drill: Drill, key: str
) -> None:
    thinking = {"model": "grok-4-mini", "include": ["reasoning.encrypted_content"]}
    talk = Talk(drill.gateway, key)
    first = talk.turn("My name is Bob.", **thinking)
    assert any(item.type == "reasoning" and item.encrypted_content for item in first.output)
    disable(drill, drill.served_by()[-1])
    assert "Bob" in talk.say("What is my name?", **thinking)
    assert talk.rescued == [False, True]
    assert talk.headers[-1]["x-grok2api-dropped-params"] == "previous_response_id.encrypted_content"
    assert "Bob" in talk.say("What is my name?", **thinking)


def test_calls_of_tools_and_their_results_are_part_of_it(drill: Drill, key: str) -> None:
    talk = Talk(drill.gateway, key)
    (call,) = talk.turn("What is the weather in Oslo?", tools=[WEATHER]).output
    disable(drill, drill.served_by()[-1])
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    assert talk.say([result], tools=[WEATHER]) == "The get_weather tool returned: rain"
    assert talk.rescued == [False, True]


def test_the_request_stays_one_in_the_ledger_and_its_trace_tells_of_the_rescue(
    drill: Drill, key: str
) -> None:
    talk, owner = talk_on(drill, key)
    limit(drill, owner)
    talk.say("What is my name?")
    headers = {name.lower(): value for name, value in talk.headers[-1].items()}
    told = drill.explain(Answer(200, headers, b""))
    assert told["request"]["attempts"] == 2
    assert told["rescued_after"] == 1
    assert [each["fault"] for each in told["decisions"]] == ["rate_limit", ""]
    assert [each["because"] == "pinned account" for each in told["decisions"]] == [True, False]
    rows = [row for row in ledger(drill.gateway.directory) if row["request_id"] == headers["x-request-id"]]
    assert [(row["status"], row["end"], row["attempts"]) for row in rows] == [(200, "completed", 2)]
    assert "rescued" in drill.command("explain", headers["x-request-id"])


@pytest.mark.parametrize("fate", ["disabled", "deleted", "blocked"])
def test_what_is_gone_stays_gone_for_get_and_delete(drill: Drill, key: str, fate: str) -> None:
    talk, owner = talk_on(drill, key)
    FATES[fate](drill, owner)
    assert "Bob" in talk.say("What is my name?")
    third = talk.previous = talk.ids[2]
    assert drill.gateway.get(f"/responses/{third}", Authorization=f"Bearer {key}")[0] == 404
    assert talk.delete(third) == 404
    assert talk.refused() == GONE, "what was kept of it is deleted all the same"


@pytest.mark.parametrize("opted_in", [True, False], ids=["chain broken", "not opted in"])
def test_who_cannot_be_rescued_waits_for_an_account_that_only_rests(
    sandbox: Sandbox, tmp_path: Path, opted_in: bool
) -> None:
    with drilling(tmp_path, sandbox, PERFORMANCE__QUEUE_WAIT=20) as drill:
        drill.fill(["sol", "tim"])
        talk, owner = talk_on(drill, new_key(drill, "--rescue", "7d") if opted_in else CLIENT_KEY)
        assert talk.delete(talk.ids[0]) == 200
        limit(drill, owner, seconds=2)
        assert talk.refused() == LIMITED, "it was itself told to wait"
        drill.sandbox.clear()
        assert "Bob" in talk.say("What is my name?")
        assert drill.served_by() == [owner]
        assert not any(talk.rescued)


def test_a_busy_account_is_waited_for_a_moment_only(sandbox: Sandbox, tmp_path: Path) -> None:
    with drilling(tmp_path, sandbox, PERFORMANCE__QUEUE_WAIT=60) as drill:
        drill.fill(["uma", "vic"], lambda _: {"max_concurrency": 1})
        talk, owner = talk_on(drill, new_key(drill, "--rescue", "7d"))
        other = Talk(drill.gateway, CLIENT_KEY)
        eventually(lambda: other.say("hello") and drill.served_by()[-1] == owner, "another one's turn there")
        calls = len(drill.served_by())
        sandbox.scenario("slow_first_byte", delay=40, match=SURFACE | {"key": owner})
        asked = {"model": MODEL, "input": "hello", "previous_response_id": other.previous}
        with Caller(drill.gateway, "/responses", asked):
            eventually(lambda: len(drill.served_by()) > calls, "a busy account")
            assert "Bob" in talk.say("What is my name?")
        assert talk.rescued[-1]
