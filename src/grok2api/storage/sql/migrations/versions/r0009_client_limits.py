"""Client keys with limits and budgets, and the count of what they have spent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer

from grok2api.storage.sql.migrations.steps import (
    add_columns,
    add_filled_columns,
    create_index,
    create_table,
    drop_columns,
    drop_table,
)
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0009"
down_revision = "0008"

_FILLED = {
    "endpoints": (LONG_TEXT, "[]"),
    "networks": (LONG_TEXT, "[]"),
    "rpm": (Integer(), 0),
    "tpm": (Integer(), 0),
    "max_concurrency": (Integer(), 0),
    "budget_day_ticks": (BigInteger(), 0),
    "budget_month_ticks": (BigInteger(), 0),
    "never_log": (Boolean(), False),
    "note": (LONG_TEXT, ""),
    "former_hash": (short_text(128), ""),
}


def upgrade() -> None:
    """Add the columns and make the tables; keys that are there have no limits."""
    add_filled_columns("client_keys", _FILLED)
    add_columns("client_keys", ["former_until"], Double())
    create_table(
        "budget_windows",
        Column("key_id", short_text(128), primary_key=True),
        Column("name", short_text(16), primary_key=True),
        Column("spent", BigInteger, nullable=False),
        Column("reserved", BigInteger, nullable=False),
    )
    create_table(
        "budget_holds",
        Column("id", short_text(255), primary_key=True),
        Column("key_id", short_text(128), nullable=False),
        Column("day", short_text(16), nullable=False),
        Column("month", short_text(16), nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("until", Double, nullable=False),
        Column("settled", Boolean, nullable=False),
    )
    create_index("budget_holds_by_end", "budget_holds", ["until"])
    create_index("budget_holds_by_key", "budget_holds", ["key_id", "until"])


def downgrade() -> None:
    """Drop them; keys lose their limits, and what was spent is forgotten."""
    drop_table("budget_holds")
    drop_table("budget_windows")
    drop_columns("client_keys", [*_FILLED, "former_until"])
