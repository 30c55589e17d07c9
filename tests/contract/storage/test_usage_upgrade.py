"""Sums that an older version did not keep are made of what is there, and say what they would have said."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from grok2api.storage.open import open_records
from grok2api.storage.open_redis import upgrade_redis_records
from grok2api.storage.records import Asset, UsageRecord
from grok2api.storage.redis.link import Link, Place
from grok2api.storage.sql.migrate import downgrade, upgrade
from grok2api.storage.stores import Records
from grok2api.storage.usage import DAY, HOUR, Axis, summed
from support.database_servers import KINDS, made_database
from support.memory_usage import joined
from support.redis_server import forget_keys, keys_under, new_prefix, redis_url

ALWAYS = (0, 2**40)
AXES: tuple[Axis, ...] = ("model", "upstream_model", "key_id", "credential_id")
BEFORE = "0015"
NOW = 1_795_000_000.0


def rows_of_months(make_usage: Callable[..., UsageRecord]) -> list[UsageRecord]:
    dice = random.Random(11)  # noqa: S311  a fixed course of dice
    return [
        make_usage(
            number,
            started_at=NOW + dice.random() * 100 * DAY,
            key_id=f"key_{dice.randrange(3)}",
            model=f"grok-{dice.randrange(3)}",
            upstream_model="grok-4.7",
            credential_id=f"cred_{dice.randrange(5)}",
            cost_ticks=dice.randrange(10**12),
            total_ms=dice.random() * 9_000,
        )
        for number in range(150)
    ]


async def check(records: Records, rows: list[UsageRecord]) -> None:
    for by in AXES:
        for step in (0, DAY, HOUR):
            told = await records.usage.summarise(*ALWAYS, step=step, by=by)
            assert told == joined(summed(rows).items(), since=0, step=step, by=by, only=None)


@pytest.fixture(params=["local", *KINDS])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Return a kind of store and its URL."""
    with ExitStack() as stack:
        local = request.param == "local"
        url = "" if local else stack.enter_context(made_database(request.param)).url
        yield request.param, url or f"sqlite:///{tmp_path}/grok2api.db"


async def test_a_database_makes_the_sums_along_one_axis_of_those_of_its_hours(
    database: tuple[str, str], tmp_path: Path, make_usage: Callable[..., UsageRecord]
) -> None:
    kind, url = database
    rows = rows_of_months(make_usage)
    records = await open_records(kind, url, tmp_path)
    await records.usage.append(rows)
    await records.close()
    await downgrade(url, BEFORE)
    await upgrade(url)
    records = await open_records(kind, url, tmp_path, auto_upgrade=False)
    try:
        await check(records, rows)
    finally:
        await records.close()


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    made = Link(Place(redis_url(), new_prefix()))
    yield made
    await made.close()
    forget_keys(made.place.url, made.prefix)


async def test_redis_sums_up_rows_that_are_older_than_its_sums(
    link: Link, make_usage: Callable[..., UsageRecord]
) -> None:
    rows = sorted(rows_of_months(make_usage), key=lambda row: row.cursor)
    url, prefix = link.place.url, link.prefix
    records = await open_records("redis", "", Path(), redis_url=url, redis_prefix=prefix)
    asset = Asset(
        id="0" * 32,
        owner="key_0",
        kind="audio",
        mime="audio/mpeg",
        size=1,
        etag="",
        created_at=NOW,
        last_used_at=NOW,
        host="here",
    )
    try:
        await records.assets.add(asset)
        await records.usage.append(rows[:100])
        await link.change(*(("DEL", key) for key in keys_under(url, prefix) if of_sums(key, prefix)))
        await records.usage.append(rows[100:])
        spans = [
            key for key in keys_under(url, prefix) if key.startswith((f"{prefix}span", f"{prefix}assets:k"))
        ]
        await link.change(*(("DEL", key) for key in spans), ("SET", link.key("schema"), 1))
        await upgrade_redis_records(url, prefix)
        await check(records, rows)
        assert await records.assets.recent(2, kind="audio") == (asset,)
        await link.change(("SET", link.key("schema"), 1))
        await upgrade_redis_records(url, prefix)
        await check(records, rows)
    finally:
        await records.close()


def of_sums(key: str, prefix: str) -> bool:
    return key.removeprefix(prefix).split(":")[0] in {"rollup", "rollups", "span", "spans"}
