"""The ledger counts every request once, and pages through time without loss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from grok2api.storage.records import Records, UsageRecord


async def test_a_record_comes_back_whole(records: Records, make_usage: Callable[..., UsageRecord]) -> None:
    given = make_usage(
        upstream_model="grok-4-0709",
        credential_id="cred_001",
        account_id="team-1",
        stream=True,
        status=502,
        end="failed",
        error_code="upstream_error",
        attempts=3,
        input_tokens=2**40,
        cached_tokens=1,
        output_tokens=2,
        reasoning_tokens=3,
        usage_source="upstream",
        cost_ticks=2**63 - 1,
        first_byte_ms=0.125,
        upstream_request_id="0b8f9a3c",
    )
    await records.usage.append([given])
    assert await records.usage.get(given.request_id) == given
    assert await records.usage.get("req_404") is None


async def test_a_row_written_twice_is_one_row(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    first = make_usage(1, cost_ticks=5)
    await records.usage.append([first, make_usage(2)])
    await records.usage.append([replace(first, cost_ticks=99), make_usage(3), make_usage(3, cost_ticks=1)])
    await records.usage.append([])
    assert await records.usage.get(first.request_id) == first
    assert await records.usage.recent(10) == (make_usage(3), make_usage(2), first)


async def test_paging_loses_nothing_at_equal_times(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = [make_usage(number, started_at=float(number // 4)) for number in range(25)]
    await records.usage.append(rows)
    seen: list[UsageRecord] = []
    page = await records.usage.recent(7)
    while page:
        seen.extend(page)
        page = await records.usage.recent(7, before=page[-1].cursor)
    assert seen == rows[::-1]
