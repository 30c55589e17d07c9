"""The queue for a credential: first come, first served, bounded in length and in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from support.history import tags
from support.load import CHAT
from support.observing import Caller, chat_text, events_of
from support.pool_faults import MODEL, Drill, drilling, forget_orders
from support.processes import Sandbox

LENGTH, WAIT = 3, 5


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """A gateway whose streams open while they wait, so that a client knows that it stands in the queue."""
    with drilling(
        tmp_path_factory.mktemp("queue"),
        shared_sandbox,
        PERFORMANCE__QUEUE_LENGTH=LENGTH,
        PERFORMANCE__QUEUE_WAIT=WAIT,
        STREAM__OPEN_AFTER="0.1",
    ) as drill:
        yield drill


@pytest.fixture
def drill(shared_drill: Drill) -> Iterator[Drill]:
    forget_orders(shared_drill.sandbox)
    shared_drill.fill(["ann"], lambda _: {"max_concurrency": 1})
    yield shared_drill
    forget_orders(shared_drill.sandbox)


def caller(drill: Drill, tag: str, fault: str = "") -> Caller:
    """Send a streamed request and wait until it has opened."""
    text = f"say exactly: {tag} {fault}"
    body = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": text}]}
    made = Caller(drill.gateway, CHAT, body)
    assert made.answer.status == 200
    return made


def said(waiting: Caller) -> str:
    """Return the text of a stream that is read to its end."""
    return chat_text(events_of(waiting.read_until(b"data: [DONE]\n\n"))).strip()


def test_those_who_wait_are_served_in_their_order_and_one_too_many_is_told(drill: Drill) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(caller(drill, "first-00000", "!sandbox:hang=60"))
        waiting = [stack.enter_context(caller(drill, f"wait-{number:05d}")) for number in range(LENGTH)]
        refused = drill.ask("one too many")
        assert (refused.status, refused.error["code"]) == (429, "rate_limit_exceeded")
        assert refused.retry_after == 1
        assert drill.explain(refused)["decisions"][-1]["removed"] == {"busy": 1}
        first.leave()
        for number, each in enumerate(waiting):
            assert said(each) == f"wait-{number:05d}"
    assert tags(drill.sandbox.calls())[1:] == [f"wait-{number:05d}" for number in range(LENGTH)]
    assert drill.credentials()["ann"]["live"]["in_flight"] == 0


def test_nobody_waits_longer_than_the_queue_allows(drill: Drill) -> None:
    with caller(drill, "first-00000", "!sandbox:hang=60"):
        answer = drill.ask("patience")
        assert (answer.status, answer.error["code"]) == (429, "rate_limit_exceeded")
        told = drill.explain(answer)["decisions"]
        assert told[-1]["chosen"] == ""
        assert told[-1]["waited_ms"] <= WAIT * 1000 + 1000
    assert len(drill.sandbox.calls()) == 1


def test_who_leaves_the_queue_holds_nobody_up(drill: Drill) -> None:
    with caller(drill, "first-00000", "!sandbox:hang=60") as first:
        with caller(drill, "gone-00000"):
            pass
        with caller(drill, "last-00000") as last:
            first.leave()
            assert said(last) == "last-00000"
    assert tags(drill.sandbox.calls())[1:] == ["last-00000"]
