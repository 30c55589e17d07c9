"""Every request is settled once, whoever says so and however it ended."""

from __future__ import annotations

from typing import cast

import pytest

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load
from grok2api.accounting.running import Running
from grok2api.accounting.settlement import Settlement
from grok2api.accounting.traces import told_trace
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.canonical.plan import Demand, Target
from grok2api.canonical.trace import Decision
from grok2api.canonical.usage import Usage
from grok2api.kit.clock import ManualClock
from grok2api.storage.records import UsageRecord
from support.memory_records import MemoryRecords

AWAY = Fault(
    kind=FaultKind.UNAVAILABLE,
    scope=FaultScope.UPSTREAM,
    status=503,
    code="upstream_error",
    message="xAI is away.",
    retryable=True,
)
LEASE = Lease(credential_id="cred_1", account_id="acct_1", token="t", base_url="https://api.x.ai/v1")


class Books:
    """A ledger with one request on it."""

    def __init__(self) -> None:
        self.records = MemoryRecords()
        self.clock = ManualClock()
        self.ledger = Ledger(self.records.usage, flush_seconds=0.0, max_queue=10)
        self.settlement = Settlement(
            ledger=self.ledger,
            prices=load(),
            clock=self.clock,
            request_id="req_1",
            key_id="key_1",
            operation="chat",
            model="grok-4",
            stream=True,
            received_at=self.clock.monotonic() - 0.5,
        )

    async def row(self) -> UsageRecord:
        await self.ledger.flush()
        row = await self.records.usage.get("req_1")
        assert row is not None
        return row


@pytest.fixture
def books() -> Books:
    return Books()


async def test_the_row_of_a_request_that_needed_two_attempts(books: Books) -> None:
    settlement = books.settlement
    settlement.attempt(LEASE, Target("grok-4.7"))
    settlement.attempt(LEASE, Target("grok-4.3"))
    settlement.answered("upstream-1")
    books.clock.advance(1)
    settlement.first_byte()
    books.clock.advance(1)
    settlement.first_byte()
    settlement.used(Usage(input=100, cached=20, output=30, reasoning=10, cost_ticks=42))
    settlement.used(None)
    assert settlement.close(end="completed", status=200)
    row = await books.row()
    assert (row.started_at, row.first_byte_ms, row.total_ms) == (books.clock.now() - 2.5, 1500.0, 2500.0)
    assert (row.attempts, row.upstream_model, row.credential_id, row.account_id) == (
        2,
        "grok-4.3",
        "cred_1",
        "acct_1",
    )
    assert (row.input_tokens, row.cached_tokens, row.output_tokens, row.reasoning_tokens) == (100, 20, 30, 10)
    assert (row.usage_source, row.cost_ticks, row.upstream_request_id) == ("upstream", 42, "upstream-1")


async def test_tokens_without_a_cost_are_priced_here(books: Books) -> None:
    books.settlement.attempt(LEASE, Target("grok-4.3"))
    books.settlement.used(Usage(input=1_000, output=1_000))
    books.settlement.close(end="completed", status=200)
    row = await books.row()
    assert (row.usage_source, row.cost_ticks) == ("upstream", 37_500_000)


async def test_a_client_that_left_is_settled_without_usage(books: Books) -> None:
    books.settlement.close(end="client_gone", status=499, error_code="client_gone")
    row = await books.row()
    assert (row.end, row.error_code, row.usage_source, row.cost_ticks) == (
        "client_gone",
        "client_gone",
        "none",
        0,
    )
    assert (row.attempts, row.credential_id, row.first_byte_ms) == (0, "", None)


@pytest.mark.parametrize(
    ("told", "figures"),
    [
        (None, ("estimated", 37_500_000, "list")),
        (Usage(input=7, cost_ticks=42), ("upstream", 42, "upstream")),
    ],
    ids=["a guess", "upstream's word"],
)
async def test_a_call_that_was_not_heard_to_its_end_is_estimated(
    books: Books, told: Usage | None, figures: tuple[str, int, str]
) -> None:
    books.settlement.attempt(LEASE, Target("grok-4.3"))
    books.settlement.guess = lambda: Usage(input=1_000, output=1_000, estimated=True)
    books.settlement.used(told)
    books.settlement.close(end="cut", status=200)
    row = await books.row()
    assert (row.usage_source, row.cost_ticks, row.cost_source) == figures
    assert books.settlement.guess is None


async def test_a_call_that_failed_is_not_guessed_at(books: Books) -> None:
    books.settlement.attempt(LEASE, Target("grok-4.3"))
    books.settlement.guess = lambda: Usage(input=1_000, estimated=True)
    books.settlement.failed(AWAY)
    books.settlement.close(end="failed", status=503)
    assert (await books.row()).usage_source == "none"


async def test_a_guess_that_fails_costs_no_row(books: Books) -> None:
    books.settlement.attempt(LEASE, Target("grok-4.3"))
    books.settlement.guess = lambda: Usage(input=int("many"))
    books.settlement.close(end="client_gone", status=499)
    assert (await books.row()).usage_source == "none"


async def test_only_the_first_close_counts(books: Books) -> None:
    assert books.settlement.close(end="completed", status=200)
    assert not books.settlement.close(end="failed", status=500)
    assert books.settlement.closed
    assert books.ledger.waiting == 1
    assert (await books.row()).end == "completed"


async def test_a_row_that_somebody_else_writes_is_not_among_those_that_run(books: Books) -> None:
    running = Running()
    account = Settlement(
        ledger=books.ledger,
        prices=load(),
        clock=books.clock,
        request_id="req_2",
        key_id="key_1",
        operation="videos",
        running=running,
    )
    assert len(running) == 1
    account.hand_over()
    assert (len(running), books.ledger.waiting) == (0, 0)


async def test_several_answers_are_one_row_with_the_sum(books: Books) -> None:
    whole = books.settlement
    whole.demanded(Demand("grok-4.7"))
    first, second, third = (whole.part() for _ in range(3))
    for part, model in ((second, "grok-4.7"), (first, "grok-4.3")):
        part.decided(Decision("least_busy", 1, {}, (), 1, "cred_1", "turn"))
        part.attempt(LEASE, Target(model))
        books.clock.advance(1)
        part.first_byte()
        part.answered(f"upstream-{model}")
    first.used(Usage(input=100, cached=20, output=30, reasoning=10, cost_ticks=42))
    second.used(Usage(input=1_000, output=1_000))
    for part in (first, second, third):
        assert part.close(end="completed", status=200)
        assert not part.close(end="failed", status=500)
    assert books.ledger.waiting == 0
    assert whole.usage == Usage(
        input=1_100, cached=20, output=1_030, reasoning=10, cost_ticks=80_000_042, by_list=True
    )
    whole.close(end="incomplete", status=200)
    row = await books.row()
    assert (row.attempts, row.end, row.first_byte_ms) == (2, "incomplete", 1500.0)
    assert (row.input_tokens, row.output_tokens, row.cost_ticks) == (1_100, 1_030, 80_000_042)
    assert (row.upstream_model, row.upstream_request_id) == ("grok-4.7", "upstream-grok-4.7")
    kept = await books.records.usage.trace(row.cursor)
    assert kept is not None
    told = cast("list[dict[str, object]]", told_trace(kept.content)["attempts"])
    assert [each["model"] for each in told] == ["grok-4.7", "grok-4.3"]
