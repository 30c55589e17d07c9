"""Sums of the ledger along one axis, made of the sums of its hours; and media of one kind, found by an index.

Must never change how a sum was made: a database may stop at this step for years.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)

from grok2api.storage.sql.migrations.steps import (
    create_index,
    create_table,
    drop_index,
    drop_table,
    fill_part,
)
from grok2api.storage.sql.types import short_text

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import ColumnElement, FromClause, Select

revision = "0016"
down_revision = "0015"

_HOUR, _DAY, _BLOCK = 3600, 86_400, 2_592_000
_GRAINS = {
    "credential_id": (_DAY, _BLOCK),
    "key_id": (_HOUR, _DAY),
    "model": (_HOUR, _DAY),
    "upstream_model": (_HOUR, _DAY),
}
_GREATEST = 2**53
_KEY = ("axis", "step", "start", "name")
_COUNTS = (
    *("requests", "failed", "refused", "gone", "attempts", "estimated", "unmetered", "input_tokens"),
    *("cached_tokens", "output_tokens", "reasoning_tokens", "cost_ticks", "saved_ticks", "compared"),
    *("told_ticks", "price_ticks"),
)
_CLASSES = tuple(f"{kind}_{number:02}" for kind in ("first_byte", "total") for number in range(16))
_SUMS = (*_COUNTS, *_CLASSES)
_ROLLUPS = table("usage_rollups", *(column(each) for each in ("hour", *_GRAINS, *_SUMS)))
_SPANS = table("usage_spans", *(column(each) for each in (*_KEY, *_SUMS)))


def upgrade() -> None:
    """Make the table and the indexes, and fill the table."""
    create_table(
        "usage_spans",
        Column("axis", short_text(16), primary_key=True),
        Column("step", Integer, primary_key=True, autoincrement=False),
        Column("start", BigInteger, primary_key=True, autoincrement=False),
        Column("name", short_text(128), primary_key=True),
        *(Column(name, BigInteger, nullable=False) for name in _COUNTS),
        *(Column(name, Integer, nullable=False) for name in _CLASSES),
        clustered=True,
    )
    _fill_spans()
    create_index("usage_rollups_by_credential", "usage_rollups", ["credential_id", "hour"])
    create_index("assets_by_kind", "assets", ["kind", "created_at", "id"])
    create_index("assets_by_owner_kind", "assets", ["owner", "kind", "created_at", "id"])


def downgrade() -> None:
    """Drop them; the sums of the hours stay."""
    drop_index("assets_by_owner_kind", "assets")
    drop_index("assets_by_kind", "assets")
    drop_index("usage_rollups_by_credential", "usage_rollups")
    drop_table("usage_spans")


def _fill_spans() -> None:
    """Sum up the hours along each axis; where there are none, a part that is empty is done."""
    if not op.get_bind().execute(select(_ROLLUPS.c.hour).limit(1)).first():
        return
    for axis, (short, long) in _GRAINS.items():
        _fill(axis, short, _summed(axis, short, _ROLLUPS, _ROLLUPS.c.hour, _ROLLUPS.c[axis]))
        shorter = _summed(axis, long, _SPANS, _SPANS.c.start, _SPANS.c.name)
        _fill(axis, long, shorter.where(_SPANS.c.axis == axis, _SPANS.c.step == short))


def _fill(axis: str, step: int, rows: Select[Any]) -> None:
    fill_part("usage_spans", [*_KEY, *_SUMS], rows, {"axis": axis, "step": step})


def _summed(
    axis: str, step: int, source: FromClause, time: ColumnElement[Any], name: ColumnElement[Any]
) -> Select[Any]:
    """Return the sums of longer spans; the step is written out, so that what is grouped is what is shown."""
    start = cast(time - time % literal_column(str(step)), BigInteger)
    sums = [_capped(func.sum(source.c[each])) for each in _SUMS]
    return select(literal(axis), literal(step), start, name, *sums).group_by(start, name)


def _capped(total: ColumnElement[Any]) -> ColumnElement[Any]:
    most: ColumnElement[Any] = literal_column(str(_GREATEST))
    return cast(case((total > most, most), else_=total), BigInteger)
