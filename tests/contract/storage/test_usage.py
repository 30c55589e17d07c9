"""The ledger counts every request once, and pages through time without loss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grok2api.storage.records import UsageTotals
from grok2api.storage.usage import DAY, UsageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from grok2api.storage.records import TraceRecord, UsageRecord
    from grok2api.storage.stores import Records


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


async def test_a_span_of_minutes_is_paged_whole_at_equal_times(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = [make_usage(number, started_at=600.25 * (number // 5)) for number in range(40)]
    await records.usage.append(rows)
    wanted = UsageFilter(since=600.25 * 2, until=600.25 * 5)
    seen: list[UsageRecord] = []
    before = None
    while True:
        page = await records.usage.search(wanted, limit=4, before=before)
        seen.extend(page.rows)
        before = page.next
        if before is None:
            break
    assert seen == rows[10:25][::-1]


async def test_a_trace_is_kept_beside_its_row_once(
    records: Records, make_usage: Callable[..., UsageRecord], make_trace: Callable[..., TraceRecord]
) -> None:
    await records.usage.append([make_usage(1), make_usage(2)], [make_trace(1)])
    await records.usage.append([make_usage(1)], [make_trace(1, content="{}"), make_trace(3)])
    await records.usage.append([], [make_trace(4)])
    assert await records.usage.trace(make_trace(1).cursor) == make_trace(1)
    assert await records.usage.trace(make_trace(2).cursor) is None
    assert await records.usage.trace(make_trace(3).cursor) == make_trace(3)
    assert await records.usage.trace(make_trace(4).cursor) == make_trace(4)
    assert len(await records.usage.recent(10)) == 2


async def test_old_traces_are_forgotten_piece_by_piece_and_rows_stay(
    records: Records, make_usage: Callable[..., UsageRecord], make_trace: Callable[..., TraceRecord]
) -> None:
    numbers = range(1_300)
    await records.usage.append([make_usage(1)], [make_trace(number) for number in numbers])
    before = make_trace(1_250).started_at
    assert [await records.usage.forget_traces(before, limit=1_000) for _ in range(3)] == [1_000, 250, 0]
    for number, there in (
        (0, False),
        (999, False),
        (1_000, False),
        (1_249, False),
        (1_250, True),
        (1_299, True),
    ):
        assert (await records.usage.trace(make_trace(number).cursor) is not None) == there
    assert await records.usage.get("req_00001") == make_usage(1)


async def test_the_oldest_traces_are_forgotten_first(
    records: Records, make_trace: Callable[..., TraceRecord]
) -> None:
    await records.usage.append([], [make_trace(number) for number in (3, 1, 2)])
    assert await records.usage.forget_traces(make_trace(9).started_at, limit=2) == 2
    assert await records.usage.trace(make_trace(3).cursor) == make_trace(3)


async def test_what_each_credential_served_is_summed(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    assert await records.usage.totals() == ()
    await records.usage.append(
        [
            make_usage(1, credential_id="cred_002", input_tokens=2**40, output_tokens=1, cost_ticks=2**60),
            make_usage(9, credential_id="cred_002", input_tokens=1, output_tokens=2, cost_ticks=1),
            make_usage(3, credential_id="cred_001", input_tokens=5),
            make_usage(4, input_tokens=7),
        ]
    )
    one = UsageTotals(
        credential_id="cred_001",
        requests=1,
        input_tokens=5,
        output_tokens=0,
        cost_ticks=0,
        last_used_at=make_usage(3).started_at,
    )
    two = UsageTotals(
        credential_id="cred_002",
        requests=2,
        input_tokens=2**40 + 1,
        output_tokens=3,
        cost_ticks=2**60 + 1,
        last_used_at=make_usage(9).started_at,
    )
    assert await records.usage.totals() == (one, two)


async def test_the_newest_request_under_an_id_that_a_client_chose(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    made = [
        make_usage(1, request_id="mine#aa", started_at=10.0),
        make_usage(2, request_id="mine#bb", started_at=30.0),
        make_usage(3, request_id="mine-too", started_at=40.0),
        make_usage(4, request_id="req_1", started_at=20.0),
    ]
    await records.usage.append(made)
    assert await records.usage.latest("mine") == made[1]
    assert await records.usage.latest("req_1") == made[3]
    assert await records.usage.latest("min") is None


async def test_a_rare_model_is_found_without_a_look_at_all_others(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    many = [make_usage(number, model="common", started_at=(10 + number) * DAY) for number in range(8)]
    rare = make_usage(20, model="rare", started_at=3.5 * DAY)
    unknown = make_usage(21, model="unheard-of", upstream_model="", end="refused", started_at=2.5 * DAY)
    await records.usage.append([*many, rare, unknown])
    for wanted, row in (("rare", rare), ("unheard-of", unknown)):
        found: list[UsageRecord] = []
        before = None
        for _ in range(12):
            page = await records.usage.search(UsageFilter(model=wanted), limit=5, before=before, scanned=2)
            found += page.rows
            before = page.next
            if before is None:
                break
        assert found == [row]
    (found_row,) = (await records.usage.search(UsageFilter(model="rare", end="completed"), limit=5)).rows
    assert found_row == rare


async def test_rows_that_outlive_their_sums_are_found_by_their_model(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    old = make_usage(1, model="old", started_at=3.0 * DAY)
    await records.usage.append([old, make_usage(2, model="new", started_at=200.0 * DAY)])
    while await records.usage.forget_sums(100.0 * DAY, limit=10):
        pass
    assert (await records.usage.search(UsageFilter(model="old"), limit=5)).rows == (old,)


async def test_a_page_of_rows_by_their_ids_begins_with_the_newest(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = [make_usage(number, started_at=float((number * 7) % 10)) for number in range(10)]
    await records.usage.append(rows)
    newest = sorted(rows, key=lambda row: row.cursor, reverse=True)
    wanted = UsageFilter(request_id="req_")
    page = await records.usage.search(wanted, limit=4)
    assert list(page.rows) == newest[:4]
    rest = await records.usage.search(wanted, limit=10, before=page.next)
    assert list(rest.rows) == newest[4:]
