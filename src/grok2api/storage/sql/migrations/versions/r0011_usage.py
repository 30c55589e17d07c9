"""The ledger for operators: what rows lacked, sums by the hour, totals of credentials, and what runs now.

The sums are made of the rows that are there. Must never change how a sum was made: a database may stop at
this step for years.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Integer,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    select,
    table,
)

from grok2api.storage.sql.migrations.steps import (
    add_columns,
    add_filled_columns,
    create_index,
    create_table,
    drop_columns,
    drop_index,
    drop_table,
    fill_table,
)
from grok2api.storage.sql.types import LONG_TEXT, short_text

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import ColumnElement

revision = "0011"
down_revision = "0010"

_BOUNDS = (
    *(100.0, 200.0, 300.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0),
    *(3000.0, 5000.0, 7500.0, 10_000.0, 20_000.0, 40_000.0, 80_000.0),
)
_KEY = ("hour", "key_id", "model", "upstream_model", "credential_id")
_COUNTS = ("requests", "failed", "refused", "gone", "attempts", "estimated", "unmetered", "compared")
_SUMS = (
    *("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"),
    *("cost_ticks", "saved_ticks", "told_ticks", "price_ticks"),
)
_FIRST = tuple(f"first_byte_{number:02}" for number in range(len(_BOUNDS) + 1))
_TOTAL = tuple(f"total_{number:02}" for number in range(len(_BOUNDS) + 1))
_ROWS = table(
    "usage_records",
    *(
        column(name)
        for name in (
            *("started_at", "key_id", "model", "upstream_model", "credential_id", "end", "attempts"),
            *("usage_source", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"),
            *("cost_ticks", "first_byte_ms", "total_ms"),
        )
    ),
)


def upgrade() -> None:
    """Add the columns and tables, and fill the sums."""
    add_columns("usage_records", ["price_ticks"], BigInteger())
    add_filled_columns(
        "usage_records",
        {
            "cost_source": (short_text(16), "none"),
            "saved_ticks": (BigInteger(), 0),
            "queue_ms": (Double(), 0.0),
        },
    )
    create_index("usage_records_by_key", "usage_records", ["key_id", "started_at"])
    create_index("usage_records_by_credential", "usage_records", ["credential_id", "started_at"])
    create_table(
        "usage_rollups",
        Column("hour", BigInteger, primary_key=True, autoincrement=False),
        *(Column(name, short_text(128), primary_key=True) for name in _KEY[1:]),
        *(Column(name, BigInteger, nullable=False) for name in (*_COUNTS, *_SUMS)),
        *(Column(name, Integer, nullable=False) for name in (*_FIRST, *_TOTAL)),
    )
    create_table(
        "usage_totals",
        Column("credential_id", short_text(128), primary_key=True),
        *(Column(name, BigInteger, nullable=False) for name in ("requests", "input_tokens")),
        *(Column(name, BigInteger, nullable=False) for name in ("output_tokens", "cost_ticks")),
        Column("last_used_at", Double, nullable=False),
    )
    create_table(
        "live_views",
        Column("holder", short_text(255), primary_key=True),
        Column("at", Double, nullable=False),
        Column("content", LONG_TEXT, nullable=False),
    )
    create_table(
        "live_wishes",
        Column("name", short_text(255), primary_key=True),
        Column("until", Double, nullable=False),
    )
    _fill_sums()
    _fill_totals()


def downgrade() -> None:
    """Take them away; sums of rows that were forgotten are lost."""
    for name in ("live_wishes", "live_views", "usage_totals", "usage_rollups"):
        drop_table(name)
    drop_index("usage_records_by_credential", "usage_records")
    drop_index("usage_records_by_key", "usage_records")
    drop_columns("usage_records", ["price_ticks", "cost_source", "saved_ticks", "queue_ms"])


def _fill_sums() -> None:
    row = _ROWS.c
    named = (row.end != "refused") | (row.upstream_model != "")
    key = {
        "hour": _hour(row.started_at),
        "key_id": row.key_id,
        "model": case((named, func.substr(row.model, 1, 128)), else_=""),
        "upstream_model": func.substr(row.upstream_model, 1, 128),
        "credential_id": row.credential_id,
    }
    amounts = {
        "requests": literal(1),
        "failed": _one(row.end.in_(["failed", "cut"])),
        "refused": _one(row.end == "refused"),
        "gone": _one(row.end.in_(["client_gone", "cancelled"])),
        "attempts": row.attempts,
        "estimated": _one(row.usage_source == "estimated"),
        "unmetered": _one(and_(row.usage_source == "none", row.attempts > 0)),
        "compared": literal(0),
        **{name: row[name] for name in (*_SUMS[:4], "cost_ticks")},
        **dict.fromkeys(("saved_ticks", "told_ticks", "price_ticks"), literal(0)),
        **dict(zip(_FIRST, map(_one, _classes(row.first_byte_ms)), strict=True)),
        **dict(zip(_TOTAL, map(_one, _classes(row.total_ms)), strict=True)),
    }
    parted = select(*(value.label(name) for name, value in (key | amounts).items())).subquery()
    keys = [parted.c[name] for name in _KEY]
    summed = select(*keys, *(_whole_sum(parted.c[name]) for name in amounts)).group_by(*keys)
    fill_table("usage_rollups", [*_KEY, *amounts], summed)


def _fill_totals() -> None:
    row = _ROWS.c
    names = ("input_tokens", "output_tokens", "cost_ticks")
    summed = (
        select(
            row.credential_id,
            func.count(),
            *(_whole_sum(row[name]) for name in names),
            func.max(row.started_at),
        )
        .where(row.credential_id != "")
        .group_by(row.credential_id)
    )
    fill_table("usage_totals", ["credential_id", "requests", *names, "last_used_at"], summed)


def _hour(time: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the whole hour; MySQL rounds where others cut off, and SQLite knows no floor."""
    hours = time / literal(3600.0)
    if op.get_bind().dialect.name != "sqlite":
        hours = func.floor(hours)
    return cast(hours, BigInteger) * literal(3600)


def _one(condition: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((condition, 1), else_=0)


def _whole_sum(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.sum(value), BigInteger)


def _classes(latency: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return for each class whether a latency lies in it."""
    between = [and_(latency > low, latency <= high) for low, high in pairwise(_BOUNDS)]
    return [latency <= _BOUNDS[0], *between, latency > _BOUNDS[-1]]
