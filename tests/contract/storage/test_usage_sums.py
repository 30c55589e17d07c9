"""The sums of the ledger are those of its rows at any time, and a search finds what fits and nothing else."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from grok2api.canonical.latency import quantile
from grok2api.storage.usage import (
    HOUR,
    SUMMED,
    UsageFilter,
    UsageSum,
    fits,
    leading_of,
    summed,
)
from grok2api.storage.usage_spans import BLOCK, kept_from
from support.memory_usage import joined

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.records import UsageRecord, UsageTotals
    from grok2api.storage.stores import Records
    from grok2api.storage.usage import Axis

ENDS = ("completed", "incomplete", "failed", "refused", "client_gone", "cut", "cancelled_by_operator")
ALWAYS = (0, 2**40)
AXES: tuple[Axis, ...] = ("model", "upstream_model", "key_id", "credential_id")


def mixed(
    make_usage: Callable[..., UsageRecord], count: int, seed: int = 7, hours: int = 5
) -> list[UsageRecord]:
    """Return rows of a few hours, keys, models and credentials that end in all the ways there are."""
    dice = random.Random(seed)  # noqa: S311  a fixed course of dice
    rows = []
    for number in range(count):
        model = dice.choice(["grok-4", "grok-3", ""])
        rows.append(
            make_usage(
                number,
                started_at=1_795_000_000.0 + dice.random() * hours * HOUR,
                key_id=f"key_{dice.randrange(3)}",
                model=model or "灵-unknown",
                upstream_model=model,
                credential_id=f"cred_{dice.randrange(4)}" if model else "",
                end=dice.choice(ENDS),
                status=dice.choice([200, 200, 400, 429, 502]),
                attempts=dice.randrange(4),
                input_tokens=dice.randrange(10_000),
                cached_tokens=dice.randrange(500),
                output_tokens=dice.randrange(5_000),
                usage_source=dice.choice(["upstream", "estimated", "none"]),
                cost_ticks=dice.randrange(10**12),
                cost_source=dice.choice(["upstream", "list"]),
                price_ticks=dice.choice([None, dice.randrange(10**12)]),
                saved_ticks=dice.randrange(10**6),
                first_byte_ms=dice.choice([None, dice.random() * 9_000]),
                total_ms=dice.random() * 100_000,
                operation=dice.choice(["chat", "responses"]),
            )
        )
    return rows


def expected(rows: list[UsageRecord], **how: Any) -> tuple[UsageSum, ...]:
    wanted: dict[str, Any] = {"since": 0, "step": 0, "by": None, "only": None, **how}
    return joined(summed(rows).items(), **wanted)


async def check(records: Records, rows: list[UsageRecord]) -> None:
    """Compare the sums that the store keeps with those of the rows, and the rows with what it lists."""
    assert await records.usage.summarise(*ALWAYS) == expected(rows)
    for by in AXES:
        told = await records.usage.summarise(*ALWAYS, step=HOUR, by=by)
        assert told == expected(rows, step=HOUR, by=by)
        assert await records.usage.summarise(*ALWAYS, by=by) == expected(rows, by=by)
    totals = {each.credential_id: each for each in await records.usage.totals()}
    assert totals.keys() == {row.credential_id for row in rows} - {""}
    for name, total in totals.items():
        check_total(total, [row for row in rows if row.credential_id == name])


def check_total(total: UsageTotals, mine: list[UsageRecord]) -> None:
    assert total.requests == len(mine)
    assert total.cost_ticks == sum(row.cost_ticks for row in mine)
    assert total.last_used_at == max(row.started_at for row in mine)


async def test_sums_are_those_of_the_rows_however_often_these_come(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = mixed(make_usage, 300)
    await records.usage.append(rows[:100])
    await records.usage.append(rows[50:220])
    await records.usage.append([*rows[200:], *rows[200:], replace(rows[299], cost_ticks=1)])
    for _ in range(3):
        await records.usage.append(rows)
    await check(records, rows)


async def test_sums_stay_exact_while_several_write_the_same_rows(
    open_another: Callable[[], Awaitable[Records]], make_usage: Callable[..., UsageRecord]
) -> None:
    stores = [await open_another() for _ in range(4)]
    rows = mixed(make_usage, 240)

    async def write(store: Records, order: int) -> None:
        mine = rows[order * 40 :] + rows[: order * 40]
        for start in range(0, len(mine), 60):
            await store.usage.append(mine[start : start + 60])

    await asyncio.gather(*(write(store, order) for order, store in enumerate(stores)))
    await check(stores[0], rows)


async def test_sums_are_parted_by_day_and_narrowed(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = mixed(make_usage, 200)
    await records.usage.append(rows)
    hours = sorted({int(row.started_at // HOUR) * HOUR for row in rows})
    since, until = hours[1], hours[3]
    within = [row for row in rows if since <= row.started_at < until]
    told = await records.usage.summarise(since, until, by="model", only={"key_id": ["key_1", "key_2"]})
    assert told == expected(within, since=since, by="model", only={"key_id": ["key_1", "key_2"]})
    days = await records.usage.summarise(*ALWAYS, step=24 * HOUR)
    assert days == expected(rows, step=24 * HOUR)
    assert await records.usage.summarise(0, HOUR) == ()


async def test_sums_of_months_by_one_name_are_exact_to_the_hour(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = mixed(make_usage, 250, hours=24 * 100)
    await records.usage.append(rows)
    hours = sorted({int(row.started_at // HOUR) * HOUR for row in rows})
    one: dict[Axis, list[str]] = {"credential_id": ["cred_1"]}
    asked: list[tuple[Axis, dict[Axis, list[str]]]] = [("credential_id", {}), ("model", {}), ("model", one)]
    for since, until in [(hours[9], hours[-9]), (hours[3], hours[3] + HOUR)]:
        within = [row for row in rows if since <= row.started_at < until]
        for by, only in [*asked, ("credential_id", one)]:
            told = await records.usage.summarise(since, until, by=by, only=only)
            assert told == expected(within, since=since, by=by, only=only)
            days = await records.usage.summarise(since, until, step=24 * HOUR, by=by, only=only)
            assert days == expected(within, step=24 * HOUR, by=by, only=only)
            leading = await records.usage.leading(since, until, by=by, limit=2, only=only)
            assert leading == leading_of(told, 2)
        assert await records.usage.summarise(since, until) == expected(within, since=since)
    crossed = await records.usage.leading(*ALWAYS, by="key_id", limit=2, only={"model": ["grok-4"]})
    assert crossed == leading_of(expected(rows, by="key_id", only={"model": ["grok-4"]}), 2)
    assert await records.usage.leading(5, 5, by="model", limit=3) == ()


async def test_names_that_clients_make_up_add_no_sums(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = [make_usage(n, model=f"made-up-{n}", end="refused", started_at=1e9) for n in range(50)]
    await records.usage.append(rows)
    (only,) = await records.usage.summarise(*ALWAYS, step=HOUR, by="model")
    assert (only.name, only.counts.refused) == ("", 50)


async def test_what_is_forgotten_is_the_oldest_and_sums_outlive_rows(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = mixed(make_usage, 120)
    rows[5] = replace(rows[5], request_id="mine#aa")
    await records.usage.append(rows)
    ordered = sorted(rows, key=lambda row: row.cursor)
    middle = ordered[70].started_at
    assert [await records.usage.forget_rows(middle, limit=50) for _ in range(3)] == [50, 20, 0]
    assert await records.usage.recent(1_000) == tuple(reversed(ordered[70:]))
    assert await records.usage.latest("mine") == (rows[5] if rows[5] in ordered[70:] else None)
    await check(records, rows)


async def test_sums_are_forgotten_by_whole_blocks_of_days(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = mixed(make_usage, 120, hours=24 * 100)
    await records.usage.append(rows)
    before = 1_795_000_000.0 + 2.4 * BLOCK
    later = [row for row in rows if row.started_at >= kept_from(before)]
    assert 0 < len(later) < len(rows)
    while await records.usage.forget_sums(before, limit=70) == 70:
        pass
    for by in AXES:
        assert await records.usage.summarise(*ALWAYS, by=by) == expected(later, by=by)
        told = await records.usage.summarise(*ALWAYS, step=HOUR, by=by)
        assert told == expected(later, step=HOUR, by=by)
    assert await records.usage.forget_sums(before, limit=10) == 0
    assert {each.credential_id for each in await records.usage.totals()} == {
        row.credential_id for row in rows
    } - {""}


FILTERS = (
    UsageFilter(),
    UsageFilter(key_id="key_1"),
    UsageFilter(model="grok-4", credential_id="cred_2"),
    UsageFilter(end="cut", operation="chat"),
    UsageFilter(status_class=5),
    UsageFilter(since=1_795_004_000.0, until=1_795_010_000.0),
    UsageFilter(until=1_795_003_000.0, cost_over=5 * 10**11),
    UsageFilter(slower_than=50_000.0),
    UsageFilter(request_id="req_0001"),
    UsageFilter(request_id="%_%_%"),
    UsageFilter(request_id=""),
    UsageFilter(model="nobody' OR 1=1 --"),
)


@pytest.mark.parametrize("wanted", FILTERS, ids=repr)
async def test_a_search_finds_what_fits_page_by_page(
    records: Records, make_usage: Callable[..., UsageRecord], wanted: UsageFilter
) -> None:
    rows = sorted(mixed(make_usage, 200), key=lambda row: row.cursor, reverse=True)
    await records.usage.append(rows)
    fitting = [row for row in rows if fits(wanted, row)]
    for scanned in (17, 1_000):
        found: list[UsageRecord] = []
        cursor, pages = None, 0
        while pages == 0 or cursor is not None:
            page = await records.usage.search(wanted, limit=7, before=cursor, scanned=scanned)
            assert len(page.rows) <= 7
            found, cursor, pages = [*found, *page.rows], page.next, pages + 1
            assert pages < 100
        assert found == fitting


def test_a_quantile_lies_in_its_class() -> None:
    assert quantile((0,) * 16, 0.5) is None
    assert quantile((10, *(0,) * 15), 0.5) == 50.0
    assert quantile((*(0,) * 15, 3), 0.95) == 80_000.0
    assert quantile((5, 5, *(0,) * 14), 0.9) == 180.0


def test_every_sum_has_a_name_of_its_own() -> None:
    assert len(set(SUMMED)) == len(SUMMED) == 48
